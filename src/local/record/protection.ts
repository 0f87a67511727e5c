import type { RulesetRule } from '#local/rule/rule.ts';

/** Branch protection of the older kind: one branch, by name. */
export interface Protection {
  readonly branch: string;
  readonly requiredChecks: readonly RequiredCheck[];
  /** Nobody pushes to it: changes come by pull request, with so many approvals or none. */
  readonly pullRequired: boolean;
  readonly requiredApprovals: number;
  /** The head must contain the base's newest commit. */
  readonly strict: boolean;
  readonly dismissStale: boolean;
  readonly codeOwners: boolean;
  readonly lastPushApproval: boolean;
  readonly conversationResolution: boolean;
  readonly enforceAdmins: boolean;
  readonly linearHistory: boolean;
  readonly allowForcePushes: boolean;
  readonly allowDeletions: boolean;
}

/** A check by name; of one App only, when it is pinned. */
export interface RequiredCheck {
  readonly context: string;
  readonly appId: number | null;
}

/** A ruleset over branches. Rules are kept as GitHub's API has them: `{type, parameters}`. */
export interface Ruleset {
  readonly id: number;
  name: string;
  readonly target: 'branch';
  enforcement: 'active' | 'evaluate' | 'disabled';
  /** Patterns of full ref names, `~DEFAULT_BRANCH` or `~ALL`. */
  include: readonly string[];
  exclude: readonly string[];
  rules: readonly RulesetRule[];
  bypass: readonly BypassActor[];
  readonly createdAt: string;
  updatedAt: string;
}

/** Who need not keep to a ruleset. */
export interface BypassActor {
  readonly type: 'Integration' | 'OrganizationAdmin' | 'RepositoryRole' | 'Team';
  /** The App's, the role's or the team's id; null for `OrganizationAdmin`. */
  readonly id: number | null;
  readonly mode: 'always' | 'pull_request';
}
