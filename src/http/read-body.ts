import type { IncomingMessage } from 'node:http';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';

/** A body is read within this time or not at all (slow-loris). */
const readDeadlineMs = 10_000;

/** Read a request's body, at most `bytesMax` of it; what is over the cap is never kept. */
export async function readBody(
  request: IncomingMessage,
  bytesMax: number,
): Promise<Result<Uint8Array, 'too_large' | 'aborted'>> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return refuse('too_large');
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => request.destroy(), readDeadlineMs);
  try {
    for await (const chunk of request) {
      bytes += (chunk as Buffer).length;
      if (bytes > bytesMax) return refuse('too_large');
      chunks.push(chunk as Buffer);
    }
    return ok(Buffer.concat(chunks));
  } catch {
    return refuse('aborted');
  } finally {
    clearTimeout(timer);
  }
}
