// Pure: the agent job's artifact, to a change set whose every blob has the hash it is filed under.
import { type ChangeSet, changeSetLimits, changeSetSchema } from '#model/change-set.ts';
import { sha256 } from '#model/digest.ts';
import { evidenceLimits } from '#model/evidence.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { UnzipLimits } from './unzip-safely.ts';

/** The agent job's archive: a change set, its blobs and the job's own records. */
export const changeSetArchive: UnzipLimits = {
  filesMax: changeSetLimits.entriesMax + 10,
  fileBytesMax: 25_000_000,
  bytesMax: changeSetLimits.bytesMax + 50_000_000,
  ratioMax: evidenceLimits.ratioMax,
  path: /^(?:change-set\.json|egress\.jsonl|agent\.log|posture\.json|blob\/[0-9a-f]{64})$/,
};

/** A change set with what it names. */
export interface ChangeSetRead {
  readonly changeSet: ChangeSet;
  /** Of `change-set.json` as it is, so that two jobs can be held to one change. */
  readonly sha256: string;
  /** By SHA-256. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/** Read the unpacked archive; the refusal is one sentence. */
export function readChangeSet(
  files: ReadonlyMap<string, Uint8Array>,
): Result<ChangeSetRead, string> {
  const bytes = files.get('change-set.json');
  const parsed = changeSetSchema.safeParse(bytes && parseJson(bytes));
  if (!bytes || !parsed.success) {
    return refuse('the agent job left no change set that follows its schema');
  }
  const blobs = new Map<string, Uint8Array>();
  let total = 0;
  for (const entry of parsed.data.entries) {
    if (entry.op === 'delete') continue;
    const blob = files.get(`blob/${entry.sha256}`);
    if (!blob || blob.length !== entry.bytes || sha256(blob) !== entry.sha256) {
      return refuse(
        `the content of ${JSON.stringify(entry.path)} is not what the change set names`,
      );
    }
    total += blob.length;
    if (blob.length > changeSetLimits.blobBytesMax || total > changeSetLimits.bytesMax) {
      return refuse('the change is larger than a change may be');
    }
    blobs.set(entry.sha256, blob);
  }
  return ok({ changeSet: parsed.data, sha256: sha256(bytes), blobs });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
