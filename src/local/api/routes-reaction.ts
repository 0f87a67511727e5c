import type { Reaction } from '#local/record/issue.ts';
import { subjectByNumber } from './change-label.ts';
import { addReaction, removeReaction } from './change-reaction.ts';
import { invalid, numberParam, optionalWord } from './field.ts';
import { actorOf } from './identity.ts';
import type { Reply } from './operation.ts';
import { paginate } from './paginate.ts';
import { REACTIONS, reactionsTo, renderReaction } from './render-reaction.ts';
import { type Call, HttpError, routes } from './route.ts';
import { findComment } from './routes-comment.ts';
import { repositoryOf } from './serve-api.ts';

const REPOSITORY = '/repos/{owner}/{repo}';
const ISSUES = `${REPOSITORY}/issues`;

/** Reactions to issues, their comments and review comments. */
export const reactionRoutes = routes({
  'reactions/create-for-issue-comment': {
    method: 'POST',
    path: `${ISSUES}/comments/{comment_id}/reactions`,
    access: ['issues:write'],
    handle: (call) => react(call, 'comment', findComment(call).id),
  },
  'reactions/create-for-pull-request-review-comment': {
    method: 'POST',
    path: `${REPOSITORY}/pulls/comments/{comment_id}/reactions`,
    access: ['pull_requests:write'],
    handle: (call) => react(call, 'review-comment', findReviewComment(call)),
  },
  'reactions/create-for-issue': {
    method: 'POST',
    path: `${ISSUES}/{issue_number}/reactions`,
    access: ['issues:write'],
    handle: (call) => react(call, 'issue', findIssueNumber(call)),
  },
  'reactions/list-for-issue': {
    method: 'GET',
    path: `${ISSUES}/{issue_number}/reactions`,
    access: ['issues:read'],
    handle: (call) => {
      const content = call.query.get('content');
      const given = reactionsTo(repositoryOf(call), 'issue', findIssueNumber(call)).filter(
        (each) => content === null || each.content === content,
      );
      return paginate(call, given, (each) => renderReaction(call.world, each));
    },
  },
  'reactions/delete-for-issue': {
    method: 'DELETE',
    path: `${ISSUES}/{issue_number}/reactions/{reaction_id}`,
    access: ['issues:write'],
    handle: deleteReaction,
  },
});

function findReviewComment(call: Call): number {
  const comment = repositoryOf(call).reviewComments.get(numberParam(call.params, 'comment_id'));
  if (!comment) throw new HttpError(404, 'Not Found');
  return comment.id;
}

function findIssueNumber(call: Call): number {
  return subjectByNumber(repositoryOf(call), numberParam(call.params, 'issue_number')).number;
}

function react(
  call: Call,
  subject: Reaction['subject'],
  subjectId: number,
): Reply<'reactions/create-for-issue'> {
  const content = optionalWord(call.body, 'content', REACTIONS);
  if (content === undefined) throw invalid('content', 'missing_field');
  const wanted = { subject, subjectId, content };
  const user = actorOf(call.principal);
  const { reaction, isNew } = addReaction(call.world, repositoryOf(call), user, wanted);
  return { status: isNew ? 201 : 200, body: renderReaction(call.world, reaction) };
}

function deleteReaction(call: Call): Reply<'reactions/delete-for-issue'> {
  const repository = repositoryOf(call);
  const number = findIssueNumber(call);
  const id = numberParam(call.params, 'reaction_id');
  const reaction = reactionsTo(repository, 'issue', number).find((each) => each.id === id);
  if (!reaction) throw new HttpError(404, 'Not Found');
  if (reaction.userId !== actorOf(call.principal).id)
    throw new HttpError(403, 'Only the author may delete a reaction');
  removeReaction(repository, reaction);
  return { status: 204 };
}
