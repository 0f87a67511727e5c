import type { Repository, User } from '#local/world.ts';
import type { JsonObject } from '#model/json.ts';

export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped';

export interface StepRecord {
  readonly name: string;
  readonly number: number;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: Conclusion | null;
  startedAt: string | null;
  completedAt: string | null;
}

export interface Annotation {
  readonly level: 'notice' | 'warning' | 'failure';
  readonly message: string;
  readonly title: string | null;
  readonly path: string;
  readonly line: number;
}

/** One job of one attempt. Its id is also the id of its check run, as on GitHub. */
export interface JobRecord {
  readonly id: number;
  readonly name: string;
  readonly runId: number;
  readonly attempt: number;
  readonly labels: readonly string[];
  readonly createdAt: string;
  readonly logFile: string;
  readonly steps: StepRecord[];
  readonly annotations: Annotation[];
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: Conclusion | null;
  startedAt: string;
  completedAt: string | null;
}

/** One workflow run with all of its attempts. */
export interface RunRecord {
  readonly id: number;
  readonly repository: Repository;
  readonly workflowId: number;
  readonly workflowPath: string;
  workflowName: string;
  displayTitle: string;
  readonly runNumber: number;
  readonly checkSuiteId: number;
  readonly event: string;
  /** What `github.event` is: the webhook's payload, or inputs, ref and workflow of a dispatch. */
  readonly payload: JsonObject;
  readonly inputs: JsonObject;
  readonly ref: string;
  readonly headSha: string;
  readonly headBranch: string | null;
  readonly headRef: string;
  readonly baseRef: string;
  readonly actor: User;
  readonly createdAt: string;
  readonly referencedWorkflows: { path: string; sha: string; ref: string }[];
  triggeringActor: User;
  attempt: number;
  status: 'queued' | 'in_progress' | 'completed' | 'pending';
  conclusion: Conclusion | 'startup_failure' | null;
  startedAt: string;
  updatedAt: string;
  /** Jobs of every attempt, in order of creation. */
  readonly jobs: JobRecord[];
  /** `cancel` lets always() steps run; `kill` ends everything at once. */
  cancel: AbortController;
  kill: AbortController;
}
