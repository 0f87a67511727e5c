import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Artifact, ArtifactOwner, ArtifactRefusal, ArtifactStore } from './artifact-store.ts';
import { BLOB_PATH } from './blob-http.ts';
import { parseJson } from './parse-json.ts';
import { readBody } from './read-body.ts';
import type { RuntimeTokens } from './runtime-token.ts';
import type { UrlSigner } from './signed-url.ts';

/** Where `@actions/artifact` posts to. */
export const TWIRP_PATH = '/twirp/github.actions.results.api.v1.ArtifactService/';
// The requests hold names and numbers; GitHub's client never sends a tenth of this.
const REQUEST_BYTES_MAX = 64 * 1024;

/** What the artifact service works on. */
export interface TwirpDeps {
  readonly store: ArtifactStore;
  readonly tokens: RuntimeTokens;
  readonly signer: UrlSigner;
}

interface Reply {
  readonly status: number;
  readonly body: object;
}

type Body = Readonly<Record<string, unknown>>;

/** Serve one call of the artifact service, version 4. Errors are `{code, msg}`. */
export async function serveTwirp(
  request: IncomingMessage,
  response: ServerResponse,
  deps: TwirpDeps,
): Promise<void> {
  const reply = await answer(request, deps);
  const text = JSON.stringify(reply.body);
  response.writeHead(reply.status, { 'content-type': 'application/json' });
  response.end(text);
}

async function answer(request: IncomingMessage, deps: TwirpDeps): Promise<Reply> {
  if (request.method !== 'POST') return failure(405, 'bad_route', 'expected POST');
  const token = /^Bearer (\S{1,4096})$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const owner = deps.tokens.find(token);
  if (owner === undefined) return failure(401, 'unauthenticated', 'the runtime token is not valid');
  const raw = await readBody(request, REQUEST_BYTES_MAX);
  if (raw === undefined) return failure(413, 'invalid_argument', 'the request is too large');
  const body = parseJson(raw.toString());
  // The body repeats what the token says; a token of one run is no key to another's artifacts.
  if (field(body, 'workflow_run_backend_id') !== owner.runBackendId)
    return failure(403, 'permission_denied', 'the runtime token is of another workflow run');
  const method = (request.url ?? '').slice(TWIRP_PATH.length).split('?')[0] ?? '';
  const known = METHODS[method];
  if (known === undefined) return failure(404, 'bad_route', `no method ${method.slice(0, 80)}`);
  return known(body, owner, deps);
}

const METHODS: Readonly<
  Record<string, (body: Body, owner: ArtifactOwner, deps: TwirpDeps) => Reply | Promise<Reply>>
> = {
  CreateArtifact: (body, owner, deps) => {
    const type = field(body, 'mime_type') || 'application/zip';
    const expires = field(body, 'expires_at') || undefined;
    const upload = deps.store.create(owner, field(body, 'name'), type, expires);
    if (!upload.ok) return refused(upload.refusal);
    const url = deps.signer.sign(`${BLOB_PATH}${upload.value.id}/upload`, 'PUT');
    return { status: 200, body: { ok: true, signed_upload_url: url } };
  },
  FinalizeArtifact: async (body, owner, deps) => {
    const bytes = Number(field(body, 'size'));
    const digest = field(body, 'hash') || undefined;
    const done = await deps.store.finalize(owner, field(body, 'name'), { bytes, digest });
    if (!done.ok) return refused(done.refusal);
    return { status: 200, body: { ok: true, artifact_id: String(done.value.id) } };
  },
  ListArtifacts: (body, owner, deps) => {
    const name = field(body, 'name_filter');
    const id = field(body, 'id_filter');
    const found = deps.store.list(
      (each) =>
        each.runBackendId === owner.runBackendId &&
        (name === '' || each.name === name) &&
        (id === '' || String(each.id) === id),
    );
    return { status: 200, body: { artifacts: found.map(describe) } };
  },
  GetSignedArtifactURL: (body, owner, deps) => {
    const artifact = findNamed(body, owner, deps.store);
    if (artifact === undefined) return failure(404, 'not_found', 'artifact not found');
    return { status: 200, body: { name: artifact.name, signed_url: downloadUrl(artifact, deps) } };
  },
  DeleteArtifact: async (body, owner, deps) => {
    const artifact = findNamed(body, owner, deps.store);
    if (artifact === undefined) return failure(404, 'not_found', 'artifact not found');
    await deps.store.remove(artifact.id);
    return { status: 200, body: { ok: true, artifact_id: String(artifact.id) } };
  },
};

/** A signed URL that downloads an artifact for a while. */
export function downloadUrl(artifact: Artifact, deps: Pick<TwirpDeps, 'signer'>): string {
  return deps.signer.sign(`${BLOB_PATH}${artifact.id}/download`, 'GET');
}

function findNamed(body: Body, owner: ArtifactOwner, store: ArtifactStore): Artifact | undefined {
  const name = field(body, 'name');
  return store.list((each) => each.runBackendId === owner.runBackendId && each.name === name)[0];
}

function describe(artifact: Artifact) {
  return {
    workflow_run_backend_id: artifact.runBackendId,
    workflow_job_run_backend_id: artifact.jobBackendId,
    database_id: String(artifact.id),
    name: artifact.name,
    size: String(artifact.bytes),
    created_at: artifact.createdAt,
    digest: artifact.digest,
  };
}

// Protobuf's JSON form allows snake_case and camelCase, and 64-bit integers as text or number.
function field(body: Body, name: string): string {
  const camel = name.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
  const value = body[name] ?? body[camel];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function refused(refusal: ArtifactRefusal): Reply {
  if (refusal.reason === 'conflict') return failure(409, 'already_exists', refusal.message);
  if (refusal.reason === 'not_found') return failure(404, 'not_found', refusal.message);
  return failure(400, 'invalid_argument', refusal.message);
}

function failure(status: number, code: string, msg: string): Reply {
  return { status, body: { code, msg } };
}
