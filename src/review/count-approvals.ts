// Pure: whose opinion counts for exactly this commit. No clock, no network.
import type { Role } from '#model/policy.ts';
import { hasRole } from '#model/policy.ts';

/** One review as GitHub has it now. */
export interface Review {
  readonly author: {
    readonly id: number;
    readonly login: string;
    readonly kind: 'User' | 'Bot' | 'Other';
  } | null;
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';
  /** The commit the person looked at; null when it is gone. */
  readonly commit: string | null;
  /** RFC 3339. */
  readonly submittedAt: string;
}

/** What an opinion is measured against. */
export interface ReviewFacts {
  readonly headSha: string;
  readonly requesterId: number;
  /** Authors and committers of any commit in the pull request. */
  readonly pusherIds: ReadonlySet<number>;
  /** By account id, read now and not remembered. */
  readonly roles: ReadonlyMap<number, Role | 'none'>;
  readonly profile: 'team' | 'solo';
}

/** The people whose opinion counts, by login. */
export interface Opinions {
  readonly approvals: readonly { readonly id: number; readonly login: string }[];
  readonly objections: readonly { readonly id: number; readonly login: string }[];
}

/**
 * Count the newest opinion of each person. An approval counts for the commit it was given to and
 * no other, whenever it was sent (evidence §3.6: times can be forged by a force-push). A person's
 * objection counts on whichever commit, until that person takes it back.
 */
export function countApprovals(reviews: readonly Review[], facts: ReviewFacts): Opinions {
  const newest = new Map<number, Review>();
  for (const review of reviews.toSorted((a, b) => a.submittedAt.localeCompare(b.submittedAt))) {
    const isOpinion = review.state !== 'COMMENTED' && review.state !== 'PENDING';
    if (review.author && isOpinion) newest.set(review.author.id, review);
  }
  const writers = [...newest.values()].flatMap((review) =>
    review.author?.kind === 'User' && hasRole(facts.roles.get(review.author.id) ?? 'none', 'write')
      ? [{ review, person: { id: review.author.id, login: review.author.login } }]
      : [],
  );
  const approvals = writers.filter(
    ({ review, person }) =>
      review.state === 'APPROVED' &&
      review.commit === facts.headSha &&
      isIndependent(person.id, facts),
  );
  const objections = writers.filter(({ review }) => review.state === 'CHANGES_REQUESTED');
  return {
    approvals: approvals.map(({ person }) => person),
    objections: objections.map(({ person }) => person),
  };
}

function isIndependent(id: number, facts: ReviewFacts): boolean {
  if (facts.pusherIds.has(id)) return false;
  return id !== facts.requesterId || facts.profile === 'solo';
}
