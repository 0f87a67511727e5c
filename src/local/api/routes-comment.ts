import type { Reaction } from '../world.ts';
import { createComment, deleteComment, editComment } from './change-comment.ts';
import { subjectByNumber, timestamp } from './change-label.ts';
import { invalid, numberParam, requiredText } from './field.ts';
import { actorOf } from './identity.ts';
import { paginate } from './paginate.ts';
import { commentsOf, REACTIONS, renderComment, renderReaction } from './render-issue.ts';
import { type Answer, type Call, HttpError, type Route } from './route.ts';
import { checkMayEdit } from './routes-issue.ts';
import { repositoryOf } from './serve-api.ts';

const READ = ['issues:read', 'pull_requests:read'] as const;
const WRITE = ['issues:write', 'pull_requests:write'] as const;
const ISSUES = '/repos/{owner}/{repo}/issues';

/** Comments on issues and pull requests, and reactions. */
export const commentRoutes: readonly Route[] = [
  {
    operation: 'issues/list-comments',
    method: 'GET',
    path: `${ISSUES}/{issue_number}/comments`,
    access: READ,
    handle: (call) => {
      const repository = repositoryOf(call);
      const { number } = subjectByNumber(repository, numberParam(call.params, 'issue_number'));
      const since = call.query.get('since') ?? '';
      const comments = commentsOf(repository, number).filter((each) => each.updatedAt >= since);
      return paginate(call, comments, (each) => renderComment(call.world, repository, each));
    },
  },
  {
    operation: 'issues/create-comment',
    method: 'POST',
    path: `${ISSUES}/{issue_number}/comments`,
    access: WRITE,
    handle: (call) => {
      const repository = repositoryOf(call);
      const author = { actor: actorOf(call.principal), principal: call.principal };
      const number = numberParam(call.params, 'issue_number');
      const text = requiredText(call.body, 'body');
      const comment = createComment(call.world, repository, author, number, text);
      return { status: 201, body: renderComment(call.world, repository, comment) };
    },
  },
  {
    operation: 'issues/get-comment',
    method: 'GET',
    path: `${ISSUES}/comments/{comment_id}`,
    access: READ,
    handle: (call) => ({
      status: 200,
      body: renderComment(call.world, repositoryOf(call), findComment(call)),
    }),
  },
  {
    operation: 'issues/update-comment',
    method: 'PATCH',
    path: `${ISSUES}/comments/{comment_id}`,
    access: WRITE,
    handle: (call) => {
      const repository = repositoryOf(call);
      const comment = findComment(call);
      checkMayEdit(call, comment.authorId, 'write');
      const text = requiredText(call.body, 'body');
      editComment(call.world, repository, actorOf(call.principal), comment, text);
      return { status: 200, body: renderComment(call.world, repository, comment) };
    },
  },
  {
    operation: 'issues/delete-comment',
    method: 'DELETE',
    path: `${ISSUES}/comments/{comment_id}`,
    access: WRITE,
    handle: (call) => {
      const comment = findComment(call);
      checkMayEdit(call, comment.authorId, 'write');
      deleteComment(call.world, repositoryOf(call), actorOf(call.principal), comment);
      return { status: 204 };
    },
  },
  {
    operation: 'reactions/create-for-issue-comment',
    method: 'POST',
    path: `${ISSUES}/comments/{comment_id}/reactions`,
    access: ['issues:write'],
    handle: (call) => react(call, 'comment', findComment(call).id),
  },
  {
    operation: 'reactions/create-for-issue',
    method: 'POST',
    path: `${ISSUES}/{issue_number}/reactions`,
    access: ['issues:write'],
    handle: (call) => react(call, 'issue', findIssueNumber(call)),
  },
  {
    operation: 'reactions/list-for-issue',
    method: 'GET',
    path: `${ISSUES}/{issue_number}/reactions`,
    access: ['issues:read'],
    handle: (call) => {
      const number = findIssueNumber(call);
      const given = repositoryOf(call).reactions.filter(
        (each) => each.subject === 'issue' && each.subjectId === number,
      );
      return paginate(call, given, (each) => renderReaction(call.world, each));
    },
  },
  {
    operation: 'reactions/delete-for-issue',
    method: 'DELETE',
    path: `${ISSUES}/{issue_number}/reactions/{reaction_id}`,
    access: ['issues:write'],
    handle: deleteReaction,
  },
];

function findComment(call: Call) {
  const comment = repositoryOf(call).comments.get(numberParam(call.params, 'comment_id'));
  if (!comment) throw new HttpError(404, 'Not Found');
  return comment;
}

function findIssueNumber(call: Call): number {
  return subjectByNumber(repositoryOf(call), numberParam(call.params, 'issue_number')).number;
}

/** A second reaction of the same kind by the same account is the first one again: 200. */
function react(call: Call, subject: Reaction['subject'], subjectId: number): Answer {
  const repository = repositoryOf(call);
  const user = actorOf(call.principal);
  const content = requiredText(call.body, 'content', 20);
  if (!REACTIONS.includes(content)) throw invalid('content', 'invalid');
  const found = repository.reactions.find(
    (each) =>
      each.subject === subject &&
      each.subjectId === subjectId &&
      each.userId === user.id &&
      each.content === content,
  );
  if (found) return { status: 200, body: renderReaction(call.world, found) };
  const reaction = {
    id: call.world.nextId(),
    subject,
    subjectId,
    userId: user.id,
    content,
    createdAt: timestamp(call.world),
  };
  repository.reactions.push(reaction);
  return { status: 201, body: renderReaction(call.world, reaction) };
}

function deleteReaction(call: Call): Answer {
  const { reactions } = repositoryOf(call);
  const number = findIssueNumber(call);
  const id = numberParam(call.params, 'reaction_id');
  const index = reactions.findIndex(
    (each) => each.id === id && each.subject === 'issue' && each.subjectId === number,
  );
  const reaction = reactions[index];
  if (!reaction) throw new HttpError(404, 'Not Found');
  if (reaction.userId !== actorOf(call.principal).id)
    throw new HttpError(403, 'Only the author may delete a reaction');
  reactions.splice(index, 1);
  return { status: 204 };
}
