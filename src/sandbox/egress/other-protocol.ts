// What is refused on purpose besides plain HTTP/1.1 requests, and what to do instead.

/** A refusal of what was spoken, before any request was read. */
export interface SpokenRefusal {
  readonly rule: 'http2' | 'malformed-request';
  readonly status: 400 | 505;
  readonly hint: string;
}

/**
 * WebSockets and `h2c`: once a connection is upgraded nobody can say which of its bytes is a call, so
 * no method, path or credential rule would hold. Clients such as Codex fall back to HTTP on 426.
 */
export const upgradeHint =
  'send plain HTTP/1.1 requests: WebSockets and other upgrades are not read here, so they do not pass';

/**
 * Why a server could not parse what it got. HTTP/2 is not offered in the TLS handshake (ALPN), so only
 * who speaks it unasked comes here.
 *
 * Source  RFC 9113 §3.4: a connection begins with `PRI * HTTP/2.0`
 */
export function refuseSpoken(error: {
  readonly message: string;
  readonly rawPacket?: Buffer;
}): SpokenRefusal {
  if (error.rawPacket?.toString('latin1', 0, 14) === 'PRI * HTTP/2.0')
    return { rule: 'http2', status: 505, hint: 'speak HTTP/1.1: HTTP/2 is not read here' };
  return { rule: 'malformed-request', status: 400, hint: 'send a well-formed HTTP/1.1 request' };
}
