import type { Cause } from '#model/trigger.ts';
import { firstCause } from '#model/trigger.ts';
import type { Rule } from '../facts.ts';
import { fail, pass } from '../reason.ts';

/** Who asks may take it back: what was done must still be so when work starts. */
export const causeStands: Rule = {
  name: 'cause-stands',
  changedBy: [
    'label_set',
    'label_removed',
    'assigned',
    'unassigned',
    'project_status_set',
    'changes_requested',
    'review_changed',
    'check_failed',
  ],
  ask: ({ cause, causeStands }) =>
    causeStands
      ? pass('cause-stands', `${standing(cause)}, as it was asked`)
      : fail(
          'cause-stands',
          `expected that ${standing(cause)}, but that is no longer so${or(cause)}`,
        ),
};

/** Neither says whose it is, so the other way to lose it is named. */
function or(cause: Cause): string {
  const { kind } = firstCause(cause);
  if (kind === 'label') return ', or somebody else set it since';
  return kind === 'assigned' ? ', or somebody else assigned it since' : '';
}

function standing(cause: Cause): string {
  switch (cause.kind) {
    case 'label':
      return `the issue carries the label ${cause.label}`;
    case 'comment':
      return 'the comment is there and was never edited';
    case 'assigned':
      return 'the issue is assigned to the App';
    case 'project_status':
      return `the issue has ${cause.field} ${cause.status} in project ${cause.project}`;
    case 'review':
      return `the review of ${cause.reviewer.login} asks for changes of the head ${cause.headSha.slice(0, 7)}, unedited, and ${standing(cause.first)}`;
    case 'check':
      return `the check ${cause.check} has failed on the head ${cause.headSha.slice(0, 7)}, and ${standing(cause.first)}`;
  }
}
