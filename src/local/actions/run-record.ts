import type { User } from '#local/record/account.ts';
import type { CommitFacts } from '#local/record/check.ts';
import type { Repository } from '#local/record/repository.ts';
import type { JsonObject } from '#model/json.ts';

export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped';

export interface StepRecord {
  readonly name: string;
  readonly number: number;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: Conclusion | null;
  startedAt: string | null;
  completedAt: string | null;
  /** Its part of the job's log, in bytes; `to` is null while it runs. */
  readonly logFrom: number;
  logTo: number | null;
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
  /** What its steps wrote to GITHUB_STEP_SUMMARY: Markdown, masked, in the order of the steps. */
  readonly summaries: string[];
  /** Whether a runner took it: not so for one that was skipped or refused. */
  ranOnRunner: boolean;
  status: 'queued' | 'in_progress' | 'completed' | 'waiting';
  conclusion: Conclusion | null;
  startedAt: string;
  completedAt: string | null;
}

/** A job that waits for its environment's reviewers or timer, and since when. */
export interface PendingJob {
  readonly jobId: number;
  readonly environmentId: number;
  readonly since: string;
}

/** A job's result as `needs` shows it. */
export interface JobOutcome {
  readonly result: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
}

/** What differs from one attempt of a run to the next. */
export interface AttemptRecord {
  attempt: number;
  triggeringActor: User;
  status: 'queued' | 'in_progress' | 'completed' | 'pending' | 'waiting';
  conclusion: Conclusion | 'startup_failure' | null;
  startedAt: string;
  updatedAt: string;
}

/** One workflow run: its newest attempt, and what the earlier ones ended with. */
export interface RunRecord extends AttemptRecord {
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
  /** The commit that runs: `GITHUB_SHA`. */
  readonly sha: string;
  /** The commit that checks are made on and that `head_sha` shows: a pull request's head. */
  readonly headSha: string;
  readonly head: CommitFacts;
  readonly headBranch: string | null;
  readonly headRef: string;
  readonly baseRef: string;
  readonly actor: User;
  readonly createdAt: string;
  readonly referencedWorkflows: { path: string; sha: string; ref: string }[];
  /** Jobs that wait for their environment. */
  pending: readonly PendingJob[];
  readonly earlier: AttemptRecord[];
  /** What each job ended with last, by its whole name. */
  readonly results: Record<string, JobOutcome>;
  /** What this attempt takes over from the one before instead of running it again. */
  kept: Readonly<Record<string, JobOutcome>>;
  /** Whether this attempt was asked to keep debug lines. */
  isDebug?: boolean;
  /** Jobs of every attempt, in order of creation. */
  readonly jobs: JobRecord[];
  /** `cancel` lets always() steps run; `kill` ends everything at once. */
  cancel: AbortController;
  kill: AbortController;
}
