import { sha256OfJson } from '#model/digest.ts';
import type { Run } from '#model/run.ts';
import type { BlockerState } from './find-ready.ts';

/**
 * Twelve hex digits of everything that a person is shown when a run waits for one: the run, the text
 * and the policy it was decided by, and how each of its blockers ended. An approval names it, so it is
 * for exactly that and falls when any of it changes (T-G12).
 */
export function seenCode(
  run: Pick<Run, 'id' | 'snapshotSha256' | 'policySha256'>,
  blockers: readonly BlockerState[],
): string {
  const { id, snapshotSha256, policySha256 } = run;
  const ended = blockers
    .map(({ key, state, stateReason, unsettled }) => [key, state, stateReason, unsettled ?? null])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return sha256OfJson({ id, snapshotSha256, policySha256, ended }).slice(0, 12);
}
