import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Json, JsonObject } from '#model/json.ts';
import { type ExpressionScope, evaluateDeep } from './expression.ts';
import { type Frame, type JobState, wantsDebug } from './job-state.ts';
import { isObject } from './yaml-reader.ts';

// hashFiles reads every match into the hash: more than this is a pattern that caught too much.
const HASHED_FILES_MAX = 10_000;

/** What a step's expressions see. `env` is the environment the step itself will get. */
export function buildStepScope(
  state: JobState,
  frame: Frame,
  env: Readonly<Record<string, string>>,
): ExpressionScope {
  const { plan } = state;
  const cancelled = plan.cancel.aborted;
  return {
    success: !frame.failed && !cancelled,
    failure: frame.failed && !cancelled,
    cancelled,
    hashFiles: (patterns) => hashFiles(state.folders.workspace, patterns),
    contexts: {
      ...plan.contexts,
      github: { ...state.github, ...frame.github },
      env,
      inputs: frame.inputs,
      secrets: frame.secrets,
      steps: stepsContext(frame),
      job: jobContext(state, frame, cancelled),
      runner: runnerContext(state),
    },
  };
}

/** Evaluate an `env:` mapping to text; members that are not plain values are dropped. */
export function evaluateEnv(env: Json, scope: ExpressionScope): Readonly<Record<string, string>> {
  const value = evaluateDeep(env, scope);
  return isObject(value) ? toTextMap(value) : {};
}

/** Every member as text: what an environment or `with:` carries. */
export function toTextMap(value: JsonObject): Readonly<Record<string, string>> {
  const pairs = Object.entries(value).map(([name, each]): [string, string] => [
    name,
    each === null ? '' : typeof each === 'object' ? JSON.stringify(each) : String(each),
  ]);
  return Object.fromEntries(pairs);
}

/** `runner`: what the machine is. */
export function runnerContext(state: JobState): JsonObject {
  return {
    name: 'local-runner',
    os: { linux: 'Linux', darwin: 'macOS', win32: 'Windows' }[String(process.platform)] ?? 'Linux',
    arch: { x64: 'X64', arm64: 'ARM64', arm: 'ARM', ia32: 'X86' }[String(process.arch)] ?? 'X64',
    temp: state.folders.temp,
    tool_cache: state.folders.toolCache,
    workspace: path.dirname(state.folders.workspace),
    environment: runnerEnvironment(state.plan.record.labels),
    debug: wantsDebug(state.plan) ? '1' : '',
  };
}

/** What a job's labels ask for: anything but `self-hosted` stands for GitHub's own machines. */
export function runnerEnvironment(labels: readonly string[]): 'github-hosted' | 'self-hosted' {
  return labels.includes('self-hosted') ? 'self-hosted' : 'github-hosted';
}

function stepsContext(frame: Frame): JsonObject {
  const pairs = Object.entries(frame.steps).map(([id, step]): [string, JsonObject] => [
    id,
    { outputs: step.outputs, outcome: step.outcome, conclusion: step.conclusion },
  ]);
  return Object.fromEntries(pairs);
}

function jobContext(state: JobState, frame: Frame, cancelled: boolean): JsonObject {
  const { source } = state.plan.scope;
  const { world } = state.plan.host;
  return {
    status: cancelled ? 'cancelled' : frame.failed ? 'failure' : 'success',
    check_run_id: state.plan.record.id,
    workflow_ref: `${world.fullName(source.repository)}/${source.path}@${source.ref}`,
    workflow_sha: source.sha,
    workflow_repository: world.fullName(source.repository),
    workflow_file_path: source.path,
  };
}

// The order of the matches decides the hash, so they are sorted.
function hashFiles(workspace: string, patterns: readonly string[]): string {
  const keep = patterns.filter((each) => !each.startsWith('!'));
  const drop = patterns.filter((each) => each.startsWith('!')).map((each) => each.slice(1));
  const files = globSync([...keep], { cwd: workspace, exclude: drop })
    .sort()
    .slice(0, HASHED_FILES_MAX)
    .map((name) => path.join(workspace, name))
    .filter((file) => file.startsWith(workspace + path.sep) && statSync(file).isFile());
  if (files.length === 0) return '';
  const whole = createHash('sha256');
  for (const file of files) whole.update(createHash('sha256').update(readFileSync(file)).digest());
  return whole.digest('hex');
}
