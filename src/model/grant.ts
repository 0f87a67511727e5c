import type { Sha256 } from './digest.ts';
import type { RunId } from './run.ts';

/** The jobs that may exchange an ID token. `verify` is not one: it never holds anything. */
export const phases = ['agent', 'report'] as const;
export type Phase = (typeof phases)[number];

/** One context tool a run may call, and how often. */
export interface ToolGrant {
  /** As policy names it: `issue.read`. */
  readonly tool: string;
  readonly callsMax: number;
}

/** What one run may have. The ID token authenticates a job; the grant authorizes it. */
export interface Grant {
  /** A UUID, public: an identifier and not a secret. */
  readonly id: string;
  readonly runId: RunId;
  readonly installationId: number;
  readonly repositoryId: number;
  readonly ownerId: number;
  /** `owner/name` at dispatch, only for the exact comparison of `workflow_ref`. */
  readonly repository: string;
  readonly issue: number;
  readonly snapshotSha256: Sha256;
  readonly policySha256: Sha256;
  readonly organizationPolicySha256: Sha256 | null;
  readonly requesterId: number;
  readonly requesterLogin: string;
  /** `refs/heads/<default>`. */
  readonly ref: string;
  readonly sha: string;
  readonly attempt: number;
  readonly workflowRunId: number | null;
  readonly tools: readonly ToolGrant[];
  readonly state: 'pending' | 'open' | 'closed';
  readonly expiresAt: string;
}
