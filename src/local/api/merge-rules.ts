// What the rules of its base branch say of a pull request: read here, decided in `rule/`.

import type { User } from '#local/record/account.ts';
import type { CheckRun } from '#local/record/check.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { canBypass } from '../rule/bypass.ts';
import {
  listPullRefusals,
  METHOD_NAMES,
  type MergeAttempt,
  type RuleRefusal,
} from '../rule/check-pull.ts';
import { listOpinions, listReviewRefusals } from '../rule/check-review.ts';
import { listEffectiveRules } from '../rule/effective-rule.ts';
import { listReviews, readPullFacts } from '../rule/read-pull-facts.ts';
import { wordApiRefusal } from '../rule/refusal-text.ts';
import type { World } from '../world.ts';

/** Why a pull request may not be merged so, by this account or by anyone, in GitHub's words; undefined if it may. */
export async function findMergeRefusal(
  world: World,
  repository: Repository,
  pull: Pull,
  actor?: User,
  attempt?: MergeAttempt,
): Promise<string | undefined> {
  if (pull.state !== 'open') return 'Pull Request is not mergeable';
  if (pull.draft) return 'Pull Request is still a draft';
  if (attempt && !isMethodAllowed(repository, attempt.method))
    return `${METHOD_NAMES[attempt.method]} are not allowed on this repository.`;
  const rules = listEffectiveRules(repository, pull.baseRef).filter(
    ({ source }) => !actor || !canBypass(world, repository, source, actor.id, 'pull_request'),
  );
  const facts = await readPullFacts(world, repository, pull, rules);
  return wordApiRefusal(listPullRefusals(rules, facts, attempt));
}

/** Whether the repository's settings know a way of merging. */
export function isMethodAllowed({ merging }: Repository, method: MergeAttempt['method']): boolean {
  const allowed = {
    merge: merging.allow_merge_commit,
    squash: merging.allow_squash_merge,
    rebase: merging.allow_rebase_merge,
  };
  return allowed[method];
}

/**
 * Why a pull request may not be merged by the queue, in GitHub's words; undefined if it may. The queue
 * brings it up to date itself, so a head that is behind does not matter.
 */
export async function findQueueRefusal(
  world: World,
  repository: Repository,
  pull: Pull,
  actor: User | undefined,
  { only = () => true }: { readonly only?: (name: RuleRefusal['name']) => boolean } = {},
): Promise<string | undefined> {
  if (pull.state !== 'open') return 'Pull Request is not mergeable';
  if (pull.draft) return 'Pull Request is still a draft';
  const rules = listEffectiveRules(repository, pull.baseRef).filter(
    ({ source }) => !actor || !canBypass(world, repository, source, actor.id, 'pull_request'),
  );
  const facts = await readPullFacts(world, repository, pull, rules);
  const refusals = listPullRefusals(rules, facts).filter(
    ({ name }) => name !== 'strict_required_status_checks_policy' && only(name),
  );
  return wordApiRefusal(refusals);
}

/**
 * How the rules stand, whoever asks: `blocked` by a demand, `behind` when only the base has moved
 * on, `unstable` when a check that nobody requires does not pass.
 */
export async function readRuleState(
  world: World,
  repository: Repository,
  pull: Pull,
): Promise<'blocked' | 'behind' | 'unstable' | 'clean'> {
  const rules = listEffectiveRules(repository, pull.baseRef);
  const facts = await readPullFacts(world, repository, pull, rules);
  const names = listPullRefusals(rules, facts).map((refusal) => refusal.name);
  if (names.some((name) => name !== 'strict_required_status_checks_policy')) return 'blocked';
  if (names.length > 0) return 'behind';
  return hasUnhappyCheck(repository, pull) ? 'unstable' : 'clean';
}

function hasUnhappyCheck(repository: Repository, pull: Pull): boolean {
  const runs = new Map<string, CheckRun>();
  for (const run of repository.checkRuns.values())
    if (run.headSha === pull.headSha) runs.set(`${run.appId} ${run.name}`, run);
  const statuses = new Map<string, string>();
  for (const status of repository.statuses)
    if (status.sha === pull.headSha) statuses.set(status.context, status.state);
  return (
    [...runs.values()].some(
      (run) => !['success', 'neutral', 'skipped'].includes(run.conclusion ?? ''),
    ) || [...statuses.values()].some((state) => state !== 'success')
  );
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

/** `reviewDecision` of GraphQL: null where no review is required and none was given. */
export async function readReviewDecision(
  world: World,
  repository: Repository,
  pull: Pull,
): Promise<'APPROVED' | 'CHANGES_REQUESTED' | 'REVIEW_REQUIRED' | null> {
  const opinions = listOpinions({
    authorId: pull.authorId,
    reviews: listReviews(world, repository, pull),
  });
  if (opinions.some((review) => review.state === 'CHANGES_REQUESTED')) return 'CHANGES_REQUESTED';
  const rules = listEffectiveRules(repository, pull.baseRef).flatMap(({ rule }) =>
    rule.type === 'pull_request' ? [rule.parameters] : [],
  );
  const isRequired = rules.some(
    (rule) => rule.required_approving_review_count > 0 || rule.require_code_owner_review,
  );
  if (!isRequired) return opinions.length > 0 ? 'APPROVED' : null;
  const facts = await readPullFacts(
    world,
    repository,
    pull,
    listEffectiveRules(repository, pull.baseRef),
  );
  const isOpen = rules
    .flatMap((rule) => listReviewRefusals(rule, facts))
    .some(({ name }) => name !== 'required_review_thread_resolution');
  return isOpen ? 'REVIEW_REQUIRED' : 'APPROVED';
}

/** `close #1, fixes #2`: the issues that a merge into the default branch closes. */
export function closingNumbers(text: string): readonly number[] {
  const pattern = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d{1,9})\b/gi;
  return [...new Set([...text.matchAll(pattern)].map((match) => Number(match[1])))];
}
