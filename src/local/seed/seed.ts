import type { SourceFile } from '../git/repository.ts';
import type { Protection, Repository } from '../world.ts';

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
  readonly collaborators?: Readonly<Record<string, Role>>;
  readonly labels?: readonly SeedLabel[];
  readonly issues?: readonly SeedIssue[];
  readonly protections?: readonly SeedProtection[];
  readonly environments?: readonly SeedEnvironment[];
  /** Name → value, of every job of the repository. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
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
  readonly labels?: readonly string[];
  /** Numbers of issues in the same repository. */
  readonly blockedBy?: readonly number[];
}

export interface SeedProtection {
  readonly branch: string;
  /** `app: true` pins the check to the seeded App; otherwise any App's check counts. */
  readonly checks: readonly { readonly context: string; readonly app?: boolean }[];
  readonly approvals: number;
  readonly strict?: boolean;
}

export interface SeedApp {
  readonly slug: string;
  readonly name?: string;
  readonly permissions: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
  readonly events: readonly string[];
  /** The account it is installed on. */
  readonly installOn: string;
}

/** The protection of a branch that asks for nothing but that pushes go forward. */
export function plainProtection(branch: string): Protection {
  return {
    branch,
    requiredChecks: [],
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
