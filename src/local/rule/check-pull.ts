// Pure: what all the rules of a branch say of one pull request.
import { listReviewRefusals, type ReviewRefusal } from './check-review.ts';
import { findCheckRefusal } from './check-status.ts';
import type { EffectiveRule, RuleSource } from './effective-rule.ts';
import type { PullFacts } from './pull-facts.ts';

export type MergeMethod = 'merge' | 'squash' | 'rebase';

/** One demand that is not met. */
export interface RuleRefusal {
  readonly name:
    | ReviewRefusal['name']
    | 'required_status_checks'
    | 'strict_required_status_checks_policy'
    | 'update'
    | 'allowed_merge_methods'
    | 'required_linear_history'
    | 'merge_queue';
  readonly source: RuleSource;
  /** GitHub's words. */
  readonly sentence: string;
}

/** How a merge is asked for. Absent: nobody merges yet, so only the pull request is judged. */
export interface MergeAttempt {
  readonly method: MergeMethod;
}

/** Every demand of the rules that a pull request, or an attempt to merge it, does not meet. */
export function listPullRefusals(
  rules: readonly EffectiveRule[],
  facts: PullFacts,
  attempt?: MergeAttempt,
): readonly RuleRefusal[] {
  return rules.flatMap((each) =>
    [...stateRefusals(each, facts), ...(attempt ? attemptRefusals(each, attempt) : [])].map(
      (refusal) => ({ ...refusal, source: each.source }),
    ),
  );
}

type Found = Omit<RuleRefusal, 'source'>;

function stateRefusals({ rule }: EffectiveRule, facts: PullFacts): readonly Found[] {
  switch (rule.type) {
    case 'update':
      return [{ name: 'update', sentence: 'Cannot update this protected ref.' }];
    case 'pull_request':
      return listReviewRefusals(rule.parameters, facts);
    case 'required_status_checks': {
      const { required_status_checks: required, strict_required_status_checks_policy: isStrict } =
        rule.parameters;
      const sentence = findCheckRefusal(required, facts);
      return [
        ...(sentence === undefined ? [] : [{ name: rule.type, sentence }]),
        ...(isStrict && facts.behindBy > 0 ? [BEHIND] : []),
      ];
    }
    default:
      return [];
  }
}

const BEHIND: Found = {
  name: 'strict_required_status_checks_policy',
  sentence: 'Head branch is out of date. Review and try the merge again.',
};

/** How GitHub's refusals name the ways of merging. */
export const METHOD_NAMES = {
  merge: 'Merge commits',
  squash: 'Squash merges',
  rebase: 'Rebase merges',
};

function attemptRefusals({ rule }: EffectiveRule, attempt: MergeAttempt): readonly Found[] {
  const { method } = attempt;
  const sentence = `${METHOD_NAMES[method]} are not allowed on this repository.`;
  switch (rule.type) {
    case 'pull_request':
      return (rule.parameters.allowed_merge_methods ?? [method]).includes(method)
        ? []
        : [{ name: 'allowed_merge_methods', sentence }];
    case 'required_linear_history':
      return method === 'merge' ? [{ name: rule.type, sentence }] : [];
    case 'merge_queue':
      return [{ name: rule.type, sentence: 'Changes must be made through the merge queue' }];
    default:
      return [];
  }
}
