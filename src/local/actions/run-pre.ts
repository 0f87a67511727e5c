import { Fault } from '#model/fault.ts';
import { evaluateCondition } from './expression.ts';
import { findAction } from './find-action.ts';
import type { FrameCall, StepCall } from './job-state.ts';
import type { PreKeys } from './prepare-actions.ts';
import { compositeFrame, frameGithub, readInputs, runNodePhase } from './run-action.ts';
import type { Conclusion } from './run-record.ts';
import type { StepWatch } from './run-steps.ts';
import { buildStepScope, evaluateEnv } from './step-scope.ts';
import type { StepDefinition } from './workflow.ts';

/**
 * Run the `pre` phases of a list of steps, before its first step; inside a composite action, those of
 * its own steps. One that fails fails the job: later steps decide by their `if:`.
 */
export async function runPreSteps(
  call: FrameCall,
  steps: readonly StepDefinition[],
  keys: PreKeys,
  watch?: StepWatch,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    const key = `${call.frame.path}${index}`;
    if (!keys.has(key) || call.signals.kill.aborted) continue;
    const record = watch?.started(index);
    const conclusion = await runPreSafely(call, step, key, keys);
    if (conclusion === 'failure') call.frame.failed = true;
    watch?.ended(record, conclusion);
  }
}

async function runPreSafely(
  call: FrameCall,
  step: StepDefinition,
  key: string,
  keys: PreKeys,
): Promise<Conclusion> {
  try {
    return await runPre(call, step, key, keys);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    call.state.log.fail(cause.message);
    return 'failure';
  }
}

async function runPre(
  call: FrameCall,
  step: StepDefinition,
  key: string,
  keys: PreKeys,
): Promise<Conclusion> {
  const { state, frame } = call;
  const found = await findAction(state, step.uses ?? '');
  if (!found.ok || found.value.kind !== 'manifest') return 'skipped';
  const { manifest } = found.value;
  const outer = { ...state.env, ...frame.env };
  const env = { ...outer, ...evaluateEnv(step.env, buildStepScope(state, frame, outer)) };
  const github = frameGithub(found.value);
  const own: StepCall = { ...call, step, key, env };
  const action = { ...own, manifest, inputs: readInputs(own, manifest), github };
  const { runs } = manifest;
  if (runs.kind === 'composite') {
    const inner = compositeFrame(action);
    await runPreSteps({ ...call, frame: inner }, runs.steps, keys);
    return inner.failed ? 'failure' : 'success';
  }
  const scope = buildStepScope(state, state.frame, env);
  if (runs.pre === undefined || !evaluateCondition(runs.preIf, scope)) return 'skipped';
  const phase = { ...action, frame: { ...frame, github: { ...frame.github, ...github } } };
  return (await runNodePhase(phase, runs.pre)).outcome;
}
