import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EgressPolicy } from '#model/sandbox.ts';
import { decideConnect, decideHello, decideHttp, findName } from '#sandbox/egress/decide-call.ts';
import { isPublicAddress } from '#sandbox/egress/public-address.ts';

const policy: EgressPolicy = {
  hosts: [{ host: 'allowed.test', rule: 'policy:allowed.test' }],
  routes: [
    {
      host: 'context.sallyport.internal',
      name: 'context',
      upstream: 'http://127.0.0.1:1',
      paths: ['/mcp'],
      methods: ['POST'],
      header: null,
    },
  ],
};

describe('decideConnect', () => {
  it.each([
    ['allowed.test', 443, 'policy:allowed.test'],
    ['ALLOWED.test', 443, 'policy:allowed.test'],
  ])('egress:closed: lets %s:%d pass by the line that lists it', (host, port, rule) => {
    expect(decideConnect({ host, port }, policy)).toMatchObject({
      allowed: true,
      rule,
      host: 'allowed.test',
    });
  });

  it.each([
    ['denied.test', 443, 'host-not-listed'],
    ['notallowed.test', 443, 'host-not-listed'],
    ['allowed.test.evil.test', 443, 'host-not-listed'],
    ['context.sallyport.internal', 443, 'host-not-listed'],
    ['allowed.test', 22, 'connect-port'],
    ['allowed.test', null, 'connect-port'],
    ['allowed.test.', 443, 'ip-literal|malformed-authority'],
    ['allowed.test\0', 443, 'malformed-authority'],
    ['evil.test#.allowed.test', 443, 'malformed-authority'],
    ['allowed.test%00', 443, 'malformed-authority'],
    ['allowed_x.test', 443, 'malformed-authority'],
    ['127.0.0.1', 443, 'ip-literal'],
    ['127.1', 443, 'ip-literal'],
    ['2130706433', 443, 'ip-literal'],
    ['0x7f000001', 443, 'ip-literal'],
    ['0177.0.0.1', 443, 'ip-literal'],
    ['0x7f.1', 443, 'ip-literal'],
    ['[::1]', 443, 'ip-literal'],
    ['[::ffff:127.0.0.1]', 443, 'ip-literal'],
    ['', 443, 'malformed-authority'],
  ])('egress:closed: refuses %j on port %s', (host, port, rules) => {
    const decision = decideConnect({ host, port }, policy);
    expect(decision.allowed).toBe(false);
    expect(rules.split('|')).toContain(decision.rule);
  });

  it('names the policy line that would allow a host', () => {
    const decision = decideConnect({ host: 'new.test', port: 443 }, policy);
    expect(decision).toMatchObject({ hint: expect.stringContaining('- host: new.test') });
  });

  it('egress:closed: never allows a name that is not listed, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 0, max: 65_536 }),
        (host, port) => {
          const decision = decideConnect({ host, port }, policy);
          return !decision.allowed || (host.toLowerCase() === 'allowed.test' && port === 443);
        },
      ),
    );
  });
});

describe('decideHello', () => {
  it.each([
    [{ serverName: 'allowed.test', isEncrypted: false }, true, 'sni'],
    [{ serverName: 'evil.test', isEncrypted: false }, false, 'sni-mismatch'],
    [{ serverName: null, isEncrypted: false }, false, 'sni-missing'],
    [{ serverName: 'allowed.test', isEncrypted: true }, false, 'sni-encrypted'],
    [{ serverName: 'allowed.test\0.evil.test', isEncrypted: false }, false, 'sni-mismatch'],
  ])('judges %j', (hello, allowed, rule) => {
    expect(decideHello(hello, 'allowed.test')).toMatchObject({ allowed, rule });
  });
});

describe('decideHttp', () => {
  const host = 'context.sallyport.internal';
  it.each([
    ['POST', host, 80, '/mcp', true, 'route:context'],
    ['POST', host, 80, '/mcp?x=1', true, 'route:context'],
    ['GET', host, 80, '/mcp', false, 'method'],
    ['POST', host, 80, '/mcp/', false, 'path'],
    ['POST', host, 80, '//mcp', false, 'path'],
    ['POST', host, 80, '/x/../mcp', false, 'path'],
    ['POST', host, 80, '/%6dcp', false, 'path'],
    ['POST', host, 8080, '/mcp', false, 'connect-port'],
    ['GET', 'allowed.test', 80, '/', false, 'plain-http'],
    ['GET', 'denied.test', 80, '/', false, 'host-not-listed'],
    ['GET', '169.254.169.254', 80, '/', false, 'ip-literal'],
  ])('judges %s %s:%d%s', (method, name, port, path, allowed, rule) => {
    expect(decideHttp({ method, host: name, port, path }, policy)).toMatchObject({ allowed, rule });
  });
});

describe('findName', () => {
  it('knows listed hosts and routes, and no name below or above them', () => {
    expect(findName('Allowed.Test', policy)).toBe(0);
    expect(findName('context.sallyport.internal', policy)).toBe(1);
    expect(findName('data.allowed.test', policy)).toBeNull();
    expect(findName('test', policy)).toBeNull();
  });
});

describe('isPublicAddress', () => {
  it.each(['1.1.1.1', '140.82.112.3', '2606:4700:4700::1111'])('takes %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '203.0.113.7',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
    '2002:0808:0808::1',
    '2001:db8::1',
    'fd00::1',
    'fe80::1',
    'ff02::1',
    'allowed.test',
  ])('egress:closed: refuses %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});
