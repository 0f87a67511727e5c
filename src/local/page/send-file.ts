import type { ServerResponse } from 'node:http';
import type { Repository } from '#local/record/repository.ts';
import { HttpError } from '../api/route.ts';
import { isRevision } from '../git/name.ts';
import { readBlobAtPath } from '../git/object.ts';

/** Types a browser may show; everything else is plain text, HTML above all. */
const SHOWN_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
};

/** A file's bytes, of any commit in the repository, also of those that only `refs/sallyport/…` holds. */
export async function sendFile(
  repository: Repository,
  response: ServerResponse,
  revision: string,
  path: string,
): Promise<void> {
  if (!isRevision(revision) || /[:^~@{}]/.test(revision) || path === '')
    throw new HttpError(404, 'There is no such file.');
  const blob = await readBlobAtPath(repository.gitDir, revision, path);
  if (!blob) throw new HttpError(404, 'There is no such file.');
  const extension = path.split('.').at(-1)?.toLowerCase() ?? '';
  response.writeHead(200, {
    'content-type': SHOWN_TYPES[extension] ?? 'text/plain; charset=utf-8',
    'content-length': String(blob.bytes.length),
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  response.end(blob.bytes);
}
