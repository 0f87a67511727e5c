import path from 'node:path';
import type { JsonObject } from '#model/json.ts';
import type { ActionManifest, CompositeRuns, NodeRuns } from './action-manifest.ts';
import { evaluateDeep, evaluateText } from './expression.ts';
import type { FoundAction } from './find-action.ts';
import {
  type Frame,
  type FrameCall,
  type StepCall,
  type StepResult,
  type StepSignals,
  savedState,
} from './job-state.ts';
import { runPosts } from './run-posts.ts';
import { runStepProcess } from './step-process.ts';
import { buildStepScope, toTextMap } from './step-scope.ts';
import { isObject } from './yaml-reader.ts';

/** GitHub's limit on composite actions inside composite actions. */
export const COMPOSITE_DEPTH_MAX = 10;
/** What the log says of one that goes deeper. */
export const TOO_DEEP = `expected at most ${COMPOSITE_DEPTH_MAX} composite actions inside each other`;

/** Runs a list of steps in a frame; given, because composite actions and jobs share it. */
export type RunSteps = (call: FrameCall, steps: CompositeRuns['steps']) => Promise<void>;

/** An action's call with everything that is known before its code runs. */
interface ActionCall extends StepCall {
  readonly manifest: ActionManifest;
  readonly inputs: Readonly<Record<string, string>>;
  readonly github: JsonObject;
}

/** Run a found action's main part and register what must run after the job. */
export async function runAction(
  call: StepCall,
  found: FoundAction,
  runSteps: RunSteps,
): Promise<StepResult> {
  if (found.kind === 'builtin') return found.action({ ...call, inputs: givenInputs(call) });
  const { manifest } = found;
  const action = {
    ...call,
    manifest,
    inputs: readInputs(call, manifest),
    github: frameGithub(found),
  };
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

/** An action's inputs: what the step gives, on top of the defaults of the manifest. */
export function readInputs(
  call: StepCall,
  manifest: ActionManifest,
): Readonly<Record<string, string>> {
  return { ...defaultInputs(call, manifest), ...givenInputs(call) };
}

function givenInputs(call: StepCall): Readonly<Record<string, string>> {
  const given = evaluateDeep(call.step.with, buildStepScope(call.state, call.frame, call.env));
  return toTextMap(isObject(given) ? given : {});
}

// Defaults are evaluated: they may name `github.token`, which is how actions get it.
function defaultInputs(call: StepCall, manifest: ActionManifest) {
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
    call.frame.posts.push({
      name: postName(call),
      condition: runs.postIf,
      run: async (signals) => (await phase(post, signals)).outcome,
    });
  const result = await phase(runs.main, call.signals);
  return { outcome: result.outcome, outputs: result.outputs };
}

function postName({ step, manifest }: ActionCall): string {
  return `Post ${step.name ?? `Run ${step.uses ?? manifest.name}`}`;
}

/** Run one phase (pre, main or post) of a JavaScript action in a node of its own. */
export async function runNodePhase(
  call: StepCall & Pick<ActionCall, 'manifest' | 'inputs'>,
  entry: string,
): Promise<StepResult> {
  const { state } = call;
  const saved = savedState(state, call.key);
  const result = await runStepProcess({
    state,
    frame: call.frame,
    file: state.plan.host.options.nodePath ?? process.execPath,
    args: [path.join(call.manifest.folder, entry)],
    cwd: state.folders.workspace,
    env: call.env,
    extra: { ...state.actionEnv, ...inputVariables(call.inputs), ...stateVariables(saved) },
    signals: call.signals,
  });
  Object.assign(saved, result.saved);
  return result;
}

function inputVariables(inputs: Readonly<Record<string, string>>) {
  const pairs = Object.entries(inputs).map(([name, value]) => [
    `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
    value,
  ]);
  return Object.fromEntries(pairs);
}

function stateVariables(saved: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(saved).map(([name, value]) => [`STATE_${name}`, value]));
}

/** The frame in which a composite action's steps run. */
export function compositeFrame(call: StepCall & Pick<ActionCall, 'inputs' | 'github'>): Frame {
  return {
    depth: call.frame.depth + 1,
    path: `${call.key}/`,
    inputs: call.inputs,
    steps: {},
    env: call.env,
    github: call.github,
    secrets: {},
    posts: [],
    failed: false,
  };
}

async function runComposite(
  call: ActionCall,
  runs: CompositeRuns,
  runSteps: RunSteps,
): Promise<StepResult> {
  if (call.frame.depth >= COMPOSITE_DEPTH_MAX) {
    call.state.log.fail(TOO_DEEP);
    return { outcome: 'failure', outputs: {} };
  }
  const frame = compositeFrame(call);
  await runSteps({ state: call.state, frame, signals: call.signals }, runs.steps);
  if (frame.posts.length > 0) postTogether(call, frame);
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

// What the actions inside leave for the end is one step of the job, as the action itself is.
function postTogether(call: ActionCall, frame: Frame): void {
  call.frame.posts.push({
    name: postName(call),
    condition: 'always()',
    run: (signals) => runPosts({ state: call.state, frame, signals }),
  });
}
