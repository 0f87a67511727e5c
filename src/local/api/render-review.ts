import type { Review, ReviewComment } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { toNodeId } from './node-id.ts';
import type { Schema } from './operation.ts';
import { renderReactionCounts } from './render-reaction.ts';
import { repositoryPage, repositoryUrl } from './render-repository.ts';
import { authorAssociation, renderUserById } from './render-user.ts';

/** `pull-request-review`. */
export function renderReview(world: World, repository: Repository, review: Review) {
  const pullUrl = `${repositoryUrl(world, repository)}/pulls/${review.pull}`;
  const page = `${repositoryPage(world, repository)}/pull/${review.pull}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: toNodeId('PullRequestReview', review.id),
    user: renderUserById(world, review.authorId),
    body: review.body,
    state: review.state,
    html_url: page,
    pull_request_url: pullUrl,
    _links: { html: { href: page }, pull_request: { href: pullUrl } },
    // A review that nobody submitted has no such moment.
    ...(review.state === 'PENDING' ? {} : { submitted_at: review.submittedAt }),
    commit_id: review.commitId,
    author_association: authorAssociation(world, repository, review.authorId),
  } satisfies Schema<'pull-request-review'>;
}

/** `pull-request-review-comment`. */
export function renderReviewComment(world: World, repository: Repository, comment: ReviewComment) {
  const api = repositoryUrl(world, repository);
  const url = `${api}/pulls/comments/${comment.id}`;
  const pullUrl = `${api}/pulls/${comment.pull}`;
  const page = `${repositoryPage(world, repository)}/pull/${comment.pull}#discussion_r${comment.id}`;
  const { line, startLine, startSide, side } = comment;
  return {
    id: comment.id,
    node_id: toNodeId('PullRequestReviewComment', comment.id),
    url,
    html_url: page,
    pull_request_url: pullUrl,
    pull_request_review_id: comment.reviewId,
    _links: { self: { href: url }, html: { href: page }, pull_request: { href: pullUrl } },
    path: comment.path,
    diff_hunk: comment.diffHunk,
    // The place in the hunk, counted from the line below its header.
    position: comment.diffHunk.split('\n').length - 1,
    original_position: comment.diffHunk.split('\n').length - 1,
    subject_type: line === null ? 'file' : 'line',
    ...(line === null ? {} : { line, original_line: line }),
    side,
    start_line: startLine,
    original_start_line: startLine,
    start_side: startSide,
    commit_id: comment.commitId,
    original_commit_id: comment.commitId,
    ...(comment.inReplyTo === null ? {} : { in_reply_to_id: comment.inReplyTo }),
    user: renderUserById(world, comment.authorId),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: authorAssociation(world, repository, comment.authorId),
    reactions: renderReactionCounts(repository, url, 'review-comment', comment.id),
  } satisfies Schema<'pull-request-review-comment'>;
}
