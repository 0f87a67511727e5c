// Pure: the whole judgement of an evidence tree, one call for the verify job and for the App.
import { alwaysProtected, type Policy } from '#model/policy.ts';
import { ok, type Result } from '#model/result.ts';
import type { Verdict } from '#model/verdict.ts';
import type { VerifyRecord } from '#model/verify-record.ts';
import { detect } from './detect.ts';
import { matchesAny } from './glob.ts';
import { type JudgeInput, judge } from './judge.ts';
import type { PatchFile } from './patch-file.ts';
import { type EvidenceRefusal, readEvidence } from './read-evidence.ts';
import { screensAsked } from './screens-asked.ts';

/** A verdict with the record it belongs to. */
export interface EvidenceJudged {
  readonly verdict: Verdict;
  readonly verify: VerifyRecord;
  readonly files: readonly PatchFile[];
}

/**
 * Read, detect and judge an evidence tree under the base's policy. Which files are tests is decided
 * again from the policy; detectors run again on the hashed texts; no runner's opinion is used.
 *
 * Fails   with the reader's refusal when a file is missing, extra, too large or malformed.
 */
export function judgeEvidence(
  tree: ReadonlyMap<string, Uint8Array>,
  policy: Policy,
): Result<EvidenceJudged, EvidenceRefusal> {
  const read = readEvidence(tree);
  if (!read.ok) return read;
  const { cells, screens, verify } = read.value;
  const files = read.value.files.map((file) => ({
    ...file,
    isTest: matchesAny(file.path, policy.verify.tests),
  }));
  const findings = detect(files);
  const verdict = judge({ cells, screens, files, findings, ...judgeOrder(policy) });
  return ok({ verdict, verify, files });
}

/** What a policy asks of a verdict. */
export function judgeOrder(
  policy: Policy,
): Pick<JudgeInput, 'commandsAsked' | 'screensAsked' | 'protectedPaths'> {
  return {
    commandsAsked: policy.verify.commands.map(({ name, run, report }) => ({
      name,
      run,
      report: report !== undefined,
    })),
    screensAsked: screensAsked(policy).flatMap(({ screen, viewports }) =>
      viewports.map((viewport) => ({ screen, viewport })),
    ),
    protectedPaths: [...alwaysProtected, ...policy.protect],
  };
}
