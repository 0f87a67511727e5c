import type { User } from '#local/record/account.ts';
import type { Pull, Review } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { announcePull } from './announce-pull.ts';
import { appendEvent, timestamp } from './change-label.ts';
import {
  announceReviewComment,
  findHunks,
  keepReviewComment,
  type NewReviewComment,
} from './change-review-comment.ts';
import { invalid } from './field.ts';
import type { Webhook } from './operation.ts';
import { renderSimplePull } from './render-pull.ts';
import { renderReview } from './render-review.ts';
import { renderTeam } from './render-team.ts';
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
  readonly comments?: readonly Omit<NewReviewComment, 'commitId' | 'reviewId'>[];
  /** It only holds a comment that comes with it, so it needs no text. */
  readonly isForComment?: boolean;
}

/** Write a review of exactly one commit. Throws 422 for one's own pull request, or no text. */
export async function createReview(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  fields: NewReview,
): Promise<Review> {
  const { comments = [], isForComment = comments.length > 0 } = fields;
  checkOpinion(actor, pull, fields.event, isForComment ? 'comments' : fields.body);
  const isPending = (each: Review) =>
    each.pull === pull.number && each.authorId === actor.id && each.state === 'PENDING';
  if (!fields.event && [...repository.reviews.values()].some(isPending))
    throw new HttpError(422, 'Unprocessable Entity', [
      'User can only have one pending review per pull request',
    ]);
  const hunks = await findHunks(repository, pull, comments);
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
  for (const [index, comment] of comments.entries())
    keepReviewComment(world, repository, actor, pull, {
      ...comment,
      commitId: review.commitId,
      reviewId: review.id,
      diffHunk: hunks[index] ?? '',
    });
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
  // The order is that of saying: what was begun first and said last is the newest opinion.
  repository.reviews.delete(review.id);
  repository.reviews.set(review.id, review);
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
  message: string,
): void {
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED')
    throw new HttpError(422, 'Unprocessable Entity', [
      'Can not dismiss a review without an opinion',
    ]);
  const state = review.state.toLowerCase();
  review.state = 'DISMISSED';
  appendEvent(world, repository, actor, {
    number: pull.number,
    event: 'review_dismissed',
    review: { id: review.id, state, message },
  });
  announceReview(world, repository, actor, pull, review, 'dismissed');
}

/** Ask people and teams for a review: `pull_request.review_requested`, one for each. */
export function requestReviewers(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  asked: { readonly people: readonly number[]; readonly teams: readonly number[] },
): void {
  if (asked.people.includes(pull.authorId))
    throw new HttpError(422, 'Review cannot be requested from pull request author.');
  const action = 'review_requested';
  const note = (subjectId?: number) =>
    appendEvent(world, repository, actor, {
      number: pull.number,
      event: action,
      ...(subjectId === undefined ? {} : { subjectId }),
    });
  for (const id of asked.people) {
    if (pull.requestedReviewers.includes(id)) continue;
    pull.requestedReviewers.push(id);
    note(id);
    const requested_reviewer = renderUserById(world, id);
    announcePull(world, repository, actor, pull, { action, requested_reviewer });
  }
  for (const id of asked.teams) {
    const team = world.teams.get(id);
    if (!team || pull.requestedTeams.includes(id)) continue;
    pull.requestedTeams.push(id);
    note();
    const requested_team = renderTeam(world, team);
    announcePull(world, repository, actor, pull, { action, requested_team });
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
  for (const comment of repository.reviewComments.values())
    if (comment.reviewId === review.id)
      announceReviewComment(world, repository, actor, pull, comment);
}

function announceReview(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  review: Review,
  action: 'submitted' | 'dismissed',
): void {
  const told = {
    ...renderReview(world, repository, review),
    submitted_at: review.submittedAt,
    updated_at: timestamp(world),
  };
  const pull_request = renderSimplePull(world, repository, pull);
  world.emit(
    'pull_request_review',
    repository,
    actor,
    action === 'dismissed'
      ? ({
          action,
          review: { ...told, state: 'dismissed' },
          pull_request,
        } satisfies Webhook<'pull-request-review-dismissed'>)
      : ({
          action,
          // The event spells states in lower case, the API in upper case.
          review: { ...told, state: review.state.toLowerCase() },
          pull_request,
        } satisfies Webhook<'pull-request-review-submitted'>),
  );
}
