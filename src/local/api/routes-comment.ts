import { createComment, deleteComment, editComment } from './change-comment.ts';
import { subjectByNumber } from './change-label.ts';
import { numberParam, requiredText } from './field.ts';
import { actorOf } from './identity.ts';
import { paginate } from './paginate.ts';
import { renderComment } from './render-comment.ts';
import { commentsOf } from './render-issue.ts';
import { type Call, HttpError, routes } from './route.ts';
import { checkMayEdit } from './routes-issue.ts';
import { sinceOf } from './select-issues.ts';
import { repositoryOf } from './serve-api.ts';

const READ = ['issues:read', 'pull_requests:read'] as const;
const WRITE = ['issues:write', 'pull_requests:write'] as const;
const ISSUES = '/repos/{owner}/{repo}/issues';

/** Comments on issues and pull requests. */
export const commentRoutes = routes({
  'issues/list-comments': {
    method: 'GET',
    path: `${ISSUES}/{issue_number}/comments`,
    access: READ,
    handle: (call) => {
      const repository = repositoryOf(call);
      const { number } = subjectByNumber(repository, numberParam(call.params, 'issue_number'));
      const since = sinceOf(call);
      const comments = commentsOf(repository, number).filter((each) => each.updatedAt >= since);
      return paginate(call, comments, (each) => renderComment(call.world, repository, each));
    },
  },
  'issues/create-comment': {
    method: 'POST',
    path: `${ISSUES}/{issue_number}/comments`,
    access: WRITE,
    handle: (call) => {
      const repository = repositoryOf(call);
      const author = { actor: actorOf(call.principal), principal: call.principal };
      const number = numberParam(call.params, 'issue_number');
      subjectByNumber(repository, number);
      const text = requiredText(call.body, 'body');
      const comment = createComment(call.world, repository, author, number, text);
      const body = renderComment(call.world, repository, comment);
      return { status: 201, body, headers: { location: body.url } };
    },
  },
  'issues/get-comment': {
    method: 'GET',
    path: `${ISSUES}/comments/{comment_id}`,
    access: READ,
    handle: (call) => ({
      status: 200,
      body: renderComment(call.world, repositoryOf(call), findComment(call)),
    }),
  },
  'issues/update-comment': {
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
  'issues/delete-comment': {
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
});

/** The comment that a path names. Throws 404. */
export function findComment(call: Call) {
  const comment = repositoryOf(call).comments.get(numberParam(call.params, 'comment_id'));
  if (!comment) throw new HttpError(404, 'Not Found');
  return comment;
}
