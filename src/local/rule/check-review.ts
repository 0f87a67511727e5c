// Pure: what the reviews of a pull request amount to, under one rule.
import type { PullFacts, ReviewFacts } from './pull-facts.ts';
import type { PullRequestParameters } from './rule.ts';

/** A demand of the rule that is not met; `name` is the rule's parameter. */
export interface ReviewRefusal {
  readonly name:
    | 'required_approving_review_count'
    | 'changes_requested'
    | 'require_code_owner_review'
    | 'require_last_push_approval'
    | 'required_review_thread_resolution';
  readonly sentence: string;
}

/**
 * Each counted reviewer's newest opinion: comments are none, and one that was dismissed leaves none,
 * whatever its author had said before.
 */
export function listOpinions(facts: Pick<PullFacts, 'authorId' | 'reviews'>) {
  const newest = new Map<number, ReviewFacts>();
  for (const review of facts.reviews) {
    const isOpinion = review.state !== 'COMMENTED' && review.state !== 'PENDING';
    if (isOpinion && review.canWrite && review.authorId !== facts.authorId)
      newest.set(review.authorId, review);
  }
  return [...newest.values()].filter((review) => review.state !== 'DISMISSED');
}

/** The demands of a pull_request rule that a pull request does not meet. */
export function listReviewRefusals(
  rule: PullRequestParameters,
  facts: PullFacts,
): readonly ReviewRefusal[] {
  const opinions = listOpinions(facts);
  const approvals = opinions
    .filter((review) => review.state === 'APPROVED')
    .filter((review) => !rule.dismiss_stale_reviews_on_push || review.commitId === facts.headSha);
  const approvers = approvals.map((review) => review.authorId);
  return [
    ...approvalRefusals(rule.required_approving_review_count, approvers.length),
    ...objectionRefusals(rule, opinions),
    ...(rule.require_code_owner_review ? ownerRefusals(facts, approvers) : []),
    ...(rule.require_last_push_approval ? lastPushRefusals(facts, approvals) : []),
    ...(rule.required_review_thread_resolution ? threadRefusals(facts) : []),
  ];
}

function approvalRefusals(needed: number, given: number): readonly ReviewRefusal[] {
  if (given >= needed) return [];
  const plural = needed === 1 ? 'review is' : 'reviews are';
  const sentence = `At least ${needed} approving ${plural} required by reviewers with write access.`;
  return [{ name: 'required_approving_review_count', sentence }];
}

// An objection only stands in the way where reviews are asked for at all.
function objectionRefusals(
  rule: PullRequestParameters,
  opinions: readonly ReviewFacts[],
): readonly ReviewRefusal[] {
  const count = opinions.filter((review) => review.state === 'CHANGES_REQUESTED').length;
  const isAsked = rule.required_approving_review_count > 0 || rule.require_code_owner_review;
  if (count === 0 || !isAsked) return [];
  const plural = count === 1 ? 'review' : 'reviews';
  const sentence = `${count} ${plural} requesting changes by reviewers with write access.`;
  return [{ name: 'changes_requested', sentence }];
}

function ownerRefusals(facts: PullFacts, approvers: readonly number[]): readonly ReviewRefusal[] {
  const waiting = facts.ownerGroups.filter(
    (group) => !group.accountIds.some((id) => approvers.includes(id)),
  );
  if (waiting.length === 0) return [];
  const names = [...new Set(waiting.flatMap((group) => group.names))].join(', ');
  const sentence = `Waiting on code owner review from ${names}.`;
  return [{ name: 'require_code_owner_review', sentence }];
}

function lastPushRefusals(
  facts: PullFacts,
  approvals: readonly ReviewFacts[],
): readonly ReviewRefusal[] {
  const isApproved = approvals.some(
    (review) => review.commitId === facts.headSha && review.authorId !== facts.lastPusherId,
  );
  if (isApproved) return [];
  const sentence = 'New changes require approval from someone other than the last pusher.';
  return [{ name: 'require_last_push_approval', sentence }];
}

function threadRefusals(facts: PullFacts): readonly ReviewRefusal[] {
  if (facts.unresolvedThreadCount === 0) return [];
  return [
    { name: 'required_review_thread_resolution', sentence: 'All comments must be resolved.' },
  ];
}
