import type { Rule } from '../facts.ts';
import { fail, pass } from '../reason.ts';

/** Another attempt takes the place of one that people have, and only so often: it cannot run away. */
export const attemptBounds: Rule = {
  name: 'attempt-bounds',
  changedBy: ['changes_requested', 'check_failed', 'pull_changed', 'pull_closed'],
  readsPolicy: ['attempt'],
  ask: ({ attempt, isRelease, policy }) => {
    if (!attempt) return pass('attempt-bounds', 'a first attempt');
    const { pull, runs, replaced, isReplaceable } = attempt;
    if (!isRelease && !isReplaceable) {
      return fail(
        'attempt-bounds',
        `expected that pull request ${pull} waits for people, but its run is ${replaced}: wait for it, or stop it first`,
      );
    }
    const max = policy?.ok ? policy.value.limits.attempts : 1;
    return runs >= max
      ? fail(
          'attempt-bounds',
          `expected at most ${max} runs of pull request ${pull}, and it has had ${runs}: a person must go on, or raise limits.attempts`,
        )
      : pass('attempt-bounds', `run ${runs + 1} of ${max} of pull request ${pull}`);
  },
};
