import type { Rule } from '../facts.ts';
import { pass, wait } from '../reason.ts';

/** What an issue is blocked by comes first. An edge can delay work, never authorize it. */
export const blockersDone: Rule = {
  name: 'blockers-done',
  changedBy: ['dependency_changed', 'issue_closed', 'issue_reopened'],
  ask: ({ blockers, repository }) => {
    const open = blockers.filter((blocker) => blocker.open);
    const here = `${repository.owner}/${repository.name}`;
    const names = open.map(({ repository: where, number }) =>
      where === here ? `#${number}` : `${where}#${number}`,
    );
    return open.length > 0
      ? wait('blockers-done', `waits for ${names.join(', ')}, which must be closed first`)
      : pass(
          'blockers-done',
          blockers.length > 0 ? 'every blocker is closed' : 'nothing blocks it',
        );
  },
};
