import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sha256 } from '#model/digest.ts';
import type { Settings } from '../../settings.ts';

const loopback = ['127.0.0.1', 'localhost', '::1'];

/**
 * Whether a request comes from an operator: with the password of the pages, or, without one, from
 * this machine by a name of this machine (a foreign name would be DNS rebinding).
 */
export function mayLook(
  request: IncomingMessage,
  { dashboardPassword, host }: Pick<Settings, 'dashboardPassword' | 'host'>,
): boolean {
  if (dashboardPassword === null) {
    const asked = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
    return loopback.includes(host) && loopback.includes(asked);
  }
  const [, encoded = ''] =
    /^Basic ([A-Za-z0-9+/=]+)$/.exec(request.headers.authorization ?? '') ?? [];
  const given = Buffer.from(encoded, 'base64')
    .toString('utf8')
    .replace(/^[^:]*:/, '');
  return timingSafeEqual(Buffer.from(sha256(given)), Buffer.from(sha256(dashboardPassword)));
}

/** Browsers name the page's origin with every POST (RFC 6454 §7): another site's form is none of ours. */
export function isOwnForm({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

/** Ask for the password. */
export function askPassword(response: ServerResponse): void {
  response.writeHead(401, {
    'www-authenticate': 'Basic realm="Sallyport"',
    'content-type': 'text/plain',
  });
  response.end('Set SALLYPORT_DASHBOARD_PASSWORD and sign in with it (any user name).\n');
}
