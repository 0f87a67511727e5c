import { connect as connectNet, createServer } from 'node:net';
import { connect } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { egressBundles } from '#model/egress-bundle.ts';
import { egressOf } from '#model/egress-entry.ts';
import { type Policy, policySchema } from '#model/policy.ts';
import { readClientHello } from '#sandbox/egress/client-hello.ts';
import { buildDnsAnswer, parseDnsQuery, syntheticAddress } from '#sandbox/egress/dns-message.ts';
import { headersDownstream, headersUpstream } from '#sandbox/egress/route-headers.ts';
import { createScrubber } from '#sandbox/egress/scrub-secret.ts';
import { egressPhasesOf, egressPolicyOf } from '#sandbox/egress-policy.ts';
import { createNeutralizer } from '#sandbox/neutralize-output.ts';
import { toolMounts } from '#sandbox/tool-mounts.ts';
import { findGitCredential } from '#sandbox/workspace-config.ts';

/** The first flight of Node's own TLS client. */
function realHello(servername: string | undefined): Promise<Buffer> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (bytes: Buffer) => {
        resolve(bytes);
        socket.destroy();
        server.close();
      });
    });
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      const socket = connectNet(port, '127.0.0.1');
      connect({ socket, ...(servername ? { servername } : {}) }).on('error', () => undefined);
    });
  });
}

describe('readClientHello', () => {
  it('reads the server name of a real client, and its absence', async () => {
    const hello = { kind: 'hello', isEncrypted: false };
    expect(readClientHello(await realHello('allowed.test'))).toEqual({
      ...hello,
      serverName: 'allowed.test',
    });
    expect(readClientHello(await realHello(undefined))).toEqual({ ...hello, serverName: null });
  });

  it('waits for every beginning of a hello and never decides on part of it', async () => {
    const bytes = await realHello('allowed.test');
    for (let length = 0; length < bytes.length; length += 1)
      expect(readClientHello(bytes.subarray(0, length)).kind).toBe('more');
  });

  it('reads a hello that is spread over several records', async () => {
    const bytes = await realHello('allowed.test');
    const body = bytes.subarray(5);
    const record = (part: Buffer) => {
      const head = Buffer.from([22, 3, 1, 0, 0]);
      head.writeUInt16BE(part.length, 3);
      return Buffer.concat([head, part]);
    };
    const split = Buffer.concat([record(body.subarray(0, 60)), record(body.subarray(60))]);
    expect(readClientHello(split)).toMatchObject({ serverName: 'allowed.test' });
  });

  it('takes other protocols for what they are', () => {
    for (const text of ['SSH-2.0-x\r\n', 'GET / HTTP/1.1\r\n\r\n'])
      expect(readClientHello(Buffer.from(text))).toEqual({ kind: 'not-tls' });
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const framed = Buffer.concat([Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252]), bytes]);
        return ['more', 'not-tls', 'hello'].includes(readClientHello(framed).kind);
      }),
    );
  });
});

describe('the DNS of the sandbox', () => {
  const query = (name: string, type: number) => {
    const labels = name.split('.').map((label) => `${String.fromCharCode(label.length)}${label}`);
    const head = Buffer.from([0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    return Buffer.concat([head, Buffer.from(`${labels.join('')}\0`), Buffer.from([0, type, 0, 1])]);
  };

  it('answers an address question with one record and other names with NXDOMAIN', () => {
    const question = parseDnsQuery(query('allowed.test', 1));
    if (question === null) throw new Error('not read');
    expect(question).toMatchObject({ id: 0xabcd, name: 'allowed.test', type: 1 });
    const answer = buildDnsAnswer(question, '198.18.0.1');
    expect(answer.readUInt16BE(6)).toBe(1);
    expect([...answer.subarray(-4)]).toEqual([198, 18, 0, 1]);
    expect(buildDnsAnswer(question, null).readUInt16BE(2) & 15).toBe(3);
  });

  it('gives every name an address of its own in the benchmark range', () => {
    const addresses = Array.from({ length: 1000 }, (_, index) => syntheticAddress(index));
    expect(new Set(addresses).size).toBe(1000);
    expect(addresses.every((one) => /^198\.1[89]\./.test(one))).toBe(true);
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        parseDnsQuery(Buffer.from(bytes));
      }),
    );
  });
});

describe('headers of a route', () => {
  const route = {
    host: 'model.sallyport.internal',
    name: 'model',
    upstream: 'https://model.test',
    paths: ['/'],
    methods: ['POST'],
    header: { name: 'x-api-key', value: 'the-real-key' },
  } as const;

  it('drops every credential of the client and sets the one of the route', () => {
    const raw = [
      'Host',
      'x',
      'Authorization',
      'a',
      'X-Api-Key',
      'b',
      'Cookie',
      'c',
      'Accept',
      '*/*',
    ];
    expect(headersUpstream(raw, route, { method: 'POST', path: '/mcp' })).toEqual([
      ['Accept', '*/*'],
      ['host', 'model.test'],
      ['accept-encoding', 'identity'],
      ['x-api-key', 'the-real-key'],
    ]);
  });

  it('run:identity: signs a call itself, and sends on no proof that the client made', () => {
    const signed = { ...route, prove: (method: string, path: string) => `of ${method} ${path}` };
    const sent = headersUpstream(['DPoP', 'mine'], signed, { method: 'POST', path: '/mcp' });
    expect(sent.filter(([name]) => name.toLowerCase() === 'dpop')).toEqual([
      ['dpop', 'of POST /mcp'],
    ]);
    const unsigned = headersUpstream(['DPoP', 'mine'], route, { method: 'POST', path: '/mcp' });
    expect(unsigned.map(([name]) => name.toLowerCase())).not.toContain('dpop');
  });

  it('keeps a reflected credential and cookies from the agent', () => {
    const raw = ['Content-Type', 'a/b', 'Set-Cookie', 'x', 'X-Echo', 'is the-real-key'];
    expect(headersDownstream(raw, route)).toEqual([['Content-Type', 'a/b']]);
  });
});

describe('createScrubber', () => {
  const scrub = async (secret: string | null, chunks: readonly Buffer[]) => {
    const stream = createScrubber(secret);
    for (const chunk of chunks) stream.write(chunk);
    stream.end();
    return Buffer.concat(await stream.toArray()).toString();
  };

  it('takes the secret out wherever the chunks are cut', async () => {
    const text = Buffer.from('before s3cr3t-value after');
    for (let cut = 0; cut <= text.length; cut += 1) {
      const seen = await scrub('s3cr3t-value', [text.subarray(0, cut), text.subarray(cut)]);
      expect(seen).toBe('before ************ after');
    }
  });

  it.each([
    ['hex', (secret: string) => Buffer.from(secret).toString('hex')],
    ['percent-encoding', (secret: string) => encodeURIComponent(secret)],
    ['base64 of it', (secret: string) => Buffer.from(secret).toString('base64')],
    ['base64 of more', (secret: string) => Buffer.from(`a${secret}b`).toString('base64')],
    ['base64 of other more', (secret: string) => Buffer.from(`ab${secret}`).toString('base64')],
    ['base64url', (secret: string) => Buffer.from(`abc${secret}`).toString('base64url')],
  ])('T1: takes it out in %s', async (_form, encode) => {
    const secret = 's3cr3t/value?+of~the?key>';
    const seen = await scrub(`Bearer ${secret}`, [Buffer.from(`<${encode(secret)}>`)]);
    expect(seen).toMatch(/^<.{0,4}\*{20,}.{0,4}>$/);
    expect(await scrub(null, [Buffer.from(encode(secret))])).toBe(encode(secret)); // the control
  });

  it('T1: takes out what a Basic credential holds', async () => {
    const value = `Basic ${Buffer.from('robot:p4ssw0rd-long').toString('base64')}`;
    const seen = await scrub(value, [Buffer.from(`user=robot password=p4ssw0rd-long ${value}`)]);
    expect(seen).toMatch(/^user=robot password=\*{13} Basic \*+$/);
  });

  it('passes everything else unchanged', async () => {
    expect(await scrub('s3cr3t-value', [Buffer.from('data: s3cr'), Buffer.from('et\n')])).toBe(
      'data: s3cret\n',
    );
    expect(await scrub(null, [Buffer.from('x')])).toBe('x');
  });
});

describe('createNeutralizer', () => {
  it.each([
    ['::set-output name=a::b', ': :set-output name=a::b\n'],
    ['  ::add-mask::x', '  : :add-mask::x\n'],
    ['x ##[error]y', 'x ## [error]y\n'],
    ['\u001b[31m::error::x', ': :error::x\n'],
    ['one\r::error::x', 'one\n: :error::x\n'],
    ['a::b', 'a::b\n'],
  ])('text:hostile: %j is text to the runner', (input, expected) => {
    for (let cut = 0; cut <= input.length; cut += 1) {
      let seen = '';
      const filter = createNeutralizer((text) => {
        seen += text;
      });
      filter.add(input.slice(0, cut));
      filter.add(input.slice(cut));
      filter.end();
      expect(seen).toBe(expected);
    }
  });
});

describe('toolMounts', () => {
  it('mounts toolchains outside /usr, and never a home or what has credentials beside it', () => {
    const entries = [
      '/opt/tools/node/24/x64/bin',
      '/usr/bin',
      '/home/a/bin',
      '/home/a/.cargo/bin',
      '/opt/bin',
      'relative/bin',
      '/home/a/.nvm/versions/node/v24/bin',
      '/home/bin',
      '/snap/bin',
    ];
    expect(toolMounts(entries, ['/home/a'])).toEqual({
      mounts: [
        { source: '/opt/tools/node/24/x64', target: '/opt/tools/node/24/x64' },
        { source: '/home/a/.nvm/versions/node/v24', target: '/home/a/.nvm/versions/node/v24' },
      ],
      path: '/opt/tools/node/24/x64/bin:/home/a/.nvm/versions/node/v24/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    });
  });
});

describe('findGitCredential', () => {
  it.each([
    '[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic x',
    '[includeIf "gitdir:/x"]\n\tpath = /secret',
    '[include]\n\tpath = x',
    '[remote "origin"]\n\turl = https://x-access-token:abc@github.com/o/r',
  ])('refuses %j', (config) => {
    expect(findGitCredential(config)).toContain('persist-credentials: false');
  });

  it('takes a plain checkout', () => {
    expect(
      findGitCredential(
        '[core]\n\tbare = false\n[remote "origin"]\n\turl = https://github.com/o/r',
      ),
    ).toBeNull();
  });
});

describe('egressPolicyOf', () => {
  const policy = policySchema.parse({
    version: 1,
    agent: { use: 'command', run: 'true' },
    sandbox: { egress: ['npm', { host: 'api.test' }] },
    verify: { commands: [{ name: 'test', run: 'true' }] },
  });

  const listOf = ({ sandbox }: Pick<Policy, 'sandbox'>) => egressOf(sandbox.egress, 'work');

  it('names the rule of every host, and takes the registry from the runner', () => {
    expect(egressPolicyOf(listOf(policy), 'https://registry.test/')).toEqual({
      ok: true,
      value: {
        hosts: [
          {
            host: 'registry.test',
            rule: 'policy:npm',
            rules: [{ methods: ['GET', 'HEAD'], paths: ['/**', '/@*%2f*', '/**/@*%2f*'] }],
          },
          { host: 'api.test', rule: 'policy:api.test' },
        ],
        routes: [],
      },
    });
  });

  it('reads every connection to a host of which one entry is to be read', () => {
    const sandbox = policySchema.shape.sandbox.parse({
      egress: [
        { host: 'api.test' },
        {
          host: 'api.test',
          ports: [8443],
          methods: ['GET'],
          inject: { header: 'x-key', from_env: 'API_KEY' },
        },
      ],
    });
    const inject = { header: 'x-key', fromEnv: 'API_KEY', value: 's3cr3t', strip: [] };
    const variable = (name: string) => (name === 'API_KEY' ? 's3cr3t' : null);

    expect(egressPolicyOf(listOf({ sandbox }), null, variable)).toEqual({
      ok: true,
      value: {
        hosts: [
          {
            host: 'api.test',
            rule: 'policy:api.test',
            ports: [443, 8443],
            rules: [{}, { ports: [8443], methods: ['GET'], inject }],
          },
        ],
        routes: [],
      },
    });
    expect(JSON.stringify(egressPolicyOf(listOf({ sandbox }), null))).not.toContain('s3cr3t');
  });

  it('has a list for each phase where the policy has, and one for both where it has one', () => {
    const of = (egress: unknown) => {
      const sandbox = policySchema.shape.sandbox.parse({ egress });
      const phases = egressPhasesOf({ ...policy, sandbox }, 'https://registry.test/');
      if (!phases.ok) throw new Error(phases.refusal);
      const { setup, work } = phases.value;
      return [setup, work].map(({ hosts }) => hosts.map(({ host }) => host).join());
    };
    expect(of(['npm'])).toEqual(['registry.test', 'registry.test']);
    expect(of({ setup: ['npm'], work: [{ host: 'api.test' }] })).toEqual([
      'registry.test',
      'api.test',
    ]);
    expect(of({ setup: ['npm'] })).toEqual(['registry.test', '']);
  });

  it('takes a bundle for its hosts, each read by method and path', () => {
    const sandbox = policySchema.shape.sandbox.parse({ egress: ['pypi', { host: 'pypi.org' }] });
    expect(egressPolicyOf(listOf({ sandbox }), null)).toEqual({
      ok: true,
      value: {
        hosts: [
          {
            host: 'pypi.org',
            rule: 'policy:pypi',
            rules: [{ methods: ['GET', 'HEAD'], paths: egressBundles.pypi[0]?.paths }, {}],
          },
          {
            host: 'files.pythonhosted.org',
            rule: 'policy:pypi',
            rules: [{ methods: ['GET', 'HEAD'], paths: ['/packages/**'] }],
          },
        ],
        routes: [],
      },
    });
  });

  it.each([
    { host: 'api.test', mode: 'tunnel', methods: ['GET'] },
    { host: 'api.test', inject: { header: 'x-key', from_env: 'ACTIONS_ID_TOKEN_REQUEST_TOKEN' } },
    { host: '*.test' },
    { host: 'api.test', paths: ['v1'] },
  ])('T3: takes no entry such as %j', (entry) => {
    expect(policySchema.shape.sandbox.safeParse({ egress: [entry] }).success).toBe(false);
  });

  it.each([null, 'http://registry.test/', 'https://registry.test:8443/', 'https://10.0.0.1/', 'x'])(
    'refuses the registry %j with a sentence',
    (registry) => {
      expect(egressPolicyOf(listOf(policy), registry)).toMatchObject({
        ok: false,
        refusal: expect.stringContaining('https on port 443'),
      });
    },
  );
});
