import type { Rule } from '../facts.ts';
import { fail, pass } from '../reason.ts';

/** The App must still be installed there, and the names must still mean the same repository. */
export const inReach: Rule = {
  name: 'in-reach',
  changedBy: ['installation_changed'],
  ask: ({ view, repository }) => {
    if (!view) {
      return fail(
        'in-reach',
        'expected the App to reach the repository, but the installation is suspended, removed or without it',
      );
    }
    const { id, ownerId } = view.repository;
    if (id !== repository.id || ownerId !== repository.ownerId) {
      return fail(
        'in-reach',
        `expected repository ${repository.id} of owner ${repository.ownerId}, got ${id} of ${ownerId}: the name was reused or transferred`,
      );
    }
    return pass('in-reach', 'the App is installed and reaches the repository');
  },
};
