import type { Role } from '#model/policy.ts';
import { hasRole } from '#model/policy.ts';
import type { Account } from '#model/snapshot.ts';

/** One review as GitHub keeps it. */
export interface Review {
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';
  /** Null for a deleted account; such a review counts for nothing. */
  readonly author: (Account & { readonly isPerson: boolean }) | null;
  /** The commit that was looked at: the anchor, never a time. */
  readonly commitId: string | null;
}

/** What is known of the people around a pull request. */
export interface ReviewFacts {
  readonly headSha: string;
  readonly requesterId: number;
  /** Authors and committers of every commit, and whoever pushed. */
  readonly pusherIds: readonly number[];
  readonly appBotId: number;
  /** Roles now, by account id; who is not here has none. */
  readonly roles: ReadonlyMap<number, Role | 'none'>;
  /** A one-person repository: the requester's own approval counts, and is said to. */
  readonly requesterCounts: boolean;
}

/** A person's latest opinion and whether it counts. */
export interface Opinion {
  readonly login: string;
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED';
  readonly counts: boolean;
  readonly because: string;
}

/**
 * The newest opinion of each reviewer, each with the reason why it counts or not. A comment leaves an
 * opinion as it was; a dismissal takes it away.
 */
export function countApprovals(reviews: readonly Review[], facts: ReviewFacts): readonly Opinion[] {
  const latest = new Map<number, Review & { readonly author: NonNullable<Review['author']> }>();
  for (const review of reviews) {
    const { author, state } = review;
    if (!author || state === 'COMMENTED' || state === 'PENDING') continue;
    if (state === 'DISMISSED') latest.delete(author.id);
    else latest.set(author.id, { ...review, author });
  }
  return [...latest.values()].map((review) => {
    const because = whyNot(review, review.author, facts);
    return {
      login: review.author.login,
      state: review.state === 'APPROVED' ? 'APPROVED' : 'CHANGES_REQUESTED',
      counts: because === null,
      because:
        because ?? (review.state === 'APPROVED' ? 'approved this commit' : 'asked for changes'),
    };
  });
}

/** Null when it counts, else the reason. An objection of somebody with write always counts. */
function whyNot(
  review: Review,
  author: NonNullable<Review['author']>,
  facts: ReviewFacts,
): string | null {
  if (!author.isPerson || author.id === facts.appBotId) return 'is not a person';
  const role = facts.roles.get(author.id) ?? 'none';
  if (!hasRole(role, 'write')) return `has the role ${role}, and write is needed`;
  if (review.state === 'CHANGES_REQUESTED') return null;
  if (review.commitId !== facts.headSha) {
    return `approved ${review.commitId?.slice(0, 7) ?? 'another commit'}, and the head is ${facts.headSha.slice(0, 7)}`;
  }
  if (facts.pusherIds.includes(author.id)) return 'pushed to this pull request';
  if (author.id === facts.requesterId && !facts.requesterCounts) return 'asked for this work';
  return null;
}
