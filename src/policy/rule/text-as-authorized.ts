import { issueTextSha256 } from '#model/signal.ts';
import type { Rule } from '../facts.ts';
import { fail, pass } from '../reason.ts';

/**
 * `snapshot:frozen`: what the labeler read is what the agent will read. An edit between the label
 * and this moment could be anybody's who wrote the issue.
 */
export const textAsAuthorized: Rule = {
  name: 'text-as-authorized',
  changedBy: ['label_set', 'assigned'],
  ask: ({ view, authorizedAt, textSha256 }) => {
    const issue = view?.issue;
    if (!issue) return fail('text-as-authorized', 'there is no text to compare');
    const edited = issue.lastEditedAt;
    if (edited !== null && Date.parse(edited) > Date.parse(authorizedAt)) {
      return fail(
        'text-as-authorized',
        `expected no edit after ${authorizedAt}, but the issue was edited at ${edited}: read it again and ask again`,
      );
    }
    const text = issueTextSha256(issue.title, issue.body);
    return textSha256 === null || text === textSha256
      ? pass('text-as-authorized', `title and body are as they were at ${authorizedAt}`)
      : fail(
          'text-as-authorized',
          `expected title and body as they were at ${authorizedAt}, but they differ: read them again and ask again`,
        );
  },
};
