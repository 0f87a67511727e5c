import type { IncomingMessage, ServerResponse } from 'node:http';
import { BLOB_PATH, serveBlob } from '#local/artifacts/blob-http.ts';
import { serveTwirp, TWIRP_PATH, type TwirpDeps } from '#local/artifacts/twirp-http.ts';
import type { OidcIssuer } from '#local/oidc/oidc-issuer.ts';
import type { Runs } from './runs.ts';
import { LOGS_PATH, serveLog } from './serve-log.ts';

/** What the service's own HTTP paths work on. */
export interface ServeDeps extends TwirpDeps {
  readonly issuer: OidcIssuer;
  readonly runs: Runs;
}

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
  else if (pathname.startsWith(LOGS_PATH)) await serveLog(request, response, deps);
  else return deps.issuer.serve(request, response);
  return true;
}
