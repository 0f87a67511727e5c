import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Json, JsonObject } from '#model/json.ts';
import type { ActionsHost, WorkflowScope } from './host.ts';
import type { JobLog } from './job-log.ts';
import type { ProcessGroups } from './process-group.ts';
import type { Conclusion, JobRecord, RunRecord } from './run-record.ts';
import type { JobDefinition, Permissions, RunDefaults, StepDefinition } from './workflow.ts';

/** One job, ready to run: everything that was known before its runner started. */
export interface JobPlan {
  readonly host: ActionsHost;
  readonly run: RunRecord;
  readonly scope: WorkflowScope;
  readonly job: JobDefinition;
  readonly record: JobRecord;
  readonly permissions: Permissions;
  readonly environment: string | undefined;
  readonly github: JsonObject;
  readonly inputs: JsonObject;
  /** needs, matrix, strategy and vars. */
  readonly contexts: Readonly<Record<string, Json>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly cancel: AbortSignal;
  readonly kill: AbortSignal;
}

/**
 * Whether somebody asked for debug lines: with a re-run, or by `ACTIONS_STEP_DEBUG` as a secret or a
 * variable, the secret first (docs.github.com, "Enabling debug logging").
 */
export function wantsDebug({
  run,
  secrets,
  contexts,
}: Pick<JobPlan, 'run' | 'secrets' | 'contexts'>): boolean {
  const variables = (contexts.vars ?? {}) as JsonObject;
  return (
    run.isDebug === true || (secrets.ACTIONS_STEP_DEBUG ?? variables.ACTIONS_STEP_DEBUG) === 'true'
  );
}

/** A step's result before and after `continue-on-error`. */
export interface StepOutcome {
  readonly outputs: Readonly<Record<string, string>>;
  readonly outcome: Conclusion;
  readonly conclusion: Conclusion;
}

/** Something that runs after the last step, in reverse order. */
export interface PostStep {
  readonly name: string;
  readonly condition: string;
  readonly run: (signals: StepSignals) => Promise<Conclusion>;
}

export interface StepSignals {
  readonly cancel: AbortSignal;
  readonly kill: AbortSignal;
}

/** The folders of one job, all below its own. */
export interface JobFolders {
  readonly root: string;
  readonly workspace: string;
  readonly temp: string;
  readonly home: string;
  readonly actions: string;
  readonly toolCache: string;
}

/** A job's runner while it runs. */
export interface JobState {
  readonly plan: JobPlan;
  readonly folders: JobFolders;
  readonly log: JobLog;
  readonly groups: ProcessGroups;
  readonly trackingId: string;
  /** `github` with the token and the workspace; a secret, so it never goes to the log. */
  readonly github: JsonObject;
  readonly token: string;
  /** Only for `uses:` steps: with it one can write artifacts. */
  readonly actionEnv: Readonly<Record<string, string>>;
  /** For every step of a job with `id-token: write`. */
  readonly identityEnv: Readonly<Record<string, string>>;
  /** Workflow and job `env:`, then what steps wrote to GITHUB_ENV. */
  readonly env: Record<string, string>;
  readonly paths: string[];
  readonly frame: Frame;
  /** What actions saved for their later phases: a step's key → name and value. */
  readonly saved: Map<string, Record<string, string>>;
  /** Actions fetched when the job was set up: `owner/repo@ref` → folder. */
  readonly fetched: Map<string, string>;
  readonly defaults: RunDefaults;
}

/** A list of steps in execution: a job's own, or those of a composite action. */
export interface Frame {
  readonly depth: number;
  /** Before the keys of its steps: empty for the job's own, `3/` inside its fourth step. */
  readonly path: string;
  readonly inputs: JsonObject;
  readonly steps: Record<string, StepOutcome>;
  /** The calling step's environment, for composite actions. */
  readonly env: Readonly<Record<string, string>>;
  /** `github` members of this frame alone: action_path and its kin. */
  readonly github: JsonObject;
  /** Secrets are not visible inside a composite action. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What its actions run when the job ends. */
  readonly posts: PostStep[];
  failed: boolean;
}

/** What one step leaves behind. */
export interface StepResult {
  readonly outcome: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
}

/** A list of steps in a frame, and what can end them. */
export interface FrameCall {
  readonly state: JobState;
  readonly frame: Frame;
  readonly signals: StepSignals;
}

/** What runs one `uses:` or `run:` step: its definition, its evaluated parts and its signals. */
export interface StepCall extends FrameCall {
  readonly step: StepDefinition;
  /** Where the step stands, in the job: `3/0` is the first step of the composite action in its fourth. */
  readonly key: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What the action of a step has saved so far; the phases of an action write to the same record. */
export function savedState(state: JobState, key: string): Record<string, string> {
  const saved = state.saved.get(key) ?? {};
  state.saved.set(key, saved);
  return saved;
}

/** Make a job's folders, empty. Names are short: sockets below them must fit in 107 bytes. */
export async function makeFolders(
  dataDir: string,
  jobId: number,
  repository: string,
): Promise<JobFolders> {
  const root = path.join(dataDir, 'jobs', String(jobId));
  const folders = {
    root,
    workspace: path.join(root, 'work', repository),
    temp: path.join(root, 'temp'),
    home: path.join(root, 'home'),
    actions: path.join(root, 'actions'),
    toolCache: path.join(root, 'tools'),
  };
  await Promise.all(Object.values(folders).map((each) => mkdir(each, { recursive: true })));
  return folders;
}

/** Write the event's payload where GITHUB_EVENT_PATH points. */
export async function writeEvent(folders: JobFolders, payload: JsonObject): Promise<string> {
  const file = path.join(folders.temp, '_github_workflow', 'event.json');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(payload));
  return file;
}
