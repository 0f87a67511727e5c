import type { Schema } from '../api/operation.ts';

type Parameters<N extends 'pull-request' | 'required-status-checks' | 'merge-queue'> = NonNullable<
  Schema<`repository-rule-${N}`>['parameters']
>;

export type PullRequestParameters = Parameters<'pull-request'>;
export type StatusCheckParameters = Parameters<'required-status-checks'>;
export type MergeQueueParameters = Parameters<'merge-queue'>;

/** Rules that say everything with their name. */
export type PlainRuleType =
  | 'creation'
  | 'update'
  | 'deletion'
  | 'non_fast_forward'
  | 'required_linear_history';

/** One rule as GitHub's API has it; of all its types, those that the local GitHub enforces. */
export type RulesetRule =
  | { readonly type: PlainRuleType }
  | { readonly type: 'pull_request'; readonly parameters: PullRequestParameters }
  | { readonly type: 'required_status_checks'; readonly parameters: StatusCheckParameters }
  | { readonly type: 'merge_queue'; readonly parameters: MergeQueueParameters };
