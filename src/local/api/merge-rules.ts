// Pure but for the world's lookups: what the protection of a branch says about one pull request.
import type { CheckRun, Protection, Pull, Repository, Review, World } from '../world.ts';
import { isAtLeast } from './access.ts';

const GOOD = ['success', 'neutral', 'skipped'];

/** Why a pull request may not be merged, in GitHub's words; undefined when the rules allow it. */
export function findMergeRefusal(
  world: World,
  repository: Repository,
  pull: Pull,
): string | undefined {
  if (pull.state !== 'open') return 'Pull Request is not mergeable';
  if (pull.draft) return 'Pull Request is still a draft';
  const protection = repository.protections.get(pull.baseRef);
  if (!protection) return undefined;
  for (const check of protection.requiredChecks) {
    const refusal = findCheckRefusal(repository, pull, check);
    if (refusal !== undefined) return refusal;
  }
  const missing = protection.requiredApprovals;
  if (missing === 0 || reviewDecision(world, repository, pull) === 'APPROVED') return undefined;
  const plural = missing === 1 ? 'review is' : 'reviews are';
  return `At least ${missing} approving ${plural} required by reviewers with write access.`;
}

function findCheckRefusal(
  repository: Repository,
  pull: Pull,
  check: Protection['requiredChecks'][number],
): string | undefined {
  const name = `Required status check "${check.context}"`;
  const run = latestRun(repository, pull.headSha, check.context, check.appId);
  if (run) {
    if (run.status !== 'completed') return `${name} is in progress.`;
    return GOOD.includes(run.conclusion ?? '') ? undefined : `${name} is failing.`;
  }
  const status = repository.statuses.findLast(
    (each) => each.sha === pull.headSha && each.context === check.context,
  );
  // A pinned check cannot be satisfied by a status: anyone with a token may write one.
  if (!status || check.appId !== null) return `${name} is expected.`;
  return status.state === 'success' ? undefined : `${name} is ${status.state}.`;
}

/** The newest run of a check on a commit; of one App only, when it is pinned. */
export function latestRun(
  repository: Repository,
  sha: string,
  name: string,
  appId: number | null,
): CheckRun | undefined {
  return [...repository.checkRuns.values()].findLast(
    (run) => run.headSha === sha && run.name === name && (appId === null || run.appId === appId),
  );
}

/** Each reviewer's newest opinion; comments are none, and a dismissed one is gone. */
export function latestOpinions(repository: Repository, pull: Pull): readonly Review[] {
  const newest = new Map<number, Review>();
  for (const review of repository.reviews.values()) {
    if (review.pull !== pull.number) continue;
    if (review.state === 'APPROVED' || review.state === 'CHANGES_REQUESTED')
      newest.set(review.authorId, review);
  }
  return [...newest.values()];
}

/** `reviewDecision` of GraphQL: null where no review is required. */
export function reviewDecision(
  world: World,
  repository: Repository,
  pull: Pull,
): 'APPROVED' | 'CHANGES_REQUESTED' | 'REVIEW_REQUIRED' | null {
  const counted = latestOpinions(repository, pull).filter((review) =>
    isAtLeast(world.roleOf(repository, review.authorId), 'write'),
  );
  if (counted.some((review) => review.state === 'CHANGES_REQUESTED')) return 'CHANGES_REQUESTED';
  const needed = repository.protections.get(pull.baseRef)?.requiredApprovals ?? 0;
  if (needed === 0) return counted.length > 0 ? 'APPROVED' : null;
  return counted.length >= needed ? 'APPROVED' : 'REVIEW_REQUIRED';
}

/** `close #1, fixes #2`: the issues that a merge into the default branch closes. */
export function closingNumbers(text: string): readonly number[] {
  const pattern = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d{1,9})\b/gi;
  return [...new Set([...text.matchAll(pattern)].map((match) => Number(match[1])))];
}
