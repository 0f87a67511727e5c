import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openOrigin, openTestSandbox, sh } from './open-test-sandbox.ts';

const secret = 'Bearer c4n4ry-of-the-key';
const inside = '-s -m 8 --cacert /etc/ssl/certs/ca-certificates.crt -x http://127.0.0.1:3128';
const fair = `curl ${inside} https://allowed.test/v1/fair`;

let origin: Awaited<ReturnType<typeof openOrigin>>;
let box: Awaited<ReturnType<typeof openTestSandbox>>;

beforeAll(async () => {
  origin = await openOrigin();
  const inject = { header: 'x-key', fromEnv: 'KEY', value: secret, strip: ['api_key'] };
  box = await openTestSandbox({
    port: origin.port,
    trusted: origin.certificate,
    hosts: [
      {
        host: 'allowed.test',
        rule: 'policy:allowed.test',
        rules: [
          { methods: ['GET'], paths: ['/v1/*', '/acme/shop.git/**', '/@*%2f*'] },
          { methods: ['GET'], paths: ['/echo'], inject },
          { methods: ['GET'], paths: ['/keyless'], inject: { ...inject, value: null } },
          { methods: ['GET'], paths: ['/both'], inject: { ...inject, value: null } },
          { methods: ['GET'], paths: ['/both', '/echo'] },
        ],
      },
      { host: 'other.test', rule: 'policy:other.test', rules: [{}] },
    ],
  });
});
afterAll(async () => {
  await box.sandbox.close();
  await origin.close();
});

/** Every refusal stands between two calls that must succeed, and is read at the origin. */
async function attack(line: string) {
  const before = await sh(box.sandbox, fair);
  const seen = origin.seen.length;
  const calls = box.calls.length;
  const result = await sh(box.sandbox, line);
  const leaked = origin.seen.slice(seen);
  const lines = box.calls.slice(calls);
  const after = await sh(box.sandbox, fair);
  expect([before.output, after.output]).toEqual(['hello\n', 'hello\n']);
  return { ...result, leaked, lines };
}

describe('a connection that the gate reads', () => {
  it('passes what the rules name, by proxy and transparently, each request with its line', async () => {
    const direct = await sh(
      box.sandbox,
      'curl -s -m 8 --noproxy "*" "https://allowed.test/v1/direct?q=1"',
    );

    expect(direct.output).toBe('hello\n');
    expect(origin.seen).toContain('GET /v1/direct?q=1 HTTP/1.1');
    expect(box.calls.at(-1)).toMatchObject({
      kind: 'http',
      method: 'GET',
      host: 'allowed.test',
      port: 443,
      path: '/v1/direct',
      address: '93.184.215.14',
      decision: 'allowed',
      rule: 'policy:allowed.test',
      status: 200,
    });
  });

  it.each([
    ['P13', 'a method that is not listed', '-X POST -d c4n4ry https://allowed.test/v1/x', 'method'],
    ['P13', 'a path that is not listed', 'https://allowed.test/v2/c4n4ry', 'path'],
    ['P13', 'more segments than the pattern', 'https://allowed.test/v1/a/c4n4ry', 'path'],
    ['P14', 'dot segments', '--path-as-is https://allowed.test/v1/../v2', 'path-form'],
    ['P14', 'encoded dots', '--path-as-is https://allowed.test/v1/%2e%2E', 'path-form'],
    ['P14', 'encoded separators', 'https://allowed.test/v1/a%2fb', 'path-form'],
    ['P14', 'an encoded percent sign', 'https://allowed.test/v1/a%252fb', 'path-form'],
    ['P14', 'a dot segment behind an encoded slash', 'https://allowed.test/@a%2f..', 'path-form'],
    ['P14', 'a second encoded slash', 'https://allowed.test/@a%2fb%2fc', 'path-form'],
    ['P14', 'an encoded slash elsewhere', 'https://allowed.test/@a/b%2fc', 'path-form'],
    ['P14', 'path parameters', '"https://allowed.test/v1/a;b"', 'path-form'],
    ['P8', 'another Host', '-H "Host: other.test" https://allowed.test/v1/x', 'host-conflict'],
    [
      'P9',
      'an upgrade',
      '--http1.1 -H "Connection: upgrade" -H "Upgrade: websocket" https://allowed.test/v1/x',
      'upgrade',
    ],
    [
      'P9',
      'HTTP/2 unasked',
      '-k --http2-prior-knowledge --no-alpn https://allowed.test/v1/x',
      'http2',
    ],
    [
      'G7',
      'a push, at its first request',
      '"https://allowed.test/acme/shop.git/info/refs?service=git-receive-pack"',
      'git-write',
    ],
    [
      'G7',
      'a push, with its service encoded',
      '"https://allowed.test/acme/shop.git/info/refs?service=git%2Dreceive-pack"',
      'git-write',
    ],
    ['T1', 'a credential that is not there', 'https://allowed.test/keyless', 'credential-missing'],
  ])('%s: refuses %s', async (_id, _what, call, rule) => {
    const { leaked, lines } = await attack(`curl ${inside} ${call}`);

    expect(leaked).toEqual([]);
    expect(lines).toMatchObject([{ host: 'allowed.test', decision: 'refused', rule }]);
  });

  it.each(['/@acme%2fshop', '/@acme%2Fshop'])(
    'an encoded slash passes where the entry has one: %s',
    async (path) => {
      const { output } = await sh(box.sandbox, `curl ${inside} https://allowed.test${path}`);
      expect(output).toBe('hello\n');
      expect(origin.seen.at(-1)).toBe(`GET ${path} HTTP/1.1`);
    },
  );

  it('reads of git pass', async () => {
    const url = 'https://allowed.test/acme/shop.git/info/refs?service=git-upload-pack';
    expect((await sh(box.sandbox, `curl ${inside} "${url}"`)).output).toBe('hello\n');
  });

  it('sets the credential, drops the client’s own, and hands none back (T1, P13)', async () => {
    const { output } = await sh(
      box.sandbox,
      `env; curl -i ${inside} -H "X-Key: mine" -H "Authorization: Bearer mine" ` +
        '"https://allowed.test/echo?api_key=mine&page=2"',
    );

    const request = origin.requests.at(-1) ?? '';
    expect(request).toMatch(/^GET \/echo\?page=2 /);
    expect(request).toContain(`x-key: ${secret}`);
    expect(request).not.toContain('mine');
    expect(output).toContain('200 OK');
    expect(output).not.toContain('c4n4ry-of-the-key');
    expect(box.calls.at(-1)).toMatchObject({
      decision: 'allowed',
      because: expect.stringContaining('the answer held the credential'),
    });
  });

  it('takes an entry with a credential before one without, and the other where it is missing', async () => {
    expect((await sh(box.sandbox, `curl ${inside} https://allowed.test/both`)).output).toBe(
      'hello\n',
    );
    expect(origin.requests.at(-1)).not.toContain('x-key');
    await sh(box.sandbox, `curl ${inside} https://allowed.test/echo`);
    expect(origin.requests.at(-1)).toContain(`x-key: ${secret}`);
  });

  it('does not reach a server whose certificate names another host', async () => {
    const { leaked, lines } = await attack(`curl ${inside} https://other.test/`);

    expect(leaked).toEqual([]);
    expect(lines).toMatchObject([
      {
        host: 'other.test',
        status: 502,
        decision: 'refused',
        rule: 'certificate',
        because: 'ERR_TLS_CERT_ALTNAME_INVALID',
      },
    ]);
  });

  it('shows the certificate of its authority inside, and no key', async () => {
    const count = (what: string) => `grep -c "${what}" /etc/ssl/certs/ca-certificates.crt`;
    const { output } = await sh(
      box.sandbox,
      `${count('BEGIN CERTIFICATE')}; ${count('PRIVATE KEY')}`,
    );
    const [certificates, keys] = output.trim().split('\n').map(Number);
    expect(certificates).toBeGreaterThan(1);
    expect(keys).toBe(0);
  });
});
