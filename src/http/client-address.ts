import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Loopback and private networks (RFC 1918, RFC 4193, RFC 6598): who calls from there is our own proxy. */
const near = new BlockList();
near.addSubnet('127.0.0.0', 8, 'ipv4');
near.addSubnet('10.0.0.0', 8, 'ipv4');
near.addSubnet('100.64.0.0', 10, 'ipv4');
near.addSubnet('172.16.0.0', 12, 'ipv4');
near.addSubnet('192.168.0.0', 16, 'ipv4');
near.addAddress('::1', 'ipv6');
near.addSubnet('fc00::', 7, 'ipv6');

/** What of a request says where it is from. */
export interface Origin {
  readonly socketAddress: string | undefined;
  /** Every `X-Forwarded-For`, in order. */
  readonly forwardedFor: readonly string[];
}

export function originOf({ socket, headersDistinct }: IncomingMessage): Origin {
  return {
    socketAddress: socket.remoteAddress,
    forwardedFor: headersDistinct['x-forwarded-for'] ?? [],
  };
}

/**
 * Who asks, as limits count them: an IPv4 address, or the /64 of an IPv6 one, since who has one address
 * there has all of them. Behind `proxies` of ours it is the address that the outermost of them saw;
 * what stands before it in `X-Forwarded-For` the client wrote itself. Null for who cannot be told apart: a
 * proxy that the operator did not declare stands for everybody behind it.
 */
export function clientOf({ socketAddress, forwardedFor }: Origin, proxies: number): string | null {
  const seen = forwardedFor.flatMap((header) => header.split(',').map((each) => each.trim()));
  const address = plain(proxies === 0 ? socketAddress : seen.at(-proxies)) ?? plain(socketAddress);
  if (address === undefined) return null;
  if (isIP(address) === 4) return near.check(address, 'ipv4') && proxies === 0 ? null : address;
  return near.check(address, 'ipv6') && proxies === 0 ? null : networkOf(address);
}

/** Without brackets, port, zone and the IPv6 spelling of an IPv4 address; undefined when it is none. */
function plain(text: string | undefined): string | undefined {
  const [, bracketed, dotted] =
    /^\[([^\]]+)\](?::\d+)?$|^(\d+(?:\.\d+){3}):\d+$/.exec(text ?? '') ?? [];
  const address = (bracketed ?? dotted ?? text ?? '')
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(address) === 0 ? undefined : address;
}

/** The /64 of an IPv6 address, in one spelling for all of them (RFC 5952 by way of WHATWG URL). */
function networkOf(address: string): string {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
