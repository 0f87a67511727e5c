import { describe, expect, it } from '@jest/globals';
import { clientOf } from '#http/client-address.ts';

describe('clientOf', () => {
  it.each([
    ['an IPv4 address', '198.51.100.7', '198.51.100.7'],
    ['the same in IPv6 spelling', '::ffff:198.51.100.7', '198.51.100.7'],
    ['the /64 of an IPv6 address', '2600:1f14:a:b:1:2:3:4', '2600:1f14:a:b::/64'],
    ['the same /64, written short', '2600:1F14:a:b::9', '2600:1f14:a:b::/64'],
    ['zeros in the middle', '2600::5:6:7:8', '2600:0:0:0::/64'],
    ['zeros at the end of the network', '2600:1f14::', '2600:1f14:0:0::/64'],
    ['an address with a zone', '2600:1f14:a:b::1%eth0', '2600:1f14:a:b::/64'],
  ])('tells %s', (_, socketAddress, client) => {
    expect(clientOf({ socketAddress, forwardedFor: [] }, 0)).toBe(client);
  });

  it.each([
    ['loopback', '127.0.0.1'],
    ['loopback, in IPv6', '::1'],
    ['a private address', '10.1.2.3'],
    ['a private address, in IPv6', 'fd00::1'],
    ['no address', undefined],
  ])('limits nobody behind a proxy that was not declared: %s', (_, socketAddress) => {
    expect(clientOf({ socketAddress, forwardedFor: ['203.0.113.1'] }, 0)).toBeNull();
  });

  it.each([
    ['one proxy', ['203.0.113.1'], 1, '203.0.113.1'],
    ['one proxy, behind what the client wrote', ['1.1.1.1, 203.0.113.1'], 1, '203.0.113.1'],
    ['the same in two headers', ['1.1.1.1', '203.0.113.1'], 1, '203.0.113.1'],
    ['two proxies', ['1.1.1.1, 203.0.113.1, 192.0.2.9'], 2, '203.0.113.1'],
    ['a proxy that writes the port', ['203.0.113.1:4711'], 1, '203.0.113.1'],
    ['a proxy that writes brackets', ['[2600:1:2:3::4]:443'], 1, '2600:1:2:3::/64'],
    ['a client in a private network of the operator', ['10.9.9.9'], 1, '10.9.9.9'],
    ['fewer addresses than proxies', ['203.0.113.1'], 2, '192.0.2.44'],
    ['no header', [], 1, '192.0.2.44'],
    ['a word', ['unknown'], 1, '192.0.2.44'],
  ])('believes what the outermost proxy saw: %s', (_, forwardedFor, proxies, client) => {
    expect(clientOf({ socketAddress: '192.0.2.44', forwardedFor }, proxies)).toBe(client);
  });

  it('does not believe a header where no proxy was declared', () => {
    const origin = { socketAddress: '192.0.2.44', forwardedFor: ['203.0.113.1'] };
    expect(clientOf(origin, 0)).toBe('192.0.2.44');
  });
});
