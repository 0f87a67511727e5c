import type { Pull, Repository, Review, User, World } from '../world.ts';
import { timestamp } from './change-label.ts';
import { announcePull } from './change-pull.ts';
import { invalid } from './field.ts';
import { renderPull, renderReview } from './render-pull.ts';
import { renderUserById } from './render-user.ts';
import { HttpError } from './route.ts';

export const REVIEW_EVENTS = ['APPROVE', 'REQUEST_CHANGES', 'COMMENT'] as const;
export type ReviewEvent = (typeof REVIEW_EVENTS)[number];

const STATES = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
} as const;

export interface NewReview {
  /** Absent: the review stays pending until it is submitted. */
  readonly event: ReviewEvent | undefined;
  readonly commitId: string | undefined;
  readonly body: string;
}

/** Write a review of exactly one commit. Throws 422 for one's own pull request, or no text. */
export function createReview(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  fields: NewReview,
): Review {
  checkOpinion(actor, pull, fields.event, fields.body);
  const review: Review = {
    id: world.nextId(),
    pull: pull.number,
    authorId: actor.id,
    body: fields.body,
    state: fields.event ? STATES[fields.event] : 'PENDING',
    commitId: fields.commitId ?? pull.headSha,
    submittedAt: timestamp(world),
  };
  repository.reviews.set(review.id, review);
  if (fields.event) announceSubmitted(world, repository, actor, pull, review);
  return review;
}

/** Turn a pending review into an opinion. */
export function submitReview(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  review: Review,
  fields: { readonly event: ReviewEvent; readonly body: string | undefined },
): void {
  if (review.authorId !== actor.id) throw new HttpError(403, 'Only the author may submit a review');
  if (review.state !== 'PENDING')
    throw invalid('event', 'custom', 'Can only submit a pending review');
  const body = fields.body ?? review.body;
  checkOpinion(actor, pull, fields.event, body);
  review.body = body;
  review.state = STATES[fields.event];
  review.submittedAt = timestamp(world);
  announceSubmitted(world, repository, actor, pull, review);
}

function checkOpinion(actor: User, pull: Pull, event: ReviewEvent | undefined, body: string): void {
  const isOwn = actor.id === pull.authorId;
  if (isOwn && event === 'APPROVE')
    throw new HttpError(422, 'Unprocessable Entity', [
      'Review Can not approve your own pull request',
    ]);
  if (isOwn && event === 'REQUEST_CHANGES')
    throw new HttpError(422, 'Unprocessable Entity', [
      'Review Can not request changes on your own pull request',
    ]);
  if ((event === 'REQUEST_CHANGES' || event === 'COMMENT') && body === '')
    throw invalid('body', 'missing_field');
}

/** Take an opinion out of the count. Throws 422 when it is none. */
export function dismissReview(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  review: Review,
): void {
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED')
    throw new HttpError(422, 'Unprocessable Entity', [
      'Can not dismiss a review without an opinion',
    ]);
  review.state = 'DISMISSED';
  announceReview(world, repository, actor, pull, review, 'dismissed');
}

/** Ask accounts for a review: `pull_request.review_requested`, one for each. */
export function requestReviewers(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  ids: readonly number[],
): void {
  for (const id of ids) {
    if (id === pull.authorId)
      throw new HttpError(422, 'Review cannot be requested from pull request author.');
    if (pull.requestedReviewers.includes(id)) continue;
    pull.requestedReviewers.push(id);
    const requested_reviewer = renderUserById(world, id);
    announcePull(world, repository, actor, pull, {
      action: 'review_requested',
      requested_reviewer,
    });
  }
}

function announceSubmitted(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  review: Review,
): void {
  pull.requestedReviewers = pull.requestedReviewers.filter((id) => id !== actor.id);
  pull.updatedAt = timestamp(world);
  announceReview(world, repository, actor, pull, review, 'submitted');
}

function announceReview(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  review: Review,
  action: 'submitted' | 'dismissed',
): void {
  const rendered = renderReview(world, repository, review);
  world.emit('pull_request_review', repository, actor, {
    action,
    // The event spells states in lower case, the API in upper case.
    review: { ...rendered, state: review.state.toLowerCase() },
    pull_request: renderPull(world, repository, pull),
  });
}
