import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ok, type Result, refuse } from '#model/result.ts';

/** A finalized artifact: immutable until it is deleted or expires. */
export interface Artifact {
  readonly id: number;
  readonly repositoryId: number;
  readonly runId: number;
  /** The run and attempt, and the job, as the runtime token names them. */
  readonly runBackendId: string;
  readonly jobBackendId: string;
  readonly name: string;
  readonly mimeType: string;
  readonly file: string;
  readonly bytes: number;
  /** `sha256:` and 64 hex digits, computed here from the stored bytes. */
  readonly digest: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** Whose artifact it is. */
export interface ArtifactOwner {
  readonly repositoryId: number;
  readonly runId: number;
  readonly runBackendId: string;
  readonly jobBackendId: string;
}

/** An upload between CreateArtifact and FinalizeArtifact. */
export interface Upload {
  readonly id: number;
  readonly owner: ArtifactOwner;
  readonly name: string;
  readonly mimeType: string;
  readonly expiresAt: string;
  readonly file: string;
}

export type ArtifactRefusal = {
  readonly reason: 'conflict' | 'not_found' | 'invalid';
  readonly message: string;
};

/** Artifacts of every run: their facts in memory, their bytes below one folder. */
export interface ArtifactStore {
  create(
    owner: ArtifactOwner,
    name: string,
    mimeType: string,
    expiresAt?: string,
  ): Result<Upload, ArtifactRefusal>;
  findUpload(id: number): Upload | undefined;
  finalize(
    owner: ArtifactOwner,
    name: string,
    expected?: { readonly bytes: number; readonly digest: string | undefined },
  ): Promise<Result<Artifact, ArtifactRefusal>>;
  /** Unexpired artifacts, oldest first. */
  list(filter: (artifact: Artifact) => boolean): readonly Artifact[];
  /** The same with those that have expired, whose bytes are out of reach. */
  listAll(filter: (artifact: Artifact) => boolean): readonly Artifact[];
  find(id: number): Artifact | undefined;
  isExpired(artifact: Artifact): boolean;
  remove(id: number): Promise<boolean>;
  /** Create, write and finalize in one go, for the built-in upload action. */
  put(
    owner: ArtifactOwner,
    name: string,
    bytes: Uint8Array,
    retentionDays?: number,
  ): Promise<Result<Artifact, ArtifactRefusal>>;
  /** The facts of every finalized artifact, their files below the store's folder. */
  save(): readonly Artifact[];
}

/** What the store needs of the world around it. */
export interface ArtifactEffects {
  readonly folder: string;
  readonly now: () => Date;
  readonly nextId: () => number;
}

/** GitHub's default and greatest retention. */
export const RETENTION_DAYS = 90;
// GitHub's limit for one job is 500 artifacts; a run of this product makes fewer than twenty.
const ARTIFACTS_OF_RUN_MAX = 500;
const NAME_CHARACTERS_MAX = 256;
// What @actions/artifact refuses on the client's side: the server must not trust it to.
const FORBIDDEN_IN_NAME = /["<>|*?:\\/\r\n\0]/;

/**
 * Open a store below `folder`, which is made when the first upload starts: empty, or with what an
 * earlier one saved. Uploads that were under way are not among it; their jobs are gone.
 */
export function openArtifactStore(
  effects: ArtifactEffects,
  saved: readonly Artifact[] = [],
): ArtifactStore {
  const inFolder = (each: Artifact) => ({ ...each, file: path.join(effects.folder, each.file) });
  const artifacts = new Map(saved.map((each) => [each.id, inFolder(each)]));
  const uploads = new Map<number, Upload>();
  const list = (filter: (artifact: Artifact) => boolean) =>
    [...artifacts.values()].filter((each) => isAlive(each, effects.now()) && filter(each));
  const pending = (owner: ArtifactOwner, name: string) =>
    [...uploads.values()].find(
      (each) => each.owner.runBackendId === owner.runBackendId && each.name === name,
    );

  const create: ArtifactStore['create'] = (owner, name, mimeType, expiresAt) => {
    const ofRun = list((each) => each.runBackendId === owner.runBackendId);
    const refusal = checkCreate(name, ofRun);
    if (refusal !== undefined) return refuse(refusal);
    // Creating again over an upload that was never finalized replaces it.
    uploads.delete(pending(owner, name)?.id ?? 0);
    const id = effects.nextId();
    const file = path.join(effects.folder, String(id), 'blob');
    const upload = {
      id,
      owner,
      name,
      mimeType,
      file,
      expiresAt: limitExpiry(expiresAt, effects.now()),
    };
    uploads.set(id, upload);
    return ok(upload);
  };

  const finalize: ArtifactStore['finalize'] = async (owner, name, expected) => {
    const upload = pending(owner, name);
    const sealed = upload === undefined ? undefined : await seal(upload.file);
    if (upload === undefined || sealed === undefined)
      return refuse({ reason: 'not_found', message: `no upload of "${name}" is under way` });
    const message = expected === undefined ? undefined : compareStored(expected, sealed);
    if (message !== undefined) {
      await rename(sealed.file, upload.file);
      return refuse({ reason: 'invalid', message });
    }
    uploads.delete(upload.id);
    const { mimeType, expiresAt, id } = upload;
    const createdAt = effects.now().toISOString();
    const artifact = { ...upload.owner, ...sealed, id, name, mimeType, expiresAt, createdAt };
    artifacts.set(id, artifact);
    return ok(artifact);
  };

  return {
    save: () =>
      [...artifacts.values()].map((each) => ({
        ...each,
        // The folder may have moved by the next time.
        file: path.relative(effects.folder, each.file),
      })),
    create,
    finalize,
    list,
    listAll: (filter) => [...artifacts.values()].filter(filter),
    isExpired: (artifact) => !isAlive(artifact, effects.now()),
    findUpload: (id) => uploads.get(id),
    find: (id) => list((each) => each.id === id)[0],
    remove: async (id) => {
      const artifact = artifacts.get(id);
      artifacts.delete(id);
      if (artifact !== undefined) await rm(path.dirname(artifact.file), { recursive: true });
      return artifact !== undefined;
    },
    put: async (owner, name, bytes, retentionDays) => {
      const expires = expiryOf(retentionDays ?? RETENTION_DAYS, effects.now());
      const upload = create(owner, name, 'application/zip', expires);
      if (!upload.ok) return upload;
      await writeNew(upload.value.file, bytes);
      return finalize(owner, name);
    },
  };
}

async function writeNew(file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
}

function isAlive(artifact: Artifact, now: Date): boolean {
  return new Date(artifact.expiresAt) > now;
}

function expiryOf(days: number, now: Date): string {
  return new Date(now.getTime() + days * 86_400_000).toISOString();
}

function checkCreate(name: string, ofRun: readonly Artifact[]): ArtifactRefusal | undefined {
  const message = checkName(name);
  if (message !== undefined) return { reason: 'invalid', message };
  if (ofRun.length >= ARTIFACTS_OF_RUN_MAX)
    return { reason: 'invalid', message: 'this run has too many artifacts' };
  return ofRun.some((each) => each.name === name)
    ? {
        reason: 'conflict',
        message: 'an artifact with this name already exists on the workflow run',
      }
    : undefined;
}

function compareStored(
  expected: { readonly bytes: number; readonly digest: string | undefined },
  stored: { readonly bytes: number; readonly digest: string },
): string | undefined {
  if (expected.bytes !== stored.bytes)
    return `expected ${expected.bytes} bytes, got ${stored.bytes}`;
  return expected.digest !== undefined && expected.digest !== stored.digest
    ? `expected digest ${expected.digest}, got ${stored.digest}`
    : undefined;
}

function checkName(name: string): string | undefined {
  if (name === '' || name.length > NAME_CHARACTERS_MAX)
    return `expected a name of 1 to ${NAME_CHARACTERS_MAX} characters`;
  if (name === '.' || name === '..' || FORBIDDEN_IN_NAME.test(name))
    return `the name ${JSON.stringify(name)} holds characters that no artifact may have`;
  return undefined;
}

// A client may shorten an artifact's life, never lengthen it past the repository's limit.
function limitExpiry(asked: string | undefined, now: Date): string {
  const latest = now.getTime() + RETENTION_DAYS * 86_400_000;
  const wanted = asked === undefined ? Number.NaN : Date.parse(asked);
  return new Date(Number.isNaN(wanted) ? latest : Math.min(wanted, latest)).toISOString();
}

// A slow PUT may still be writing when its artifact is finalized: the bytes are moved to a name that
// no upload knows before they are hashed, so what was hashed is what stays.
async function seal(
  upload: string,
): Promise<{ file: string; bytes: number; digest: string } | undefined> {
  const file = path.join(path.dirname(upload), randomUUID());
  const moved = await rename(upload, file).then(
    () => true,
    () => false,
  );
  if (!moved) return undefined;
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { file, bytes, digest: `sha256:${hash.digest('hex')}` };
}
