import type { ParsedComment } from './command.ts';
import type { Sha256 } from './digest.ts';
import { sha256OfJson } from './digest.ts';
import type { Account, RepositoryRef } from './snapshot.ts';

interface About {
  readonly repository: RepositoryRef;
  readonly installationId: number;
  readonly sender: Account & { readonly type: 'User' | 'Bot' | 'Organization' };
}

interface AboutText extends About {
  readonly issue: number;
  readonly at: string;
  /** SHA-256 of the title and body whoever did it saw (`issueTextSha256`). */
  readonly textSha256: Sha256;
}

interface AboutLabel extends AboutText {
  readonly label: string;
}

/**
 * An item of an organization's project got another column. The event is the organization's: it names
 * neither a repository nor an issue, and whoever acts on it asks what the item is.
 */
export interface ProjectStatusSet {
  readonly kind: 'project_status_set';
  readonly installationId: number;
  readonly sender: About['sender'];
  readonly itemNodeId: string;
  readonly project: number;
  readonly field: string;
  readonly status: string;
  readonly at: string;
}

/** A comment of a person that starts like a command. */
export interface CommandGiven extends About {
  readonly kind: 'command_given';
  /** Of the issue or the pull request that the comment is on. */
  readonly issue: number;
  readonly isPull: boolean;
  readonly comment: { readonly id: number; readonly nodeId: string };
  readonly parsed: Exclude<ParsedComment, { readonly kind: 'none' }>;
  readonly at: string;
  /** SHA-256 of the title and body when it was written (`issueTextSha256`). */
  readonly textSha256: Sha256;
}

/**
 * What a delivery means to Sallyport. It names things and claims nothing about their state:
 * whoever acts on a signal reads the state again from the API.
 */
export type Signal =
  | (AboutLabel & { readonly kind: 'label_set' })
  | (AboutLabel & { readonly kind: 'label_removed' })
  /** To the App's own account; to others is nobody's business here. */
  | (AboutText & { readonly kind: 'assigned' })
  | (AboutText & { readonly kind: 'unassigned' })
  | ProjectStatusSet
  | CommandGiven
  | (About & { readonly kind: 'issue_closed'; readonly issue: number })
  | (About & { readonly kind: 'issue_reopened'; readonly issue: number })
  | (About & { readonly kind: 'dependency_changed'; readonly issue: number })
  | (About & { readonly kind: 'pull_changed'; readonly pull: number })
  | (About & { readonly kind: 'review_changed'; readonly pull: number })
  /** A review was submitted that asks for changes; `sender` is its author. */
  | (About & {
      readonly kind: 'changes_requested';
      readonly pull: number;
      readonly reviewId: number;
      readonly headSha: string;
      /** Of the review's own text. */
      readonly bodySha256: Sha256;
    })
  | (About & {
      readonly kind: 'check_failed';
      readonly checkRunId: number;
      readonly check: string;
      readonly app: number;
      readonly headSha: string;
    })
  | (About & {
      readonly kind: 'pull_closed';
      readonly pull: number;
      readonly merged: boolean;
      /** The pull request of the same repository that it says it reverts, when it was merged. */
      readonly reverts: number | null;
    })
  | (About & {
      readonly kind: 'base_moved';
      readonly ref: string;
      readonly sha: string;
      /** Commits that what was pushed says it reverts. */
      readonly reverts: readonly string[];
    })
  | (About & {
      readonly kind: 'job_changed';
      readonly workflowRunId: number;
      readonly attempt: number;
      readonly job: string;
      readonly status: 'queued' | 'in_progress' | 'completed' | 'waiting';
      readonly conclusion: string | null;
    })
  | (About & {
      readonly kind: 'workflow_ended';
      readonly workflowRunId: number;
      readonly attempt: number;
      readonly conclusion: string;
    })
  | {
      readonly kind: 'installation_changed';
      readonly installationId: number;
      readonly action: string;
      /** Ids of the repositories that the App may no longer reach. */
      readonly removed: readonly number[];
    }
  /** A person took back what they let the App do for them. */
  | { readonly kind: 'authorization_revoked'; readonly person: Account }
  | { readonly kind: 'ignored'; readonly because: string };

/** One digest for the text of an issue, the same from a delivery and from the API. */
export function issueTextSha256(title: string, body: string | null): Sha256 {
  return sha256OfJson([title.toWellFormed(), (body ?? '').toWellFormed()]);
}

/** One digest for a review's own text, the same from a delivery and from the API. */
export function reviewTextSha256(body: string): Sha256 {
  return sha256OfJson([body.toWellFormed()]);
}
