// Pure: two downloaded archives to a change that may be pushed and the verdict on it, or a refusal.
import type { ChangeSet } from '#model/change-set.ts';
import { evidenceLimits, evidencePath } from '#model/evidence.ts';
import type { Policy } from '#model/policy.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Run } from '#model/run.ts';
import type { Verdict } from '#model/verdict.ts';
import type { VerifyRecord } from '#model/verify-record.ts';
import { changeSetArchive, readChangeSet } from './artifact/read-change-set.ts';
import type { UnzipLimits } from './artifact/unzip-safely.ts';
import { unzipSafely } from './artifact/unzip-safely.ts';
import { entriesTrouble } from './tree/check-entries.ts';
import type { PatchClaim, TreeFile } from './tree/check-patch.ts';
import { patchTrouble } from './tree/check-patch.ts';

/** The judge, and the reader of the tree it judges: verification's pure core, given from outside. */
export type JudgeEvidence = (
  files: ReadonlyMap<string, Uint8Array>,
  policy: Policy,
) => Result<
  {
    readonly verdict: Verdict;
    readonly verify: VerifyRecord;
    readonly files: readonly PatchClaim[];
  },
  { readonly sentence: string }
>;

/** A change whose every byte was hashed again, with the verdict that was derived from them. */
export interface AcceptedChange {
  readonly changeSet: ChangeSet;
  readonly blobs: ReadonlyMap<string, Uint8Array>;
  readonly verify: VerifyRecord;
  readonly verdict: Verdict;
  /** Everything that goes into the evidence, by its path there. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const verifyArchive: UnzipLimits = { ...evidenceLimits, path: evidencePath };

/** Read the agent job's archive: the change set, or why there is none. */
export function openChange(zip: Uint8Array) {
  const unzipped = unzipSafely(zip, changeSetArchive);
  if (!unzipped.ok) return refuse(unzipped.refusal.sentence);
  const read = readChangeSet(unzipped.value);
  return read.ok ? ok({ ...read.value, files: unzipped.value }) : read;
}
export type OpenedChange = Extract<ReturnType<typeof openChange>, { ok: true }>['value'];

/**
 * Accept a change: its entries may be pushed, the verify job looked at this very change on this very
 * base under this very policy, its patch is the real one, and the verdict is derived again here.
 */
export function acceptChange(
  run: Pick<Run, 'baseSha' | 'policySha256'> & { readonly policy: Policy },
  change: OpenedChange,
  verifyZip: Uint8Array,
  base: ReadonlyMap<string, TreeFile>,
  judgeEvidence: JudgeEvidence,
): Result<AcceptedChange, string> {
  const { changeSet, blobs } = change;
  if (changeSet.baseSha !== run.baseSha) {
    return refuse(
      `the change is against ${changeSet.baseSha.slice(0, 7)}, expected ${run.baseSha.slice(0, 7)}`,
    );
  }
  const unfit = entriesTrouble(changeSet, blobs);
  if (unfit) return refuse(unfit);
  const unzipped = unzipSafely(verifyZip, verifyArchive);
  if (!unzipped.ok) return refuse(unzipped.refusal.sentence);
  const judged = judgeEvidence(unzipped.value, run.policy);
  if (!judged.ok) return refuse(judged.refusal.sentence);
  const { verdict, verify, files } = judged.value;
  const foreign =
    recordTrouble(verify, run, change.sha256) ?? patchTrouble(files, changeSet, blobs, base);
  if (foreign) return refuse(foreign);
  // Nothing that changes the rules becomes a commit, proven or not.
  const forbidden = verdict.missing.find((one) => one.property === 'NO_PROTECTED_PATH');
  if (forbidden) return refuse(`the change was not committed: ${forbidden.because}`);
  return ok({ changeSet, blobs, verify, verdict, files: mergeFiles(unzipped.value, change.files) });
}

function recordTrouble(
  verify: VerifyRecord,
  run: Pick<Run, 'baseSha' | 'policySha256'>,
  changeSetSha256: string,
): string | null {
  const pairs = [
    ['base', verify.baseSha, run.baseSha],
    ['change set', verify.changeSetSha256, changeSetSha256],
    ['policy', verify.policySha256, run.policySha256],
  ] as const;
  const wrong = pairs.find(([, seen, expected]) => seen !== expected);
  return wrong
    ? `the verify job worked on another ${wrong[0]}: expected ${wrong[2].slice(0, 12)}, saw ${wrong[1].slice(0, 12)}`
    : null;
}

const agentRecords = ['change-set.json', 'egress.jsonl', 'agent.log', 'posture.json'];

function mergeFiles(
  verified: ReadonlyMap<string, Uint8Array>,
  agent: ReadonlyMap<string, Uint8Array>,
): ReadonlyMap<string, Uint8Array> {
  const files = new Map(verified);
  for (const name of agentRecords) {
    const bytes = agent.get(name);
    if (bytes) files.set(`agent/${name}`, bytes);
  }
  return files;
}
