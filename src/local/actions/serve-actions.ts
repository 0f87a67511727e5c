import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { BLOB_PATH, serveBlob } from '#local/artifacts/blob-http.ts';
import { serveTwirp, TWIRP_PATH, type TwirpDeps } from '#local/artifacts/twirp-http.ts';
import type { OidcIssuer } from '#local/oidc/oidc-issuer.ts';
import type { Runs } from './runs.ts';

/** What the service's own HTTP paths work on. */
export interface ServeDeps extends TwirpDeps {
  readonly issuer: OidcIssuer;
  readonly runs: Runs;
}

/** Signed URLs of logs lie below this path. */
export const LOG_PATH = '/_logs/';

/** Serve what is not REST: artifacts, their bytes, logs and ID tokens. */
export async function serveActions(
  request: IncomingMessage,
  response: ServerResponse,
  deps: ServeDeps,
): Promise<boolean> {
  const { pathname } = new URL(request.url ?? '/', 'http://local');
  if (pathname.startsWith(TWIRP_PATH)) await serveTwirp(request, response, deps);
  else if (pathname.startsWith(BLOB_PATH))
    await serveBlob(request, response, deps.store, deps.signer);
  else if (pathname.startsWith(LOG_PATH)) await serveLog(request, response, deps);
  else return deps.issuer.serve(request, response);
  return true;
}

async function serveLog(
  request: IncomingMessage,
  response: ServerResponse,
  deps: ServeDeps,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://local');
  const id = Number(url.pathname.slice(LOG_PATH.length));
  const job = deps.runs.findJobAnywhere(id);
  const signed = deps.signer.verify(url, request.method ?? 'GET');
  const found = job === undefined ? undefined : await stat(job.logFile).catch(() => undefined);
  if (!signed || job === undefined || found === undefined) {
    response.writeHead(signed ? 404 : 403, { 'content-type': 'text/plain' });
    response.end(signed ? 'no such log' : 'the URL is not signed or has expired');
    return;
  }
  response.writeHead(200, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  await pipeline(createReadStream(job.logFile), response);
}
