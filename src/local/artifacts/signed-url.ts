import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Makes and checks URLs that carry their own authority for a while. */
export interface UrlSigner {
  /** `path` starts with a slash; the result is absolute. */
  sign(path: string, method: 'GET' | 'PUT'): string;
  /** Whether the request's path, method and expiry are the ones that were signed. */
  verify(url: URL, method: string): boolean;
}

// As long as GitHub's own signed URLs: long enough for a big upload, short enough to leak.
const SIGNED_URL_SECONDS = 3600;

/**
 * A signer with a key of its own, made at start. Only path, method and expiry are signed: the Azure
 * client adds `comp` and `blockid` to the query of the URL it was given.
 */
export function openUrlSigner(origin: string, now: () => Date): UrlSigner {
  const key = randomBytes(32);
  const mac = (method: string, path: string, expires: string) =>
    createHmac('sha256', key).update(`${method}\n${path}\n${expires}`).digest('base64url');
  return {
    sign: (path, method) => {
      const expires = String(Math.floor(now().getTime() / 1000) + SIGNED_URL_SECONDS);
      return `${origin}${path}?se=${expires}&sig=${mac(method, path, expires)}`;
    },
    verify: (url, method) => {
      const expires = url.searchParams.get('se') ?? '';
      if (!/^\d{1,12}$/.test(expires) || Number(expires) * 1000 <= now().getTime()) return false;
      const given = Buffer.from(url.searchParams.get('sig') ?? '');
      const expected = Buffer.from(mac(method === 'HEAD' ? 'GET' : method, url.pathname, expires));
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}
