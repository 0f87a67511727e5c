import { Fault } from '#model/fault.ts';
import type { Json } from '#model/json.ts';
import { evaluateCondition, evaluateDeep, evaluateText, isTruthy } from './expression.ts';
import { findAction } from './find-action.ts';
import type { FrameCall, JobState, StepCall, StepResult } from './job-state.ts';
import { runAction } from './run-action.ts';
import type { Conclusion, StepRecord } from './run-record.ts';
import { runScript } from './run-script.ts';
import { buildStepScope, evaluateEnv } from './step-scope.ts';
import type { StepDefinition } from './workflow.ts';

// GitHub's default for a job and a step.
const TIMEOUT_MINUTES = 360;

/** Told when a step of the job itself starts and ends; steps of composite actions are not listed. */
export interface StepWatch {
  readonly started: (index: number) => StepRecord | undefined;
  readonly ended: (record: StepRecord | undefined, conclusion: Conclusion) => void;
}

const UNWATCHED: StepWatch = { started: () => undefined, ended: () => {} };

/** Run steps one after another; a failure is remembered and later steps decide by their `if:`. */
export async function runSteps(
  call: FrameCall,
  steps: readonly StepDefinition[],
  watch: StepWatch = UNWATCHED,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (call.signals.kill.aborted) return;
    const record = watch.started(index);
    const conclusion = await runOne(call, step, index);
    watch.ended(record, conclusion);
  }
}

async function runOne(call: FrameCall, step: StepDefinition, index: number): Promise<Conclusion> {
  const { state, frame } = call;
  const id = step.id ?? `__step_${index}`;
  const key = `${frame.path}${index}`;
  const env = { ...state.env, ...frame.env };
  let result: StepResult;
  let forgiven = false;
  try {
    if (!evaluateCondition(step.condition, buildStepScope(state, frame, env))) {
      frame.steps[id] = { outputs: {}, outcome: 'skipped', conclusion: 'skipped' };
      return 'skipped';
    }
    const named = { ...frame, github: { ...frame.github, action: id } };
    const own = evaluateEnv(step.env, buildStepScope(state, named, env));
    const full = { ...env, ...own };
    const scope = buildStepScope(state, named, full);
    forgiven = isTruthy(evaluateDeep(step.continueOnError, scope));
    const minutes = evaluateDeep(step.timeoutMinutes, scope);
    result = await runTimed({ ...call, frame: named, step, key, env: full }, minutes);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    state.log.fail(cause.message);
    result = { outcome: 'failure', outputs: {} };
  }
  const conclusion = result.outcome === 'failure' && forgiven ? 'success' : result.outcome;
  frame.steps[id] = { outputs: result.outputs, outcome: result.outcome, conclusion };
  if (conclusion === 'failure') frame.failed = true;
  return conclusion;
}

// After a cancel the steps that still run (always(), cancelled()) must not be stopped by the same
// signal again: only the kill ends them.
async function runTimed(call: StepCall, minutes: Json): Promise<StepResult> {
  const limit = typeof minutes === 'number' && minutes > 0 ? minutes : TIMEOUT_MINUTES;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), limit * 60_000);
  const outer = call.signals.cancel.aborted ? [] : [call.signals.cancel];
  const cancel = AbortSignal.any([timeout.signal, ...outer]);
  try {
    const result = await dispatch({ ...call, signals: { ...call.signals, cancel } });
    if (timeout.signal.aborted) {
      const name = stepName(call.state, call.step);
      call.state.log.fail(`The action '${name}' has timed out after ${limit} minutes.`);
      return { ...result, outcome: 'failure' };
    }
    // Steps of a composite action end with the step that uses it, which says so.
    if (result.outcome === 'cancelled' && call.frame.depth === 0)
      call.state.log.fail('The operation was canceled.');
    return result;
  } finally {
    clearTimeout(timer);
  }
}

async function dispatch(call: StepCall): Promise<StepResult> {
  const { uses } = call.step;
  if (uses === undefined) return runScript(call);
  const found = await findAction(call.state, uses);
  if (!found.ok) {
    call.state.log.fail(found.refusal);
    return { outcome: 'failure', outputs: {} };
  }
  call.state.log.write(`##[group]Run ${uses}`);
  call.state.log.write('##[endgroup]');
  return runAction(call, found.value, runSteps);
}

/** What a step is called in lists: its name, or `Run` and what it runs. */
export function stepName(state: JobState, step: StepDefinition): string {
  const first = (step.run ?? step.uses ?? '').trim().split('\n', 1)[0] ?? '';
  const written = step.name ?? `Run ${first}`;
  try {
    return evaluateText(written, buildStepScope(state, state.frame, state.env));
  } catch {
    // A name that cannot be evaluated yet is shown as written, as GitHub does.
    return written;
  }
}
