/** What a check ended with. */
export type CheckConclusion =
  | 'action_required'
  | 'cancelled'
  | 'failure'
  | 'neutral'
  | 'success'
  | 'skipped'
  | 'timed_out';

/** One App’s check of one commit; a workflow job’s has the id of its job. */
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
