import type { Rule } from '../facts.ts';
import { fail, pass } from '../reason.ts';

/** Work is done for an open issue; a pull request is no task. */
export const issueOpen: Rule = {
  name: 'issue-open',
  changedBy: ['issue_closed', 'issue_reopened'],
  ask: ({ view }) => {
    const issue = view?.issue;
    if (!issue) return fail('issue-open', 'expected an issue, got nothing or a pull request');
    return issue.state === 'OPEN'
      ? pass('issue-open', `issue #${issue.number} is open`)
      : fail('issue-open', `expected an open issue, but #${issue.number} is closed: reopen it`);
  },
};
