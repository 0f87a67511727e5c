import type { ArtifactOwner, ArtifactStore } from '#local/artifacts/artifact-store.ts';
import type { RuntimeTokens } from '#local/artifacts/runtime-token.ts';
import type { OidcIssuer } from '#local/oidc/oidc-issuer.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '#local/world.ts';
import type { ConcurrencyGroups } from './concurrency.ts';
import type { Gates } from './gate.ts';
import type { JobRecord, RunRecord } from './run-record.ts';
import type { Slots } from './slots.ts';
import type { Permissions, Workflow } from './workflow.ts';

/** How the local runner is set up. */
export interface ActionsOptions {
  /** Added to every job's environment; `PATH` replaces the system folders after node's own. */
  readonly jobEnvironment?: Readonly<Record<string, string>>;
  /** Jobs that run at once, over all repositories. */
  readonly maxParallelJobs?: number;
  /** The node that runs JavaScript actions; this process's own when absent. */
  readonly nodePath?: string;
  /** The form of `sub` in ID tokens; when absent, the repository's age decides. */
  readonly subjectForm?: 'immutable' | 'names';
  /** As GitHub Enterprise Server: no `check_run_id` in ID tokens, no ids in `sub`, no `return_run_details`. */
  readonly enterpriseServer?: boolean;
  /** Keep each job's folder after its end, to look at. */
  readonly keepWorkspaces?: boolean;
}

/** What runs and jobs need of the service they are part of. */
export interface ActionsHost {
  readonly world: World;
  readonly options: ActionsOptions;
  readonly store: ArtifactStore;
  readonly tokens: RuntimeTokens;
  readonly issuer: OidcIssuer;
  readonly slots: Slots;
  readonly groups: ConcurrencyGroups;
  readonly gates: Gates;
  /** Tell the world that a run or a job changed: webhooks and check runs. */
  readonly announceRun: (run: RunRecord, action: 'requested' | 'in_progress' | 'completed') => void;
  /** Keep a job's check run without telling anybody. */
  readonly recordJob: (run: RunRecord, job: JobRecord) => void;
  readonly announceJob: (
    run: RunRecord,
    job: JobRecord,
    action: 'queued' | 'waiting' | 'in_progress' | 'completed',
  ) => void;
}

/** Where a workflow file was read. */
export interface WorkflowSource {
  readonly repository: Repository;
  /** A full ref, or a commit's id. */
  readonly ref: string;
  readonly sha: string;
  readonly path: string;
}

/** `owner/repo/path@ref`, as `github.workflow_ref` and `job_workflow_ref` print it. */
export function workflowRef(world: World, source: WorkflowSource): string {
  return `${world.fullName(source.repository)}/${source.path}@${source.ref}`;
}

/** One workflow file in execution: the called one of a reusable workflow, or the run's own. */
export interface WorkflowScope {
  readonly workflow: Workflow;
  readonly source: WorkflowSource;
  /** The file the run was started from; claims and `github.workflow_ref` name it. */
  readonly root: WorkflowSource;
}

/** Whose artifacts a job's are: those of its run and attempt. */
export function artifactOwner(run: RunRecord, job: JobRecord): ArtifactOwner {
  return {
    repositoryId: run.repository.id,
    runId: run.id,
    runBackendId: `${run.id}-${run.attempt}`,
    jobBackendId: String(job.id),
  };
}

/** Whether the job may ask for ID tokens. */
export function maySignIn(permissions: Permissions): boolean {
  return permissions['id-token'] === 'write';
}
