import { createSuite } from '#local/api/change-suite.ts';
import { readCommitFacts } from '#local/api/commit-facts.ts';
import type { User } from '#local/record/account.ts';
import type { CommitFacts } from '#local/record/check.ts';
import type { Repository } from '#local/record/repository.ts';
import { ACTIONS_APP_ID } from '#local/world-state.ts';
import type { JsonObject } from '#model/json.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import type { ActionsHost, WorkflowSource } from './host.ts';
import { parseWorkflow } from './parse-workflow.ts';
import { readText } from './repository-file.ts';
import type { JobRecord, RunRecord } from './run-record.ts';
import { failStartup, runWorkflow } from './run-workflow.ts';
import type { Workflow } from './workflow.ts';
import type { WorkflowEntry, WorkflowList } from './workflow-list.ts';

/** What starts a run. */
export interface RunRequest {
  readonly repository: Repository;
  readonly entry: WorkflowEntry;
  readonly ref: string;
  /** The commit that runs: `GITHUB_SHA`. */
  readonly sha: string;
  /** The commit that the run is shown at; another than `sha` for a pull request's trial merge. */
  readonly headSha: string;
  readonly event: string;
  readonly payload: JsonObject;
  readonly inputs: JsonObject;
  readonly headBranch: string | null;
  readonly headRef: string;
  readonly baseRef: string;
  readonly title: string;
  readonly actor: User;
}

/** What of a run is run again, and how. */
export interface RerunRequest {
  readonly actor: User;
  /** What failed, or one job, with whatever needs it; everything when absent. */
  readonly only?: 'failed' | JobRecord;
  /** Whether the new attempt keeps debug lines. */
  readonly isDebug: boolean;
}

/** Every run of the world, and the way to start, stop and repeat one. */
export interface Runs {
  start(request: RunRequest): Promise<RunRecord>;
  /** Repeat a run that has ended, as a new attempt. */
  rerun(run: RunRecord, request: RerunRequest): Result<RunRecord, string>;
  cancel(run: RunRecord, force: boolean): Result<RunRecord, string>;
  find(repository: Repository, id: number): RunRecord | undefined;
  findJob(repository: Repository, id: number): { run: RunRecord; job: JobRecord } | undefined;
  /** Newest first. */
  list(repository: Repository): readonly RunRecord[];
  /** Job and run by id over all repositories, for signed log URLs. */
  findJobAnywhere(id: number): JobRecord | undefined;
  findAnywhere(id: number): RunRecord | undefined;
  /** Count other work as part of the service's, so that `idle` waits for it. It must not reject. */
  follow(work: Promise<void>): void;
  idle(): Promise<void>;
  /** Cancel every run; none starts any more. */
  cancelAll(): void;
  killAll(): void;
  /** Every run, oldest first. */
  all(): readonly RunRecord[];
}

/** Open a list of runs: empty, or with those of before, which have ended. */
export function openRuns(
  host: ActionsHost,
  workflows: WorkflowList,
  earlier: readonly RunRecord[] = [],
): Runs {
  const { world } = host;
  const runs = [...earlier];
  const active = new Set<Promise<void>>();
  const numbers = new Map(runs.map((run) => [run.workflowId, run.runNumber]));
  let closed = false;

  const follow = (work: Promise<void>) => {
    active.add(work);
    void world.track(work).finally(() => active.delete(work));
  };
  const begin = (run: RunRecord) => follow(attempt(host, run, workflows));

  const findJob = (candidates: readonly RunRecord[], id: number) => {
    for (const run of candidates) {
      const job = run.jobs.find((each) => each.id === id);
      if (job !== undefined) return { run, job };
    }
    return undefined;
  };
  // A run that has ended has no timers to start again.
  const unfinished = () => runs.filter((run) => run.status !== 'completed');
  const list = (repository: Repository) =>
    runs.filter((run) => run.repository.id === repository.id).reverse();

  return {
    all: () => runs,
    list,
    find: (repository, id) => list(repository).find((run) => run.id === id),
    findJob: (repository, id) => findJob(list(repository), id),
    findJobAnywhere: (id) => findJob(runs, id)?.job,
    findAnywhere: (id) => runs.find((run) => run.id === id),
    start: async (request) => {
      const head = await readCommitFacts(request.repository, request.headSha);
      const number = (numbers.get(request.entry.id) ?? 0) + 1;
      numbers.set(request.entry.id, number);
      const run = newRun(host, request, head, number);
      runs.push(run);
      host.announceRun(run, 'requested');
      if (closed) run.kill.abort();
      begin(run);
      return run;
    },
    rerun: (run, { actor, only, isDebug }) => {
      const refusal = refuseRerun(run, only);
      if (refusal !== undefined) return refuse(refusal);
      run.kept = only === undefined ? {} : keepOthers(run, only);
      run.isDebug = isDebug;
      startAttempt(run, actor, world.now().toISOString());
      host.announceRun(run, 'requested');
      begin(run);
      return ok(run);
    },
    cancel: cancelRun,
    follow,
    idle: async () => {
      while (active.size > 0) await Promise.allSettled(active);
    },
    cancelAll: () => {
      closed = true;
      for (const run of unfinished()) run.cancel.abort();
    },
    killAll: () => {
      for (const run of unfinished()) run.kill.abort();
    },
  };
}

function refuseRerun(run: RunRecord, only: RerunRequest['only']): string | undefined {
  if (run.status !== 'completed') return 'This workflow is already running';
  if (only === 'failed')
    return failedJobs(run).length > 0 ? undefined : 'This workflow run has no failed jobs';
  return only === undefined || only.attempt === run.attempt
    ? undefined
    : 'The job is not part of the latest attempt of its workflow run';
}

function failedJobs(run: RunRecord): readonly JobRecord[] {
  return run.jobs
    .filter((job) => job.attempt === run.attempt)
    .filter((job) => job.conclusion === 'failure' || job.conclusion === 'cancelled');
}

// A job that failed and was forgiven counts as failed; a called workflow runs again with a job in it.
function keepOthers(run: RunRecord, only: 'failed' | JobRecord): RunRecord['kept'] {
  const again = only === 'failed' ? failedJobs(run).map((job) => job.name) : [only.name];
  const isAgain = (name: string) =>
    again.some((each) => each === name || each.startsWith(`${name} / `));
  return Object.fromEntries(
    Object.entries(run.results).filter(
      ([name, { result }]) => !isAgain(name) && (only !== 'failed' || result === 'success'),
    ),
  );
}

function startAttempt(run: RunRecord, actor: User, now: string): void {
  const { attempt, triggeringActor, status, conclusion, startedAt, updatedAt } = run;
  run.earlier.push({ attempt, triggeringActor, status, conclusion, startedAt, updatedAt });
  run.attempt += 1;
  run.triggeringActor = actor;
  run.status = 'queued';
  run.conclusion = null;
  run.startedAt = now;
  run.updatedAt = now;
  run.cancel = new AbortController();
  run.kill = new AbortController();
}

function cancelRun(run: RunRecord, force: boolean): Result<RunRecord, string> {
  if (run.status === 'completed') return refuse('Cannot cancel a workflow run that is completed.');
  run.cancel.abort();
  if (force) run.kill.abort();
  return ok(run);
}

function newRun(
  host: ActionsHost,
  request: RunRequest,
  head: CommitFacts,
  runNumber: number,
): RunRecord {
  const { world } = host;
  const now = world.now().toISOString();
  const id = world.nextId();
  const { before } = request.payload;
  const suite = createSuite(world, request.repository, {
    appId: ACTIONS_APP_ID,
    head,
    headBranch: request.headBranch,
    before: typeof before === 'string' ? before : null,
    workflowRunId: id,
  });
  return {
    id,
    repository: request.repository,
    workflowId: request.entry.id,
    workflowPath: request.entry.path,
    workflowName: request.entry.name,
    displayTitle: request.title,
    runNumber,
    checkSuiteId: suite.id,
    event: request.event,
    payload: request.payload,
    inputs: request.inputs,
    ref: request.ref,
    sha: request.sha,
    headSha: request.headSha,
    head,
    headBranch: request.headBranch,
    headRef: request.headRef,
    baseRef: request.baseRef,
    actor: request.actor,
    triggeringActor: request.actor,
    createdAt: now,
    startedAt: now,
    updatedAt: now,
    referencedWorkflows: [],
    pending: [],
    earlier: [],
    results: {},
    kept: {},
    attempt: 1,
    status: 'queued',
    conclusion: null,
    jobs: [],
    cancel: new AbortController(),
    kill: new AbortController(),
  };
}

// Whatever breaks ends the run: one that stayed in progress would hold its group and its waiters.
async function attempt(host: ActionsHost, run: RunRecord, workflows: WorkflowList): Promise<void> {
  try {
    await execute(host, run, workflows);
  } catch {
    failStartup(host, run);
  }
}

// The file is read at the run's commit, each attempt anew but always from the same commit.
async function execute(host: ActionsHost, run: RunRecord, workflows: WorkflowList): Promise<void> {
  const source: WorkflowSource = {
    repository: run.repository,
    ref: run.ref,
    sha: run.sha,
    path: run.workflowPath,
  };
  const workflow = await readWorkflow(source);
  if (workflow === undefined) return failStartup(host, run);
  run.workflowName = workflows.entry(run.repository, run.workflowPath, workflow.name).name;
  await runWorkflow(host, run, { workflow, source, root: source });
}

async function readWorkflow(source: WorkflowSource): Promise<Workflow | undefined> {
  const text = await readText(source.repository, source.sha, source.path);
  const workflow = text === undefined ? undefined : parseWorkflow(text, source.path);
  return workflow?.ok ? workflow.value : undefined;
}
