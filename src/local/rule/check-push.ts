// Pure: what the rules of a branch say of a change that comes by no pull request.
import { findCheckRefusal } from './check-status.ts';
import type { EffectiveRule, RuleSource } from './effective-rule.ts';
import type { CheckFacts } from './pull-facts.ts';

/** One change of a branch. What takes git to know is undefined until it was asked. */
export interface BranchChange {
  readonly kind: 'create' | 'update' | 'delete';
  /** The new commit follows the old one. */
  readonly isForward: boolean | undefined;
  /** The new commits include a merge. */
  readonly hasMerges: boolean | undefined;
  /** What the checks say of the new commit. */
  readonly checks: CheckFacts;
}

/** One rule that does not allow the change. */
export interface ChangeRefusal {
  readonly source: RuleSource;
  /** GitHub's words. */
  readonly sentence: string;
}

/** Every rule that a change breaks. */
export function listChangeRefusals(
  rules: readonly EffectiveRule[],
  change: BranchChange,
): readonly ChangeRefusal[] {
  return rules.flatMap(({ source, rule }) => {
    if (isForReviewsOnly(source, rule)) return [];
    const sentence = isFreeToCreate(source, rule, change) ? undefined : findRefusal(rule, change);
    return sentence === undefined ? [] : [{ source, sentence }];
  });
}

/** The older protection may ask for resolved conversations without asking for a pull request. */
function isForReviewsOnly(source: RuleSource, rule: EffectiveRule['rule']): boolean {
  return (
    rule.type === 'pull_request' && source.kind === 'protection' && !source.protection.pullRequired
  );
}

/** Protection asks nothing of a new branch; a ruleset asks for its checks, unless it says otherwise. */
function isFreeToCreate(
  source: RuleSource,
  rule: EffectiveRule['rule'],
  { kind }: BranchChange,
): boolean {
  if (kind !== 'create' || rule.type !== 'required_status_checks') return false;
  return source.kind === 'protection' || rule.parameters.do_not_enforce_on_create === true;
}

function findRefusal(rule: EffectiveRule['rule'], change: BranchChange): string | undefined {
  const { kind } = change;
  switch (rule.type) {
    case 'creation':
      return kind === 'create' ? 'Cannot create ref due to creations being restricted.' : undefined;
    case 'deletion':
      return kind === 'delete' ? 'Cannot delete this branch' : undefined;
    case 'update':
      return kind === 'update' ? 'Cannot update this protected ref.' : undefined;
    case 'non_fast_forward':
      return change.isForward === false ? 'Cannot force-push to this branch' : undefined;
    case 'required_linear_history':
      return change.hasMerges ? 'This branch must not contain merge commits.' : undefined;
    case 'pull_request':
      return kind === 'update' ? 'Changes must be made through a pull request.' : undefined;
    case 'merge_queue':
      return kind === 'update' ? 'Changes must be made through the merge queue' : undefined;
    case 'required_status_checks':
      return kind !== 'delete'
        ? findCheckRefusal(rule.parameters.required_status_checks, change.checks)
        : undefined;
  }
}
