import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './route.ts';

/** Whether a caller already holds what would be sent (RFC 9110 §13.1.2 and §13.1.3). */
export interface Prepared {
  readonly answer: Answer;
  readonly bytes: Uint8Array;
  /** Null for what is not cached: anything but a good answer to a reading call. */
  readonly etag: string | null;
  readonly isFresh: boolean;
}

/** Render an answer's body, and compare it with what the caller says it has. */
export function prepareAnswer(request: IncomingMessage, answer: Answer): Prepared {
  const bytes = answer.bytes ?? toBytes(answer.body);
  const isCached = isRead(request) && answer.status === 200;
  if (!isCached) return { answer, bytes, etag: null, isFresh: false };
  // The form is part of it: the same commit as JSON and as a diff are two things.
  const accept = request.headers.accept ?? '';
  const digest = createHash('sha256').update(accept).update('\0').update(bytes).digest('hex');
  const etag = `W/"${digest}"`;
  return { answer, bytes, etag, isFresh: holds(request, etag, answer) };
}

/** Write an answer that was prepared, with the headers that every answer of GitHub's carries. */
export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { answer, bytes, etag, isFresh }: Prepared,
  headers: Readonly<Record<string, string>>,
): void {
  const hasBody = bytes.length > 0 && !isFresh;
  response.writeHead(isFresh ? 304 : answer.status, {
    ...(hasBody ? { 'content-type': 'application/json; charset=utf-8' } : {}),
    ...(hasBody ? { 'content-length': String(bytes.length) } : {}),
    ...(etag ? { etag, 'cache-control': 'private, max-age=60, s-maxage=60' } : {}),
    ...(isRead(request)
      ? {
          vary: 'Accept, Authorization, Cookie, X-GitHub-OTP,Accept-Encoding, Accept, X-Requested-With',
        }
      : {}),
    'referrer-policy': 'origin-when-cross-origin, strict-origin-when-cross-origin',
    'x-content-type-options': 'nosniff',
    'x-github-request-id': requestId(),
    ...headers,
    ...answer.headers,
  });
  response.end(isFresh || request.method === 'HEAD' ? undefined : bytes);
}

function isRead(request: IncomingMessage): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}

function holds(request: IncomingMessage, etag: string, answer: Answer): boolean {
  const known = request.headers['if-none-match'];
  const strong = (each: string) => each.trim().replace(/^W\//, '');
  if (known !== undefined)
    return known.split(',').some((each) => each.trim() === '*' || strong(each) === strong(etag));
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  const changed = Date.parse(answer.headers?.['last-modified'] ?? '');
  return changed <= since;
}

function toBytes(body: unknown): Uint8Array {
  return body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body));
}

/** Five groups of hexadecimal digits, as people quote them to GitHub's support. */
export function requestId(): string {
  const digits = randomBytes(17).toString('hex').toUpperCase();
  const ends = [4, 10, 18, 26, 34];
  return ends.map((end, i) => digits.slice(ends[i - 1] ?? 0, end)).join(':');
}
