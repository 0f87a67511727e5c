import type { Pull, ReviewComment } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { createReview } from './change-review.ts';
import {
  announceReviewComment,
  findHunks,
  keepReviewComment,
  replyToComment,
  reviewCommentById,
} from './change-review-comment.ts';
import { invalid, numberParam, optionalNumber, requiredText } from './field.ts';
import { actorOf } from './identity.ts';
import type { Reply, Schema } from './operation.ts';
import { paginate } from './paginate.ts';
import { readPlace } from './read-review-comment.ts';
import { renderReviewComment } from './render-review.ts';
import { type Call, HttpError, routes } from './route.ts';
import { findPull, isCommit } from './routes-review.ts';

const COMMENTS = '/repos/{owner}/{repo}/pulls/{pull_number}/comments';

/** Comments on lines of a pull request. */
export const reviewCommentRoutes = routes({
  'pulls/list-review-comments': {
    method: 'GET',
    path: COMMENTS,
    access: ['pull_requests:read'],
    handle: (call) => {
      const { repository, pull } = findPull(call);
      const comments = [...repository.reviewComments.values()]
        .filter((comment) => comment.pull === pull.number && isPublic(repository, comment))
        .sort((a, b) => order(call, a, b));
      return paginate(call, comments, (each) => renderReviewComment(call.world, repository, each));
    },
  },
  'pulls/create-review-comment': {
    method: 'POST',
    path: COMMENTS,
    access: ['pull_requests:write'],
    handle: create,
  },
  'pulls/create-reply-for-review-comment': {
    method: 'POST',
    path: `${COMMENTS}/{comment_id}/replies`,
    access: ['pull_requests:write'],
    handle: async (call) => {
      const { repository, pull } = findPull(call);
      return answerIn(call, repository, pull, numberParam(call.params, 'comment_id'));
    },
  },
});

/** What belongs to a pending review is its author's alone. */
function isPublic(repository: Repository, comment: ReviewComment): boolean {
  if (comment.reviewId === null) return true;
  return repository.reviews.get(comment.reviewId)?.state !== 'PENDING';
}

function order({ query }: Call, a: ReviewComment, b: ReviewComment): number {
  const by = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const sign = query.get('sort') !== null && query.get('direction') === 'desc' ? -1 : 1;
  return sign * (a[by].localeCompare(b[by]) || a.id - b.id);
}

async function create(call: Call): Promise<Reply<'pulls/create-review-comment'>> {
  const { repository, pull } = findPull(call);
  const body = requiredText(call.body, 'body');
  const replyTo = optionalNumber(call.body, 'in_reply_to');
  if (replyTo !== undefined) return answerIn(call, repository, pull, replyTo);
  const commitId = requiredText(call.body, 'commit_id', 40);
  if (!(await isCommit(repository.gitDir, commitId))) throw invalid('commit_id', 'invalid');
  const place = readPlace(call.body);
  const [diffHunk = ''] = await findHunks(repository, pull, [place]);
  const actor = actorOf(call.principal);
  // GitHub puts every comment into a review, and a single one into a review of its own.
  const { id: reviewId } = await createReview(call.world, repository, actor, pull, {
    event: 'COMMENT',
    commitId,
    body: '',
    isForComment: true,
  });
  const fields = { ...place, body, commitId, reviewId, diffHunk };
  const comment = keepReviewComment(call.world, repository, actor, pull, fields);
  announceReviewComment(call.world, repository, actor, pull, comment);
  return created(renderReviewComment(call.world, repository, comment));
}

async function answerIn(call: Call, repository: Repository, pull: Pull, id: number) {
  const to = reviewCommentById(repository, id);
  if (to.pull !== pull.number) throw new HttpError(404, 'Not Found');
  const body = requiredText(call.body, 'body');
  const actor = actorOf(call.principal);
  const { id: reviewId } = await createReview(call.world, repository, actor, pull, {
    event: 'COMMENT',
    commitId: to.commitId,
    body: '',
    isForComment: true,
  });
  const comment = replyToComment(call.world, repository, actor, pull, { to, reviewId, body });
  return created(renderReviewComment(call.world, repository, comment));
}

function created(body: Schema<'pull-request-review-comment'>) {
  return { status: 201, body, headers: { location: body.url } } as const;
}
