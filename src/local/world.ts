import type { JsonObject } from '#model/json.ts';
import type { RulesetRule } from './rule/rule.ts';

/** The state of the local GitHub. Records are plain and mutable; ids come from `nextId`. */
export interface User {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot' | 'Organization';
  readonly name: string | null;
}

export interface Issue {
  /** The database id; pull requests share the number space but not this record. */
  readonly id: number;
  readonly number: number;
  title: string;
  body: string;
  readonly authorId: number;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'not_planned' | 'duplicate' | 'reopened' | null;
  labels: string[];
  /** Account ids. */
  assignees: number[];
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  lastEditedAt: string | null;
  /** Database ids of the issues that block this one. */
  blockedBy: number[];
  /** Database ids of its sub-issues, in the order of their priority. */
  subIssues: number[];
}

export interface Comment {
  readonly id: number;
  /** Issue or pull request number. */
  readonly number: number;
  body: string;
  readonly authorId: number;
  readonly viaAppId: number | null;
  readonly createdAt: string;
  updatedAt: string;
}

export interface Pull {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string;
  readonly authorId: number;
  state: 'open' | 'closed';
  draft: boolean;
  readonly headRef: string;
  baseRef: string;
  /** Kept when the branch goes away. */
  headSha: string;
  /** The base branch's commit when the pull request last changed. */
  baseSha: string;
  merged: boolean;
  mergedAt: string | null;
  mergedById: number | null;
  mergeCommitSha: string | null;
  labels: string[];
  /** Account ids. */
  assignees: number[];
  /** Account ids that were asked for a review and have not given one. */
  requestedReviewers: number[];
  /** Team ids, likewise. */
  requestedTeams: number[];
  /** Who pushed the head last; null when nobody did since it was opened. */
  lastPusherId: number | null;
  /** What lies between base and head; null until git was asked about this head. */
  figures: PullFigures | null;
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
}

/** How large a pull request is. */
export interface PullFigures {
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

/** One line of an issue's or a pull request's history: who did what, when. */
export interface IssueEvent {
  readonly id: number;
  readonly number: number;
  readonly event:
    | 'added_to_merge_queue'
    | 'assigned'
    | 'blocked_by_added'
    | 'blocked_by_removed'
    | 'blocking_added'
    | 'blocking_removed'
    | 'closed'
    | 'convert_to_draft'
    | 'head_ref_deleted'
    | 'labeled'
    | 'merged'
    | 'parent_issue_added'
    | 'parent_issue_removed'
    | 'ready_for_review'
    | 'removed_from_merge_queue'
    | 'renamed'
    | 'reopened'
    | 'review_dismissed'
    | 'review_request_removed'
    | 'review_requested'
    | 'sub_issue_added'
    | 'sub_issue_removed'
    | 'unassigned'
    | 'unlabeled';
  readonly actorId: number;
  readonly createdAt: string;
  readonly label: string | null;
  readonly commitId: string | null;
  /** Who was assigned, or asked for a review: an account id. */
  readonly subjectId?: number;
  /** The title before and after. */
  readonly rename?: { readonly from: string; readonly to: string };
  readonly stateReason?: Issue['stateReason'];
  /** The database id of the other issue: parent, sub-issue, or the one that waits or blocks. */
  readonly otherId?: number;
  /** The review that was dismissed, with the reason that was given. */
  readonly review?: { readonly id: number; readonly state: string; readonly message: string };
}

/** A commit status of the older kind, beside check runs. */
export interface CommitStatus {
  readonly id: number;
  readonly sha: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creatorId: number;
  readonly createdAt: string;
}

export interface Reaction {
  readonly id: number;
  readonly subject: 'issue' | 'comment' | 'review-comment';
  /** The issue's number, or the comment's id. */
  readonly subjectId: number;
  readonly userId: number;
  readonly content: '+1' | '-1' | 'laugh' | 'hooray' | 'confused' | 'heart' | 'rocket' | 'eyes';
  readonly createdAt: string;
}

export interface Review {
  readonly id: number;
  readonly pull: number;
  readonly authorId: number;
  body: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';
  readonly commitId: string;
  submittedAt: string;
}

/** A comment on a line of a pull request. The first of a thread has no `inReplyTo`. */
export interface ReviewComment {
  readonly id: number;
  readonly pull: number;
  readonly reviewId: number | null;
  readonly path: string;
  /** The line in the file on that side; null for a comment on the whole file. */
  readonly line: number | null;
  readonly side: 'LEFT' | 'RIGHT';
  readonly startLine: number | null;
  readonly startSide: 'LEFT' | 'RIGHT' | null;
  readonly commitId: string;
  readonly diffHunk: string;
  body: string;
  readonly authorId: number;
  /** The thread's first comment. */
  readonly inReplyTo: number | null;
  readonly createdAt: string;
  updatedAt: string;
}

export type CheckConclusion =
  | 'action_required'
  | 'cancelled'
  | 'failure'
  | 'neutral'
  | 'success'
  | 'skipped'
  | 'timed_out';

export interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly headSha: string;
  readonly appId: number;
  readonly suiteId: number;
  status: 'queued' | 'in_progress' | 'completed' | 'waiting';
  conclusion: CheckConclusion | null;
  externalId: string;
  detailsUrl: string | null;
  output: { title: string | null; summary: string | null; text: string | null };
  annotations: readonly CheckAnnotation[];
  startedAt: string;
  completedAt: string | null;
}

/** A remark on lines of a file, made by a check run. */
export interface CheckAnnotation {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly startColumn: number | null;
  readonly endColumn: number | null;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly title: string | null;
  readonly message: string;
  readonly rawDetails: string | null;
}

/** What payloads say of a commit without asking git again. */
export interface CommitFacts {
  readonly sha: string;
  readonly tree: string;
  readonly message: string;
  /** The committer's date. */
  readonly date: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly committer: { readonly name: string; readonly email: string };
}

/** The check runs of one App on one commit; for GitHub Actions, those of one workflow run. */
export interface CheckSuite {
  readonly id: number;
  readonly appId: number;
  readonly headSha: string;
  readonly headBranch: string | null;
  /** Where the branch was before the push that brought the commit; null when nobody knows. */
  readonly before: string | null;
  readonly head: CommitFacts;
  readonly workflowRunId: number | null;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: CheckConclusion | 'startup_failure' | null;
  readonly createdAt: string;
  updatedAt: string;
}

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

export interface BypassActor {
  readonly type: 'Integration' | 'OrganizationAdmin' | 'RepositoryRole' | 'Team';
  /** The App's, the role's or the team's id; null for `OrganizationAdmin`. */
  readonly id: number | null;
  readonly mode: 'always' | 'pull_request';
}

/** A pull request that waits in the merge queue of its base branch. */
export interface QueueEntry {
  readonly id: number;
  readonly pull: number;
  /** The base branch when it was added. */
  readonly branch: string;
  /** The head that was added: another one leaves the queue. */
  readonly headSha: string;
  readonly enqueuedById: number;
  readonly enqueuedAt: string;
  /** It was put before all others. */
  readonly jump: boolean;
  /** What it would make of the base, once that is built. */
  group: MergeGroup | null;
  /** The commit that it could not be merged into; it is tried again on another. */
  conflictSha: string | null;
}

/** The trial merge of one entry on top of those before it, on a branch of its own. */
export interface MergeGroup {
  /** `refs/heads/gh-readonly-queue/{base}/pr-{number}-{baseSha}` */
  readonly ref: string;
  readonly sha: string;
  /** The base's head, or the head of the group before. */
  readonly baseSha: string;
  readonly builtAt: string;
}

/** A deployment environment: who must approve a job, from which branches, with which values. */
export interface Environment {
  readonly id: number;
  readonly name: string;
  /** Account ids, one of which must approve. */
  reviewers: readonly number[];
  preventSelfReview: boolean;
  waitMinutes: number;
  /** Branch name patterns; null means every branch, `protected` the protected ones. */
  branches: readonly string[] | 'protected' | null;
  readonly secrets: Map<string, Secret>;
  readonly variables: Map<string, Variable>;
  readonly createdAt: string;
}

export interface Secret {
  readonly name: string;
  value: string;
  readonly createdAt: string;
  updatedAt: string;
}

export interface Variable {
  readonly name: string;
  value: string;
  readonly createdAt: string;
  updatedAt: string;
}

/** An organization's team; its role counts for every member. */
export interface Team {
  readonly id: number;
  readonly organizationId: number;
  readonly slug: string;
  readonly name: string;
  /** Account ids. */
  readonly members: Set<number>;
  /** Repository id → role. */
  readonly repositories: Map<number, 'read' | 'triage' | 'write' | 'maintain' | 'admin'>;
}

export interface Repository {
  readonly id: number;
  readonly name: string;
  readonly ownerId: number;
  readonly private: boolean;
  readonly description: string;
  readonly defaultBranch: string;
  /** The bare repository's folder. */
  readonly gitDir: string;
  readonly createdAt: string;
  readonly collaborators: Map<number, 'read' | 'triage' | 'write' | 'maintain' | 'admin'>;
  readonly labels: Map<
    string,
    { readonly id: number; readonly name: string; color: string; description: string }
  >;
  readonly issues: Map<number, Issue>;
  readonly pulls: Map<number, Pull>;
  readonly comments: Map<number, Comment>;
  readonly reviews: Map<number, Review>;
  readonly reviewComments: Map<number, ReviewComment>;
  /** Threads that are resolved: the first comment's id → who resolved it. */
  readonly resolvedThreads: Map<number, number>;
  readonly checkRuns: Map<number, CheckRun>;
  readonly checkSuites: Map<number, CheckSuite>;
  readonly protections: Map<string, Protection>;
  readonly rulesets: Map<number, Ruleset>;
  /** In the order in which they are to be merged, of all branches. */
  readonly mergeQueue: QueueEntry[];
  readonly environments: Map<string, Environment>;
  readonly secrets: Map<string, Secret>;
  readonly variables: Map<string, Variable>;
  readonly timeline: IssueEvent[];
  readonly statuses: CommitStatus[];
  readonly reactions: Reaction[];
  nextNumber: number;
}

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly clientId: string;
  readonly botId: number;
  /** The account that registered it; null for GitHub's own. */
  readonly ownerId: number | null;
  readonly publicKeyPem: string;
  /** What it asks for. */
  permissions: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
  readonly events: readonly string[];
  webhook: { url: string; secret: string } | null;
}

export interface Installation {
  readonly id: number;
  readonly appId: number;
  /** The account it is installed on. */
  readonly accountId: number;
  /** The repositories that were chosen; null means all, those to come included. */
  repositoryIds: readonly number[] | null;
  /** What the account's owner has agreed to; the App may have asked for more since. */
  permissions: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
  suspendedAt: string | null;
  suspendedById: number | null;
}

/** Who calls: worked out from the Authorization header, once, before a route sees the call. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly user: User }
  | { readonly kind: 'app'; readonly app: App }
  | {
      readonly kind: 'installation';
      readonly app: App;
      readonly installation: Installation;
      /** Null means every repository of the installation. */
      readonly repositoryIds: readonly number[] | null;
      readonly permissions: Readonly<Record<string, string>>;
      readonly bot: User;
      readonly token: string;
    }
  | {
      /** A workflow job's GITHUB_TOKEN. */
      readonly kind: 'job';
      readonly repositoryId: number;
      readonly permissions: Readonly<Record<string, string>>;
      readonly bot: User;
      readonly workflowRunId: number;
      readonly token: string;
    };

/** What every part of the local GitHub may use of the rest. */
export interface World {
  readonly users: Map<number, User>;
  readonly repositories: Map<number, Repository>;
  readonly apps: Map<number, App>;
  readonly installations: Map<number, Installation>;
  /** Organization id → member ids with their role. */
  readonly members: Map<number, Map<number, 'member' | 'admin'>>;
  readonly teams: Map<number, Team>;
  readonly urls: {
    /** `http://127.0.0.1:PORT` */
    readonly origin: string;
    /** `http://127.0.0.1:PORT/api/v3` */
    readonly rest: string;
    readonly graphql: string;
    /** `http://github.localhost:PORT`: what GITHUB_SERVER_URL and html_url say. */
    readonly server: string;
    readonly oidcIssuer: string;
  };
  /** Where git directories, artifacts, logs and workspaces live. */
  readonly dataDir: string;
  now(): Date;
  nextId(): number;
  userByLogin(login: string): User | undefined;
  repositoryByName(owner: string, name: string): Repository | undefined;
  /** `owner/name` */
  fullName(repository: Repository): string;
  /** The role of an account, organization ownership counted; `none` for strangers (public: read). */
  roleOf(
    repository: Repository,
    userId: number,
  ): 'none' | 'read' | 'triage' | 'write' | 'maintain' | 'admin';
  /**
   * Send a webhook to every installed App that listens, and tell the local listeners (the Actions
   * service). `payload` is the event's own part: `action`, `issue`, …; repository, organization,
   * sender and installation are added here. One that git must be asked for holds back the events of
   * the repository that come after it.
   */
  emit(
    event: string,
    repository: Repository,
    sender: User,
    payload: JsonObject | Promise<JsonObject>,
  ): void;
  /** Listeners inside the local GitHub, called after the state has changed, in the order of events. */
  onEvent(
    listener: (event: string, repository: Repository, sender: User, payload: JsonObject) => void,
  ): void;
  /** Mint and end a job's GITHUB_TOKEN. */
  mintJobToken(
    repositoryId: number,
    permissions: Readonly<Record<string, string>>,
    workflowRunId: number,
  ): string;
  revokeJobToken(token: string): void;
  /** Count work in flight, so that `idle()` of the server can wait for quiet. */
  track<T>(work: Promise<T>): Promise<T>;
}
