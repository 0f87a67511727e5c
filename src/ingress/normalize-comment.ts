import { z } from 'zod';
import { parseCommand } from '#model/command.ts';
import { ok, refuse } from '#model/result.ts';
import { issueTextSha256 } from '#model/signal.ts';
import { ignored } from './ignored.ts';
import type { Reading } from './reading.ts';
import { about, id, instant, toAbout } from './shape.ts';

const comments = about.extend({
  action: z.string().max(60),
  issue: z.object({
    number: id,
    title: z.string(),
    body: z.string().nullable().default(null),
    /** Present when the issue is a pull request. */
    pull_request: z.looseObject({}).nullish(),
  }),
  comment: z.object({
    id,
    node_id: z.string().min(1).max(200),
    body: z.string().nullable(),
    created_at: instant,
    user: z.object({ id }).nullable(),
    /** Present when an App wrote it, also with a person's token. */
    performed_via_github_app: z.looseObject({}).nullish(),
  }),
});

/**
 * `issue_comment`: a command of a person, as it was first written. What is edited or deleted later
 * is no command, and what bots, Apps and we ourselves write is none either.
 */
export const normalizeComment: Reading = (payload, self) => {
  const parsed = comments.safeParse(payload);
  if (!parsed.success) return refuse(parsed.error);
  const { action, issue, comment } = parsed.data;
  if (action !== 'created') return ok(ignored(`nothing here listens to issue_comment.${action}`));
  const said = parseCommand(comment.body ?? '');
  if (said.kind === 'none') return ok(ignored('the comment is no command'));
  const base = toAbout(parsed.data);
  const { sender } = base;
  if (sender.type !== 'User' || sender.id === self.botUserId || comment.performed_via_github_app) {
    return ok(ignored('only people give commands, not bots and not Apps'));
  }
  if (comment.user?.id !== sender.id) return ok(ignored('the comment is not the sender’s own'));
  return ok({
    kind: 'command_given',
    ...base,
    issue: issue.number,
    isPull: Boolean(issue.pull_request),
    comment: { id: comment.id, nodeId: comment.node_id },
    parsed: said,
    at: comment.created_at,
    textSha256: issueTextSha256(issue.title, issue.body),
  });
};
