import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Artifact, ArtifactStore } from './artifact-store.ts';
import { readBody } from './read-body.ts';
import type { UrlSigner } from './signed-url.ts';

// The client sends 8 MiB blocks; Azure's own limit for one block is 4000 MiB.
const BLOCK_BYTES_MAX = 64 * 1024 * 1024;
// One artifact: more than any run of this product needs, less than a small disk.
const BLOB_BYTES_MAX = 2 * 1024 * 1024 * 1024;
const BLOCK_LIST_BYTES_MAX = 4 * 1024 * 1024;

/** The path below which artifact bytes go in and out. */
export const BLOB_PATH = '/_artifacts/';

/** Serve one signed blob request: block uploads as the Azure client sends them, and downloads. */
export async function serveBlob(
  request: IncomingMessage,
  response: ServerResponse,
  store: ArtifactStore,
  signer: UrlSigner,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://local');
  const method = request.method ?? 'GET';
  if (!signer.verify(url, method)) return answer(response, 403, 'AuthenticationFailed');
  const id = Number(url.pathname.slice(BLOB_PATH.length).split('/')[0]);
  if (method === 'PUT') return receive(request, response, url, store.findUpload(id)?.file);
  const artifact = store.find(id);
  if (artifact === undefined) return answer(response, 404, 'BlobNotFound');
  return send(response, artifact, method === 'HEAD');
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  file: string | undefined,
): Promise<void> {
  if (file === undefined) return answer(response, 404, 'BlobNotFound');
  await mkdir(path.dirname(file), { recursive: true });
  const part = url.searchParams.get('comp');
  if (part === 'blocklist') return commit(request, response, file);
  const block = url.searchParams.get('blockid');
  if (part === 'block' && block === null)
    return answer(response, 400, 'InvalidQueryParameterValue');
  if (part !== null && part !== 'block') return answer(response, 400, 'InvalidQueryParameterValue');
  const target = part === 'block' ? blockFile(file, block ?? '') : file;
  const limit = part === 'block' ? BLOCK_BYTES_MAX : BLOB_BYTES_MAX;
  const stored = await writeCapped(request, target, limit);
  return stored ? created(response) : answer(response, 413, 'RequestBodyTooLarge');
}

// Blocks arrive five at a time and out of order; the list at the end says how they go together.
async function commit(
  request: IncomingMessage,
  response: ServerResponse,
  file: string,
): Promise<void> {
  const body = await readBody(request, BLOCK_LIST_BYTES_MAX);
  if (body === undefined) return answer(response, 413, 'RequestBodyTooLarge');
  const blocks = [...body.toString().matchAll(/<(?:Latest|Uncommitted)>([^<]+)</g)].map((found) =>
    blockFile(file, (found[1] ?? '').trim()),
  );
  const sizes = await Promise.all(blocks.map((each) => stat(each).catch(() => undefined)));
  const total = sizes.reduce((sum, each) => sum + (each?.size ?? 0), 0);
  if (sizes.includes(undefined)) return answer(response, 400, 'InvalidBlockList');
  if (total > BLOB_BYTES_MAX) return answer(response, 413, 'RequestBodyTooLarge');
  const whole = `${file}.${randomUUID()}`;
  const output = createWriteStream(whole);
  for (const block of blocks) output.write(await readFile(block));
  await new Promise<void>((resolve, reject) => output.on('error', reject).end(() => resolve()));
  await rename(whole, file);
  return created(response);
}

// A block's name is the client's text, so it never becomes a path as it is.
function blockFile(file: string, block: string): string {
  return `${file}.block-${Buffer.from(block).toString('hex').slice(0, 200)}`;
}

async function writeCapped(
  request: IncomingMessage,
  file: string,
  bytesMax: number,
): Promise<boolean> {
  let bytes = 0;
  const cap = new Transform({
    transform(chunk, _encoding, done) {
      bytes += chunk.length;
      done(bytes > bytesMax ? new RangeError('too large') : null, chunk);
    },
  });
  const partial = `${file}.${randomUUID()}`;
  try {
    await pipeline(request, cap, createWriteStream(partial));
  } catch (cause) {
    if (cause instanceof RangeError) return false;
    throw cause;
  }
  await rename(partial, file);
  return true;
}

async function send(response: ServerResponse, artifact: Artifact, bare: boolean): Promise<void> {
  const zipped = artifact.mimeType === 'application/zip';
  const name = zipped ? `${artifact.name}.zip` : artifact.name;
  response.writeHead(200, {
    'content-type': artifact.mimeType,
    'content-length': artifact.bytes,
    'content-disposition': `attachment; filename="${name.replaceAll(/[^\x20-\x7e]|"/g, '_')}"; filename*=UTF-8''${encodeURIComponent(name)}`,
    'x-content-type-options': 'nosniff',
    etag: `"${artifact.digest}"`,
  });
  if (bare) response.end();
  else await pipeline(createReadStream(artifact.file), response);
}

function created(response: ServerResponse): void {
  response.writeHead(201, {
    'x-ms-request-id': randomUUID(),
    'x-ms-version': '2024-11-04',
    etag: `"${randomUUID()}"`,
    'last-modified': new Date().toUTCString(),
    'content-length': 0,
  });
  response.end();
}

function answer(response: ServerResponse, status: number, code: string): void {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml', 'x-ms-error-code': code });
  response.end(body);
}
