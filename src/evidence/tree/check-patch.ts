// Pure: what the verify job says was changed, held against the change set and the real base tree.
import type { ChangeEntry, ChangeSet } from '#model/change-set.ts';
import { gitBlobSha } from '#model/digest.ts';

/** One file of a git tree. */
export interface TreeFile {
  readonly mode: string;
  readonly sha: string;
}

/** One changed path as `patch/files.json` has it. */
export interface PatchClaim {
  readonly path: string;
  readonly status: 'added' | 'modified' | 'deleted';
  readonly baseMode: string | null;
  readonly headMode: string | null;
  readonly baseBlob: string | null;
  readonly headBlob: string | null;
}

/**
 * A sentence when the judged patch is not the change that would be pushed onto this base, null when
 * it is: the detectors read that patch, so every path and both blobs of each have to be the real ones.
 */
export function patchTrouble(
  claims: readonly PatchClaim[],
  changeSet: ChangeSet,
  blobs: ReadonlyMap<string, Uint8Array>,
  base: ReadonlyMap<string, TreeFile>,
): string | null {
  const byPath = new Map(claims.map((claim) => [claim.path, claim]));
  if (byPath.size !== claims.length) return 'the verified patch names a path twice';
  for (const entry of changeSet.entries) {
    const trouble = entryTrouble(entry, byPath.get(entry.path), blobs, base.get(entry.path));
    if (trouble) return `${trouble}: ${JSON.stringify(entry.path)}`;
    byPath.delete(entry.path);
  }
  const [extra] = byPath.keys();
  return extra === undefined
    ? null
    : `the verified patch changes a path that the change set does not: ${JSON.stringify(extra)}`;
}

function entryTrouble(
  entry: ChangeEntry,
  claim: PatchClaim | undefined,
  blobs: ReadonlyMap<string, Uint8Array>,
  before: TreeFile | undefined,
): string | null {
  if (entry.op === 'delete' && !before)
    return 'the change deletes a file that the base does not have';
  const after = entry.op === 'put' ? { mode: entry.mode, sha: shaOf(entry.sha256, blobs) } : null;
  if (!claim) {
    const isSame = after?.sha === before?.sha && after?.mode === before?.mode;
    return isSame ? null : 'the verified patch leaves out a path of the change set';
  }
  const status = !before ? 'added' : after ? 'modified' : 'deleted';
  const isReal =
    claim.status === status &&
    claim.baseBlob === (before?.sha ?? null) &&
    claim.baseMode === (before?.mode ?? null) &&
    claim.headBlob === (after?.sha ?? null) &&
    claim.headMode === (after?.mode ?? null);
  return isReal ? null : 'the verified patch describes another change than the change set';
}

function shaOf(digest: string, blobs: ReadonlyMap<string, Uint8Array>): string | null {
  const bytes = blobs.get(digest);
  return bytes ? gitBlobSha(bytes) : null;
}
