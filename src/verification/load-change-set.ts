import { join } from 'node:path';
import { type ChangeSet, changeSetLimits } from '#model/change-set.ts';
import { sha256 } from '#model/digest.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import { changeSetBytesMax, checkChangeSet } from './check-change-set.ts';
import { quote } from './quote.ts';
import type { Disk } from './verification-deps.ts';

/** A change set whose every blob has the content that it names. */
export interface LoadedChangeSet {
  readonly changeSet: ChangeSet;
  /** SHA-256 of `change-set.json`. */
  readonly sha256: string;
  /** Where a blob lies, by its SHA-256. */
  readonly blobPath: (sha: string) => string;
}

/** Read a change set from its folder; a blob that is missing or differs from its name refuses the whole. */
export async function loadChangeSet(
  folder: string,
  baseSha: string,
  disk: Disk,
): Promise<Result<LoadedChangeSet, string>> {
  const read = await disk.readInside(folder, 'change-set.json', changeSetBytesMax);
  if (read.kind !== 'file') return refuse(`The change set has no readable change-set.json.`);
  const checked = checkChangeSet(read.bytes, baseSha);
  if (!checked.ok) return checked;
  const blobs = new Map<string, number>();
  for (const entry of checked.value.entries) {
    if (entry.op === 'delete' || blobs.get(entry.sha256) === entry.bytes) continue;
    const trouble = await blobTrouble(folder, entry, disk);
    if (trouble !== null) return refuse(`The content of ${quote(entry.path)} ${trouble}.`);
    blobs.set(entry.sha256, entry.bytes);
  }
  return ok({
    changeSet: checked.value,
    sha256: sha256(read.bytes),
    blobPath: (sha) => join(folder, 'blob', sha),
  });
}

async function blobTrouble(
  folder: string,
  entry: { readonly sha256: string; readonly bytes: number },
  disk: Disk,
): Promise<string | null> {
  const blob = await disk.readInside(folder, `blob/${entry.sha256}`, changeSetLimits.blobBytesMax);
  if (blob.kind === 'missing') return 'is not in the change set’s folder';
  if (blob.kind !== 'file') return blob.sentence;
  if (blob.bytes.length !== entry.bytes) {
    return `has ${blob.bytes.length} bytes, and the change set says ${entry.bytes}`;
  }
  return sha256(blob.bytes) === entry.sha256 ? null : 'does not have the digest it is filed under';
}
