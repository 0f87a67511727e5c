import type { IncomingMessage } from 'node:http';
import { HttpError } from './route.ts';

/** GitHub takes blobs up to 100 MB; base64 makes them a third larger. */
export const BODY_BYTES_MAX = 140 * 1024 * 1024;

/** Read a request's body whole. Throws 413 past the limit. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > bytesMax) throw new HttpError(413, 'Request body is too large');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** A JSON object; empty when there was no body. Throws 400 with GitHub's sentence. */
export function parseBody(bytes: Buffer): Readonly<Record<string, unknown>> {
  if (bytes.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new HttpError(400, 'Problems parsing JSON');
  }
  if (Array.isArray(value)) return { '': value };
  if (typeof value !== 'object' || value === null)
    throw new HttpError(400, 'Body should be a JSON object');
  return value as Record<string, unknown>;
}
