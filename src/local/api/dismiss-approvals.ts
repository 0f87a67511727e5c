import type { User } from '#local/record/account.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { listEffectiveRules } from '../rule/effective-rule.ts';
import type { World } from '../world.ts';
import { dismissReview } from './change-review.ts';

/**
 * Where a rule of the base says so, approvals are dismissed: they stay, and count no more. With
 * `isOlder` those of the head as it is now are kept.
 */
export function dismissApprovals(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  { reason, isOlder }: { readonly reason: string; readonly isOlder: boolean },
): void {
  const asks = listEffectiveRules(repository, pull.baseRef).some(
    ({ rule }) => rule.type === 'pull_request' && rule.parameters.dismiss_stale_reviews_on_push,
  );
  if (!asks) return;
  for (const review of repository.reviews.values())
    if (review.pull === pull.number && review.state === 'APPROVED') {
      if (isOlder && review.commitId === pull.headSha) continue;
      dismissReview(world, repository, actor, pull, review, reason);
    }
}
