import { NEW_MERGE_SETTINGS } from '#local/record/merge-settings.ts';
import type { BypassActor, Protection, Ruleset } from '#local/record/protection.ts';
import type { Repository } from '#local/record/repository.ts';
import type { SourceFile } from '../git/repository.ts';
import type { RulesetRule } from '../rule/rule.ts';

type Role = 'read' | 'triage' | 'write' | 'maintain' | 'admin';

/** What the local GitHub starts with. Names refer to names; ids are given out in this order. */
export interface Seed {
  readonly users: readonly SeedUser[];
  readonly organizations?: readonly SeedOrganization[];
  readonly repositories: readonly SeedRepository[];
  readonly app?: SeedApp;
}

export interface SeedUser {
  readonly login: string;
  readonly name?: string;
  /** The part this person plays; whoever starts the local GitHub finds the token by it. */
  readonly as?: 'maintainer' | 'reviewer' | 'requester';
}

export interface SeedOrganization {
  readonly login: string;
  readonly name?: string;
  readonly members: Readonly<Record<string, 'member' | 'admin'>>;
  readonly teams?: readonly SeedTeam[];
}

export interface SeedTeam {
  readonly slug: string;
  readonly name?: string;
  readonly members: readonly string[];
  /** Names of the organization's repositories. */
  readonly repositories?: Readonly<Record<string, Role>>;
}

export interface SeedRepository {
  /** The login of a user or an organization. */
  readonly owner: string;
  readonly name: string;
  readonly description?: string;
  readonly private?: boolean;
  readonly defaultBranch?: string;
  /** The first commit is this folder or these files; or a git repository on disk, cloned bare. */
  readonly source:
    | { readonly kind: 'folder'; readonly path: string }
    | { readonly kind: 'files'; readonly files: Readonly<Record<string, SourceFile>> }
    | { readonly kind: 'git'; readonly path: string }
    | { readonly kind: 'empty' };
  /** The first commit's message and author login; the owner when absent. */
  readonly commit?: { readonly message: string; readonly author: string };
  readonly branches?: readonly SeedBranch[];
  readonly collaborators?: Readonly<Record<string, Role>>;
  readonly labels?: readonly SeedLabel[];
  readonly issues?: readonly SeedIssue[];
  readonly pulls?: readonly SeedPull[];
  readonly protections?: readonly SeedProtection[];
  readonly rulesets?: readonly SeedRuleset[];
  readonly environments?: readonly SeedEnvironment[];
  /** Name → value, of every job of the repository. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

/** A branch with one commit on top of another branch, the default one when absent. */
export interface SeedBranch {
  readonly name: string;
  readonly from?: string;
  readonly message?: string;
  readonly author: string;
  readonly files: Readonly<Record<string, SourceFile>>;
}

export interface SeedLabel {
  readonly name: string;
  readonly color?: string;
  readonly description?: string;
}

/** Issues get the numbers 1, 2, 3 … in order. */
export interface SeedIssue {
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly state?: 'open' | 'closed';
  readonly labels?: readonly string[];
  readonly assignees?: readonly string[];
  readonly comments?: readonly SeedComment[];
  /** Numbers of issues in the same repository. */
  readonly blockedBy?: readonly number[];
  /** Likewise. */
  readonly subIssues?: readonly number[];
}

export interface SeedComment {
  readonly author: string;
  readonly body: string;
}

/** Pull requests get the numbers after the issues', in order. */
export interface SeedPull {
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly head: string;
  /** The default branch when absent. */
  readonly base?: string;
  readonly draft?: boolean;
  readonly labels?: readonly string[];
  readonly assignees?: readonly string[];
  readonly requestedReviewers?: readonly string[];
  readonly comments?: readonly SeedComment[];
  readonly reviews?: readonly SeedReview[];
}

/** A review of the head. */
export interface SeedReview {
  readonly author: string;
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED';
  readonly body?: string;
}

export interface SeedProtection {
  readonly branch: string;
  /** `app: true` pins the check to the seeded App; otherwise any App's check counts. */
  readonly checks: readonly { readonly context: string; readonly app?: boolean }[];
  readonly approvals: number;
  readonly strict?: boolean;
  readonly dismissStale?: boolean;
  readonly codeOwners?: boolean;
  readonly lastPushApproval?: boolean;
  readonly conversationResolution?: boolean;
  readonly enforceAdmins?: boolean;
  readonly linearHistory?: boolean;
  readonly allowForcePushes?: boolean;
  readonly allowDeletions?: boolean;
}

/** A ruleset over branches; the rules are written as GitHub's API has them. */
export interface SeedRuleset {
  readonly name: string;
  readonly enforcement?: Ruleset['enforcement'];
  /** The default branch when absent. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly rules: readonly RulesetRule[];
  readonly bypass?: readonly SeedBypass[];
}

/** Who may pass a ruleset: the seeded App, the organization's owners, a role or a team. */
export interface SeedBypass {
  readonly who: 'app' | 'organization-admins' | 'maintain' | 'write' | 'admin' | 'team';
  /** The team's slug, with `who: team`. */
  readonly team?: string;
  readonly mode?: BypassActor['mode'];
}

/** A deployment environment; without rules a job enters it at once. */
export interface SeedEnvironment {
  readonly name: string;
  /** Logins, one of whom must approve. */
  readonly reviewers?: readonly string[];
  readonly preventSelfReview?: boolean;
  readonly waitMinutes?: number;
  /** Patterns of branch and tag names, or `protected` for the protected branches. */
  readonly branches?: readonly string[] | 'protected';
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

export interface SeedApp {
  readonly slug: string;
  readonly name?: string;
  readonly permissions: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
  readonly events: readonly string[];
  /** The account it is installed on. */
  readonly installOn: string;
  /** Where its events go; a secret is made up when none is given. */
  readonly webhook?: { readonly url: string; readonly secret?: string };
}

/** The protection of a branch that asks for nothing but a pull request. */
export function plainProtection(branch: string): Protection {
  return {
    branch,
    requiredChecks: [],
    pullRequired: true,
    requiredApprovals: 0,
    strict: false,
    dismissStale: false,
    codeOwners: false,
    lastPushApproval: false,
    conversationResolution: false,
    enforceAdmins: true,
    linearHistory: false,
    allowForcePushes: false,
    allowDeletions: false,
  };
}

/** A repository with nothing in it yet. */
export function emptyRepository(
  facts: Pick<
    Repository,
    'id' | 'name' | 'ownerId' | 'private' | 'description' | 'defaultBranch' | 'gitDir' | 'createdAt'
  >,
): Repository {
  return {
    ...facts,
    merging: NEW_MERGE_SETTINGS,
    collaborators: new Map(),
    labels: new Map(),
    issues: new Map(),
    pulls: new Map(),
    comments: new Map(),
    reviews: new Map(),
    reviewComments: new Map(),
    resolvedThreads: new Map(),
    checkRuns: new Map(),
    checkSuites: new Map(),
    pushers: new Map(),
    protections: new Map(),
    rulesets: new Map(),
    mergeQueue: [],
    environments: new Map(),
    secrets: new Map(),
    variables: new Map(),
    timeline: [],
    statuses: [],
    reactions: [],
    nextNumber: 1,
  };
}
