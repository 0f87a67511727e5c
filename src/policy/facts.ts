import type { Reason } from '#model/decision.ts';
import type { InstallationLimits, Load } from '#model/load.ts';
import type { OrganizationFile } from '#model/organization-file.ts';
import type { OrganizationPolicy } from '#model/organization-policy.ts';
import type { Pause } from '#model/pause.ts';
import type { Policy, Role } from '#model/policy.ts';
import type { Result } from '#model/result.ts';
import type { Run } from '#model/run.ts';
import type { Signal } from '#model/signal.ts';
import type { Account, FeedbackNote, RepositoryRef } from '#model/snapshot.ts';
import type { Cause } from '#model/trigger.ts';
import type { InvalidPolicy, PolicyRefusal } from './read-policy-file.ts';

/** A comment as it is now. */
export interface LiveComment {
  readonly id: number;
  readonly author: Account | null;
  readonly association: string;
  readonly body: string;
  readonly createdAt: string;
  readonly lastEditedAt: string | null;
}

/** An issue as it is now. */
export interface LiveIssue {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: 'OPEN' | 'CLOSED';
  readonly lastEditedAt: string | null;
  /** When anything happened to it last. */
  readonly updatedAt: string;
  readonly author: Account | null;
  readonly association: string;
  readonly labels: readonly string[];
  /** The first hundred; `commentCount` says how many there are. */
  readonly comments: readonly LiveComment[];
  readonly commentCount: number;
  /** Issues below it, open or not. */
  readonly subIssueCount: number;
}

/** One look at a repository: its default branch, its policy file and one issue, from one query. */
export interface LiveView {
  readonly repository: RepositoryRef;
  /** `refs/heads/<default>`. */
  readonly baseRef: string;
  readonly baseSha: string;
  /** The policy file's text at the default branch; null when there is none that is text. */
  readonly policyText: string | null;
  /** Null when there is no such issue, or the number is a pull request's. */
  readonly issue: LiveIssue | null;
  /** The owner's policy, as it is at the same moment. */
  readonly organization: OrganizationFile;
}

/** What is known of the owner's policy besides the file itself. */
export interface OrganizationFacts {
  /** The settings ask for one: without it nothing starts. */
  readonly isRequired: boolean;
  /** When the App last read one, RFC 3339; null when it never did, or saw it removed. */
  readonly knownAt: string | null;
  /** Null when there is no file that can be read. */
  readonly policy: Result<OrganizationPolicy, InvalidPolicy> | null;
}

/** An issue that must be done first: it blocks this one, or is below it. */
export interface Blocker {
  readonly repository: string;
  readonly number: number;
  readonly open: boolean;
  /** Set when our merge for it was taken back: GitHub leaves the issue closed all the same. */
  readonly isReverted?: boolean;
}

/** The chain a new run would join: the one of the issues it waited for. */
export interface ChainView {
  readonly chainId: string;
  /** Of the furthest run that it waited for. */
  readonly depth: number;
  /** Runs of the chain so far. */
  readonly nodes: number;
  /** Issues of the chain whose runs are under way. */
  readonly running: readonly number[];
}

/** What a review or a check says now, with who says it. */
export interface LiveFeedback {
  /** Who reviewed; null for a check. */
  readonly author: (Account & { readonly isPerson: boolean }) | null;
  readonly source: string;
  readonly notes: readonly FeedbackNote[];
}

/** Another attempt: what it would replace, and who asks for it. */
export interface AttemptFacts {
  readonly pull: number;
  /** Runs that the pull request had before this one. */
  readonly runs: number;
  /** The run that would be replaced, or was, in words: `in review`. */
  readonly replaced: string;
  /** Whether it may be replaced: people have it, or it is another attempt that failed. */
  readonly isReplaceable: boolean;
  /** Null when it stands no more: gone, dismissed, edited, of another head, or green again. */
  readonly feedback: LiveFeedback | null;
  /** The role of the reviewer now; null for a check. */
  readonly reviewerRole: Role | 'none' | null;
}

/** Everything the rules look at. They look at nothing else. */
export interface Facts {
  readonly repository: RepositoryRef;
  /** Null when GitHub let the App see nothing: suspended, uninstalled, or the repository removed. */
  readonly view: LiveView | null;
  /** The repository's policy under its organization's. */
  readonly policy: Result<Policy, PolicyRefusal> | null;
  readonly organization: OrganizationFacts;
  readonly cause: Cause;
  /** What the requester did still stands: the label is there, the comment unedited. */
  readonly causeStands: boolean;
  readonly requester: Account & { readonly type: 'User' | 'Bot' | 'Organization' };
  readonly botUserId: number;
  readonly role: Role | 'none';
  readonly authorizedAt: string;
  /** Of title and body when they were authorized (`issueTextSha256`); null when the delivery had none. */
  readonly textSha256: string | null;
  /** The pauses over this place and over tools that the policy names, widest first. */
  readonly pauses: readonly Pause[];
  /** What is at work already, the run that is asked about left out. */
  readonly load: Load;
  readonly installationLimits: InstallationLimits;
  readonly openRun: Pick<Run, 'id' | 'state' | 'snapshotSha256'> | null;
  readonly blockers: readonly Blocker[];
  readonly chain: ChainView | null;
  /** For another attempt at a pull request; null for a first one. */
  readonly attempt: AttemptFacts | null;
  /** For a release: the run's own issue is not new to its chain. */
  readonly isRelease: boolean;
}

/** One rule: a question about the facts, answered in one sentence. */
export interface Rule {
  /** Kebab-case; the name its reason carries. */
  readonly name: string;
  /** The signals that can change its answer; nothing else can, so nothing else asks again. */
  readonly changedBy: readonly Signal['kind'][];
  /** Set when the answer depends on the policy: what else it looks at, to be asked again in a replay. */
  readonly readsPolicy?: readonly ('view' | 'cause' | 'role' | 'chain' | 'load' | 'attempt')[];
  readonly ask: (facts: Facts) => Reason;
}
