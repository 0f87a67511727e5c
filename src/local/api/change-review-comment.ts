import type { User } from '#local/record/account.ts';
import type { Pull, ReviewComment } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { timestamp } from './change-label.ts';
import { cutHunk, type DiffPlace } from './diff-place.ts';
import { toNodeId } from './node-id.ts';
import type { Webhook } from './operation.ts';
import { comparePull } from './pull-detail.ts';
import { renderSimplePull } from './render-pull.ts';
import { renderReviewComment } from './render-review.ts';
import { HttpError } from './route.ts';

/** A comment on a line or a file of a pull request. */
export interface NewReviewComment extends DiffPlace {
  readonly body: string;
  readonly commitId: string;
  /** The review it is part of. */
  readonly reviewId: number | null;
}

/** Look up the places of comments in the diff as it is now; throws 422 for one that is not in it. */
export async function findHunks(
  repository: Repository,
  pull: Pull,
  places: readonly DiffPlace[],
): Promise<readonly string[]> {
  if (places.length === 0) return [];
  const { files } = await comparePull(repository, pull);
  return places.map((place) => cutHunk(files, place));
}

/** Keep a comment that opens a thread; nothing is announced yet. */
export function keepReviewComment(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  comment: NewReviewComment & { readonly diffHunk: string },
): ReviewComment {
  const now = timestamp(world);
  const kept: ReviewComment = {
    id: world.nextId(),
    pull: pull.number,
    reviewId: comment.reviewId,
    path: comment.path,
    line: comment.line,
    side: comment.side,
    startLine: comment.startLine,
    startSide: comment.startLine === null ? null : (comment.startSide ?? comment.side),
    commitId: comment.commitId,
    diffHunk: comment.diffHunk,
    body: comment.body,
    authorId: actor.id,
    inReplyTo: null,
    createdAt: now,
    updatedAt: now,
  };
  repository.reviewComments.set(kept.id, kept);
  pull.updatedAt = now;
  return kept;
}

/** Answer in a thread; its first comment says where. Announces the answer. */
export function replyToComment(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  reply: { readonly to: ReviewComment; readonly reviewId: number | null; readonly body: string },
): ReviewComment {
  const now = timestamp(world);
  const first = threadOf(repository, reply.to);
  const { body, reviewId } = reply;
  const own = { id: world.nextId(), authorId: actor.id, createdAt: now, updatedAt: now };
  const kept: ReviewComment = { ...first, ...own, body, reviewId, inReplyTo: first.id };
  repository.reviewComments.set(kept.id, kept);
  pull.updatedAt = now;
  announceReviewComment(world, repository, actor, pull, kept);
  return kept;
}

/** The first comment of the thread that a comment is in. */
export function threadOf(repository: Repository, comment: ReviewComment): ReviewComment {
  if (comment.inReplyTo === null) return comment;
  return repository.reviewComments.get(comment.inReplyTo) ?? comment;
}

/** The comments of a thread, the first one first. */
export function commentsOfThread(
  repository: Repository,
  first: ReviewComment,
): readonly ReviewComment[] {
  const replies = [...repository.reviewComments.values()];
  return [first, ...replies.filter((comment) => comment.inReplyTo === first.id)];
}

/** A comment on a line by its id. Throws 404. */
export function reviewCommentById(repository: Repository, id: number): ReviewComment {
  const comment = repository.reviewComments.get(id);
  if (!comment) throw new HttpError(404, 'Not Found');
  return comment;
}

/** `pull_request_review_comment.created`. */
export function announceReviewComment(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  comment: ReviewComment,
): void {
  world.emit('pull_request_review_comment', repository, actor, {
    action: 'created',
    comment: renderToldComment(world, repository, comment),
    pull_request: renderSimplePull(world, repository, pull),
  } satisfies Webhook<'pull-request-review-comment-created'>);
}

/**
 * As events show it. A comment on a whole file has no line: the API leaves both fields out, events
 * must have both, and `pull_request_review_thread.unresolved` allows no null in the second.
 */
function renderToldComment(world: World, repository: Repository, comment: ReviewComment) {
  const { line } = comment;
  return { ...renderReviewComment(world, repository, comment), line, original_line: line ?? 1 };
}

/** Close a conversation, or open it again: `pull_request_review_thread`. */
export function resolveThread(
  world: World,
  repository: Repository,
  actor: User,
  first: ReviewComment,
  isResolved: boolean,
): void {
  if (repository.resolvedThreads.has(first.id) === isResolved) return;
  if (isResolved) repository.resolvedThreads.set(first.id, actor.id);
  else repository.resolvedThreads.delete(first.id);
  const pull = repository.pulls.get(first.pull);
  if (!pull) return;
  const comments = commentsOfThread(repository, first);
  const at = timestamp(world);
  const told = {
    pull_request: renderSimplePull(world, repository, pull),
    thread: {
      node_id: toNodeId('PullRequestReviewThread', first.id),
      comments: comments.map((comment) => renderToldComment(world, repository, comment)),
    },
    updated_at: at,
  };
  world.emit(
    'pull_request_review_thread',
    repository,
    actor,
    isResolved
      ? ({
          action: 'resolved',
          ...told,
        } satisfies Webhook<'pull-request-review-thread-resolved'>)
      : ({
          action: 'unresolved',
          ...told,
        } satisfies Webhook<'pull-request-review-thread-unresolved'>),
  );
}
