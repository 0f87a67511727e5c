import type { Blocker, Rule } from '../facts.ts';
import { pass, wait } from '../reason.ts';

/**
 * What an issue is blocked by comes first. An edge can delay work, never authorize it. A merge that was
 * taken back leaves its issue closed, and is no work done; at a release, schedule has asked a person.
 */
export const blockersDone: Rule = {
  name: 'blockers-done',
  changedBy: ['dependency_changed', 'issue_closed', 'issue_reopened', 'base_moved', 'pull_closed'],
  ask: ({ blockers, repository, isRelease }) => {
    const here = `${repository.owner}/${repository.name}`;
    const open = blockers.filter((blocker) => blocker.open);
    if (open.length > 0) {
      return wait('blockers-done', `waits for ${namesOf(open, here)}, which must be closed first`);
    }
    const reverted = isRelease ? [] : blockers.filter((blocker) => blocker.isReverted);
    if (reverted.length > 0) {
      return wait(
        'blockers-done',
        `${namesOf(reverted, here)} was merged and then reverted: remove the edge, or approve it`,
      );
    }
    return pass(
      'blockers-done',
      blockers.length > 0 ? 'every blocker is closed' : 'nothing blocks it',
    );
  },
};

function namesOf(blockers: readonly Blocker[], here: string): string {
  return blockers
    .map(({ repository, number }) =>
      repository === here ? `#${number}` : `${repository}#${number}`,
    )
    .join(', ');
}
