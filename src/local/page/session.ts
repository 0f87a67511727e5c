import type { IncomingMessage } from 'node:http';
import type { Principal } from '#local/record/principal.ts';
import { identify } from '../api/identity.ts';
import type { TokenRegistry } from '../api/token-registry.ts';
import type { World } from '../world.ts';

const COOKIE = 'local_session';
/** A form is small; what is longer was not typed here. */
const FORM_BYTES_MAX = 256 * 1024;

/** Who looks at a page: by the Authorization header, or by the token kept in the browser's cookie. */
export async function identifyViewer(
  world: World,
  tokens: TokenRegistry,
  request: IncomingMessage,
): Promise<Principal> {
  const { authorization } = request.headers;
  if (authorization !== undefined) return identify(world, tokens, authorization);
  const token = readToken(request);
  return token === undefined ? { kind: 'anonymous' } : identifyToken(world, tokens, token);
}

/** Whose a token is. One that is gone signs out; it is no reason to refuse a public page. */
export function identifyToken(
  world: World,
  tokens: TokenRegistry,
  token: string,
): Promise<Principal> {
  return Promise.resolve(identify(world, tokens, `token ${token}`)).catch(() => ({
    kind: 'anonymous' as const,
  }));
}

/** The personal token of the browser's session. */
export function readToken(request: IncomingMessage): string | undefined {
  const pattern = new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w.-]{1,400})(?:;|$)`);
  return pattern.exec(request.headers.cookie ?? '')?.[1];
}

/**
 * `Set-Cookie` that keeps a token, or with null forgets it. Scripts never see it, and other sites send
 * it only where they lead the browser to a page, as an App does that asks to act for a person.
 */
export function sessionCookie(token: string | null): string {
  const value = token === null ? `${COOKIE}=; Max-Age=0` : `${COOKIE}=${token}`;
  return `${value}; Path=/; HttpOnly; SameSite=Lax`;
}

/** A form that a page of ours sent: browsers name the page's origin with every POST (RFC 6454 §7). */
export function isOwnForm(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

/** The fields of a posted form; undefined when it is no form or too long. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > FORM_BYTES_MAX) return undefined;
    chunks.push(chunk as Buffer);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
