import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Fault } from '#model/fault.ts';
import { evaluateText } from './expression.ts';
import { artifactOwner } from './host.ts';
import { identityEnvironment } from './job-identity.ts';
import { openJobLog } from './job-log.ts';
import {
  type Frame,
  type JobPlan,
  type JobState,
  makeFolders,
  wantsDebug,
  writeEvent,
} from './job-state.ts';
import { noteMark } from './left-job.ts';
import { toTokenPermissions } from './permissions.ts';
import { type PreKeys, prepareActions } from './prepare-actions.ts';
import { openProcessGroups } from './process-group.ts';
import { type PostWatch, runPosts } from './run-posts.ts';
import { runPreSteps } from './run-pre.ts';
import type { Conclusion, StepRecord } from './run-record.ts';
import { runSteps, type StepWatch, stepName } from './run-steps.ts';
import { buildStepScope, evaluateEnv } from './step-scope.ts';

/** What a job ends with. */
export interface JobResult {
  readonly conclusion: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
}

// GitHub's default, and its greatest.
const TIMEOUT_MINUTES = 360;
// How long always() steps may take after a cancel before everything is killed: GitHub's five minutes.
const CANCEL_GRACE_MS = 300_000;

/** Run one job on a fresh runner: folders, token, steps, post steps, outputs; then nothing is left. */
export async function runJob(plan: JobPlan): Promise<JobResult> {
  const timeout = new AbortController();
  const kill = new AbortController();
  const cancel = AbortSignal.any([plan.cancel, timeout.signal]);
  const minutes = evaluateTimeout(plan);
  const timer = setTimeout(() => timeout.abort(), minutes * 60_000);
  let grace: NodeJS.Timeout | undefined;
  const startGrace = () => {
    grace = setTimeout(() => kill.abort(), CANCEL_GRACE_MS);
  };
  cancel.addEventListener('abort', startGrace);
  const bounded = { ...plan, cancel, kill: AbortSignal.any([plan.kill, kill.signal]) };
  const state = await openJobState(bounded);
  try {
    const result = await work(state);
    if (timeout.signal.aborted)
      state.log.fail(`The job has exceeded the maximum execution time of ${duration(minutes)}`);
    return result;
  } finally {
    cancel.removeEventListener('abort', startGrace);
    clearTimeout(timer);
    clearTimeout(grace);
    await closeJobState(state);
  }
}

function evaluateTimeout(plan: JobPlan): number {
  const { timeoutMinutes } = plan.job;
  return typeof timeoutMinutes === 'number' && timeoutMinutes > 0
    ? Math.min(timeoutMinutes, TIMEOUT_MINUTES)
    : TIMEOUT_MINUTES;
}

// `1h30m0s`, as GitHub prints it.
function duration(minutes: number): string {
  const seconds = Math.round(minutes * 60);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${h > 0 ? `${h}h` : ''}${h > 0 || m > 0 ? `${m}m` : ''}${s}s`;
}

async function work(state: JobState): Promise<JobResult> {
  const { plan, frame, log } = state;
  const signals = { cancel: plan.cancel, kill: plan.kill };
  const setup = startStep(state, 'Set up job');
  const prepared = await prepare(state);
  endStep(state, setup, frame.failed ? 'failure' : 'success');
  const call = { state, frame, signals };
  if (prepared !== undefined) {
    await runPreSteps(call, plan.job.steps, prepared, watchSteps(state, 'Pre '));
    await runSteps(call, plan.job.steps, watchSteps(state, ''));
  }
  await runPosts(call, watchPosts(state));
  endStep(state, startStep(state, 'Complete job'), 'success');
  const conclusion = plan.cancel.aborted ? 'cancelled' : frame.failed ? 'failure' : 'success';
  log.write(`Job completed with result: ${conclusion}`);
  return { conclusion, outputs: readOutputs(state) };
}

// The workflow's env, then the job's, which may refer to it; then every action is fetched.
async function prepare(state: JobState): Promise<PreKeys | undefined> {
  const { plan, frame, log } = state;
  log.write(`Runner: local, ${process.platform}; job ${plan.record.name}`);
  log.write(`GITHUB_TOKEN permissions: ${JSON.stringify(plan.permissions)}`);
  try {
    for (const env of [plan.scope.workflow.env, plan.job.env])
      Object.assign(state.env, evaluateEnv(env, buildStepScope(state, frame, state.env)));
    const prepared = await prepareActions(state);
    if (!prepared.ok) log.fail(prepared.refusal);
    if (!prepared.ok) frame.failed = true;
    return prepared.ok ? prepared.value : undefined;
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    log.fail(cause.message);
    frame.failed = true;
    return undefined;
  }
}

function watchSteps(state: JobState, prefix: string): StepWatch {
  return {
    started: (index) => {
      const step = state.plan.job.steps[index];
      return step && startStep(state, `${prefix}${stepName(state, step)}`);
    },
    ended: (record, conclusion) => endStep(state, record, conclusion),
  };
}

function watchPosts(state: JobState): PostWatch {
  return {
    around: async (post, run) => {
      const record = startStep(state, post.name);
      const conclusion = await run();
      endStep(state, record, conclusion);
      return conclusion;
    },
  };
}

// An output that holds a secret would carry it to other jobs and to the API: GitHub empties it.
function readOutputs(state: JobState): Readonly<Record<string, string>> {
  const scope = buildStepScope(state, state.frame, state.env);
  const outputs: Record<string, string> = {};
  for (const [name, template] of Object.entries(state.plan.job.outputs)) {
    const value = evaluateText(template, scope);
    if (state.log.masks.found(value)) {
      state.log.warn(`Skip output '${name}' since it may contain secret.`);
      outputs[name] = '';
    } else outputs[name] = value;
  }
  return outputs;
}

function startStep(state: JobState, name: string): StepRecord {
  const { steps } = state.plan.record;
  const record: StepRecord = {
    name: state.log.masks.hide(name),
    number: steps.length + 1,
    status: 'in_progress',
    conclusion: null,
    startedAt: state.plan.host.world.now().toISOString(),
    completedAt: null,
    logFrom: state.log.size(),
    logTo: null,
  };
  steps.push(record);
  return record;
}

function endStep(state: JobState, record: StepRecord | undefined, conclusion: Conclusion): void {
  if (record === undefined) return;
  record.status = 'completed';
  record.conclusion = conclusion;
  record.completedAt = state.plan.host.world.now().toISOString();
  record.logTo = state.log.size();
}

async function openJobState(plan: JobPlan): Promise<JobState> {
  const { host, run, record } = plan;
  const { world } = host;
  const folders = await makeFolders(world.dataDir, record.id, run.repository.name);
  const log = openJobLog({
    file: record.logFile,
    annotations: record.annotations,
    now: () => world.now(),
    isDebug: wantsDebug(plan),
  });
  const token = world.mintJobToken(run.repository.id, toTokenPermissions(plan.permissions), run.id);
  const runtimeToken = host.tokens.mint(artifactOwner(run, record));
  const identityEnv = identityEnvironment(plan);
  const secrets = { ...plan.secrets, github_token: token, GITHUB_TOKEN: token };
  const hidden = [
    ...Object.entries(secrets).flatMap(([name, value]) => (isSwitch(name) ? [] : value)),
    runtimeToken,
    identityEnv.ACTIONS_ID_TOKEN_REQUEST_TOKEN ?? '',
  ];
  for (const secret of hidden) log.masks.add(secret);
  const trackingId = `github_${randomUUID()}`;
  await noteMark(folders.root, trackingId);
  const frame: Frame = {
    depth: 0,
    path: '',
    inputs: plan.inputs,
    steps: {},
    env: {},
    github: {},
    secrets,
    posts: [],
    failed: false,
  };
  return {
    plan,
    folders,
    log,
    groups: openProcessGroups(trackingId),
    trackingId,
    github: {
      ...plan.github,
      token,
      job: plan.job.id,
      workspace: folders.workspace,
      event_path: await writeEvent(folders, run.payload),
    },
    token,
    actionEnv: {
      ACTIONS_RUNTIME_TOKEN: runtimeToken,
      ACTIONS_RUNTIME_URL: `${world.urls.origin}/`,
      ACTIONS_RESULTS_URL: `${world.urls.origin}/`,
    },
    identityEnv,
    env: {},
    paths: [],
    frame,
    saved: new Map(),
    fetched: new Map(),
    defaults: {
      shell: plan.job.defaults.shell ?? plan.scope.workflow.defaults.shell,
      workingDirectory:
        plan.job.defaults.workingDirectory ?? plan.scope.workflow.defaults.workingDirectory,
    },
  };
}

// Secrets that only switch debugging on: hiding "true" everywhere would help nobody.
function isSwitch(name: string): boolean {
  return /^ACTIONS_(STEP|RUNNER)_DEBUG$/i.test(name);
}

async function closeJobState(state: JobState): Promise<void> {
  const { plan, folders } = state;
  const { host, record } = plan;
  await state.groups.end();
  host.world.revokeJobToken(state.token);
  host.tokens.revoke(state.actionEnv.ACTIONS_RUNTIME_TOKEN ?? '');
  host.issuer.end(record.id);
  await state.log.close();
  if (host.options.keepWorkspaces !== true)
    await rm(folders.root, { recursive: true, force: true, maxRetries: 3 });
}
