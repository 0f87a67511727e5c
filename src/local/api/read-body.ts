import type { IncomingMessage } from 'node:http';
import { noteBody } from '../recording.ts';
import { HttpError } from './route.ts';

/** GitHub takes blobs up to 100 MB; base64 makes them a third larger. */
export const CONTENT_BYTES_MAX = 140 * 1024 * 1024;
/** Every other call carries a text of 64 KB and some names at most. */
export const BODY_BYTES_MAX = 8 * 1024 * 1024;
/** As deep as GitHub's own parser goes. */
const DEPTH_MAX = 100;

/** Read a request's body whole. Throws 413 past the limit, and then the connection must end. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop must not close the connection: the caller is still to be told.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > bytesMax) throw tooLarge();
    chunks.push(bytes);
  }
  const whole = Buffer.concat(chunks);
  noteBody(request, whole);
  return whole;
}

function tooLarge(): HttpError {
  return new HttpError(413, 'Request body is too large');
}

/**
 * A JSON object; empty when there was no body. A list is allowed where the operation takes one, and
 * stands below the empty name. Throws 400 with GitHub's sentences.
 */
export function parseBody(bytes: Buffer, mayBeList = false): Readonly<Record<string, unknown>> {
  if (bytes.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new HttpError(400, 'Problems parsing JSON');
  }
  if (!isShallow(value)) throw new HttpError(400, 'Problems parsing JSON');
  if (Array.isArray(value) && mayBeList) return { '': value };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HttpError(400, 'Body should be a JSON object');
  return value as Record<string, unknown>;
}

/** Walks level by level: recursion is what a hostile depth would exhaust. */
function isShallow(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEPTH_MAX) return false;
    level = level.flatMap((each) =>
      typeof each === 'object' && each !== null ? Object.values(each) : [],
    );
  }
  return true;
}
