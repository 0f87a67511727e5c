// Pure: the rules of one branch, wherever they are written down.
import type { Protection, Ruleset } from '#local/record/protection.ts';
import type { Repository } from '#local/record/repository.ts';
import { isRefMatched } from './match-ref.ts';
import type { PlainRuleType, RulesetRule, StatusCheckParameters } from './rule.ts';

/** Where a rule is written down. */
export type RuleSource =
  | { readonly kind: 'protection'; readonly protection: Protection }
  | { readonly kind: 'ruleset'; readonly ruleset: Ruleset };

/** One rule that holds for a branch. */
export interface EffectiveRule {
  readonly source: RuleSource;
  readonly rule: RulesetRule;
}

/** Everything that holds for a branch: its protection, then each active ruleset that names it. */
export function listEffectiveRules(
  repository: Repository,
  branch: string,
): readonly EffectiveRule[] {
  const protection = repository.protections.get(branch);
  const ofProtection = protection
    ? protectionToRules(protection).map(
        (rule): EffectiveRule => ({ source: { kind: 'protection', protection }, rule }),
      )
    : [];
  const ofRulesets = [...repository.rulesets.values()]
    .filter((ruleset) => ruleset.enforcement === 'active')
    .filter((ruleset) => isCovered(ruleset, `refs/heads/${branch}`, repository.defaultBranch))
    .flatMap((ruleset) =>
      ruleset.rules.map((rule): EffectiveRule => ({ source: { kind: 'ruleset', ruleset }, rule })),
    );
  return [...ofProtection, ...ofRulesets];
}

/** Whether anything at all holds for a branch: what GitHub calls protected. */
export function isProtected(repository: Repository, branch: string): boolean {
  // Protection may hold nothing, and yet the branch is protected.
  return repository.protections.has(branch) || listEffectiveRules(repository, branch).length > 0;
}

/** The checks that must pass before a branch takes a commit, each once. */
export function listRequiredChecks(
  repository: Repository,
  branch: string,
): readonly StatusCheckParameters['required_status_checks'][number][] {
  const checks = listEffectiveRules(repository, branch).flatMap(({ rule }) =>
    rule.type === 'required_status_checks' ? rule.parameters.required_status_checks : [],
  );
  const keyed = checks.map((each) => [`${each.integration_id} ${each.context}`, each] as const);
  return [...new Map(keyed).values()];
}

/** Whether a ruleset speaks of a reference. Exclusion wins. */
export function isCovered(
  { include, exclude }: Pick<Ruleset, 'include' | 'exclude'>,
  ref: string,
  defaultBranch: string,
): boolean {
  const matches = (pattern: string) => isRefMatched(pattern, ref, defaultBranch);
  return include.some(matches) && !exclude.some(matches);
}

/** The older kind of protection, said as rules. */
function protectionToRules(protection: Protection): readonly RulesetRule[] {
  const plain: readonly (readonly [boolean, PlainRuleType])[] = [
    [!protection.allowDeletions, 'deletion'],
    [!protection.allowForcePushes, 'non_fast_forward'],
    [protection.linearHistory, 'required_linear_history'],
  ];
  return [
    ...plain.filter(([holds]) => holds).map(([, type]) => ({ type })),
    ...checkRules(protection),
    ...reviewRules(protection),
  ];
}

function reviewRules(protection: Protection): readonly RulesetRule[] {
  if (!protection.pullRequired && !protection.conversationResolution) return [];
  return [
    {
      type: 'pull_request',
      parameters: {
        required_approving_review_count: protection.requiredApprovals,
        dismiss_stale_reviews_on_push: protection.dismissStale,
        require_code_owner_review: protection.codeOwners,
        require_last_push_approval: protection.lastPushApproval,
        required_review_thread_resolution: protection.conversationResolution,
      },
    },
  ];
}

function checkRules(protection: Protection): readonly RulesetRule[] {
  if (protection.requiredChecks.length === 0 && !protection.strict) return [];
  return [
    {
      type: 'required_status_checks',
      parameters: {
        strict_required_status_checks_policy: protection.strict,
        required_status_checks: protection.requiredChecks.map(({ context, appId }) => ({
          context,
          ...(appId === null ? {} : { integration_id: appId }),
        })),
      },
    },
  ];
}
