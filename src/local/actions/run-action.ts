import path from 'node:path';
import type { JsonObject } from '#model/json.ts';
import type { ActionManifest, CompositeRuns, NodeRuns } from './action-manifest.ts';
import { evaluateDeep, evaluateText } from './expression.ts';
import type { FoundAction } from './find-action.ts';
import type { Frame, StepCall, StepResult, StepSignals } from './job-state.ts';
import { runStepProcess } from './step-process.ts';
import { buildStepScope, toTextMap } from './step-scope.ts';
import { isObject } from './yaml-reader.ts';

/** Runs a list of steps in a frame; given, because composite actions and jobs share it. */
export type RunSteps = (
  call: Pick<StepCall, 'state' | 'frame' | 'signals'>,
  steps: CompositeRuns['steps'],
) => Promise<void>;

// GitHub's limit on composite actions inside composite actions.
const DEPTH_MAX = 10;

/** State saved by an action's earlier phases, for the later ones. */
export type SavedState = Record<string, string>;

/** An action's call with everything that is known before its code runs. */
interface ActionCall extends StepCall {
  readonly manifest: ActionManifest;
  readonly inputs: Readonly<Record<string, string>>;
  readonly github: JsonObject;
  readonly saved: SavedState;
}

/** Run a found action's main part and register what must run after the job. */
export async function runAction(
  call: StepCall,
  found: FoundAction,
  saved: SavedState,
  runSteps: RunSteps,
): Promise<StepResult> {
  const scope = buildStepScope(call.state, call.frame, call.env);
  const given = evaluateDeep(call.step.with, scope);
  const inputs = toTextMap(isObject(given) ? given : {});
  if (found.kind === 'builtin') return found.action({ ...call, inputs });
  const { manifest } = found;
  const complete = { ...defaultInputs(call, manifest), ...inputs };
  const action = { ...call, manifest, inputs: complete, github: frameGithub(found), saved };
  return manifest.runs.kind === 'composite'
    ? runComposite(action, manifest.runs, runSteps)
    : runNode(action, manifest.runs);
}

/** `github` members that only the action's own steps see. */
export function frameGithub(found: FoundAction & { kind: 'manifest' }): JsonObject {
  return {
    action_path: found.manifest.folder,
    action_repository: found.repository,
    action_ref: found.ref,
  };
}

/** The inputs' defaults, evaluated: they may name `github.token`, which is how actions get it. */
export function defaultInputs(
  call: Pick<StepCall, 'state' | 'frame' | 'env'>,
  manifest: ActionManifest,
): Readonly<Record<string, string>> {
  const scope = buildStepScope(call.state, call.frame, call.env);
  const pairs = Object.entries(manifest.inputs).map(([name, value]): [string, string] => [
    name,
    value === undefined || value === null ? '' : evaluateText(String(value), scope),
  ]);
  return Object.fromEntries(pairs);
}

async function runNode(call: ActionCall, runs: NodeRuns): Promise<StepResult> {
  const frame: Frame = { ...call.frame, github: { ...call.frame.github, ...call.github } };
  const phase = (entry: string, signals: StepSignals) =>
    runNodePhase({ ...call, frame, signals }, entry);
  const { post } = runs;
  if (post !== undefined)
    call.state.posts.push({
      name: `Post ${call.step.name ?? `Run ${call.step.uses ?? call.manifest.name}`}`,
      condition: runs.postIf,
      run: async (signals) => (await phase(post, signals)).outcome,
    });
  const result = await phase(runs.main, call.signals);
  return { outcome: result.outcome, outputs: result.outputs };
}

/** Run one phase (pre, main or post) of a JavaScript action in a node of its own. */
export async function runNodePhase(
  call: StepCall & Pick<ActionCall, 'manifest' | 'inputs' | 'saved'>,
  entry: string,
): Promise<StepResult> {
  const { state } = call;
  const result = await runStepProcess({
    state,
    frame: call.frame,
    file: state.plan.host.options.nodePath ?? process.execPath,
    args: [path.join(call.manifest.folder, entry)],
    cwd: state.folders.workspace,
    env: call.env,
    extra: { ...state.actionEnv, ...inputVariables(call.inputs), ...stateVariables(call.saved) },
    signals: call.signals,
  });
  Object.assign(call.saved, result.saved);
  return result;
}

function inputVariables(inputs: Readonly<Record<string, string>>) {
  const pairs = Object.entries(inputs).map(([name, value]) => [
    `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
    value,
  ]);
  return Object.fromEntries(pairs);
}

function stateVariables(saved: SavedState) {
  return Object.fromEntries(Object.entries(saved).map(([name, value]) => [`STATE_${name}`, value]));
}

async function runComposite(
  call: ActionCall,
  runs: CompositeRuns,
  runSteps: RunSteps,
): Promise<StepResult> {
  if (call.frame.depth >= DEPTH_MAX) {
    call.state.log.fail(`expected at most ${DEPTH_MAX} composite actions inside each other`);
    return { outcome: 'failure', outputs: {} };
  }
  const frame: Frame = {
    depth: call.frame.depth + 1,
    inputs: call.inputs,
    steps: {},
    env: call.env,
    github: call.github,
    secrets: {},
    failed: false,
  };
  await runSteps({ state: call.state, frame, signals: call.signals }, runs.steps);
  const scope = buildStepScope(call.state, frame, call.env);
  const outputs = Object.entries(runs.outputs).map(([name, value]): [string, string] => [
    name,
    evaluateText(value, scope),
  ]);
  const stopped = call.signals.cancel.aborted;
  return {
    outcome: stopped ? 'cancelled' : frame.failed ? 'failure' : 'success',
    outputs: Object.fromEntries(outputs),
  };
}
