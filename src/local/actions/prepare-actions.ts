import { ok, type Result, refuse } from '#model/result.ts';
import { evaluateCondition, evaluateDeep } from './expression.ts';
import { findAction } from './find-action.ts';
import type { JobState } from './job-state.ts';
import { defaultInputs, frameGithub, runNodePhase, type SavedState } from './run-action.ts';
import { buildStepScope, evaluateEnv, toTextMap } from './step-scope.ts';
import type { StepDefinition } from './workflow.ts';
import { isObject } from './yaml-reader.ts';

/** What the set-up of a job's actions leaves for its steps. */
export interface Prepared {
  /** State saved by `pre` phases, by the step's position. */
  readonly saved: Readonly<Record<number, SavedState>>;
}

/**
 * Fetch every action of the job before its first step, as GitHub does: a name that does not resolve
 * fails the job before any of its code has run. Then run the `pre` phases.
 */
export async function prepareActions(state: JobState): Promise<Result<Prepared, string>> {
  const saved: Record<number, SavedState> = {};
  const steps = [...state.plan.job.steps.entries()];
  for (const [, step] of steps) {
    if (step.uses === undefined || step.uses.startsWith('./')) continue;
    const found = await findAction(state, step.uses);
    if (!found.ok) return found;
  }
  for (const [index, step] of steps) {
    const kept: SavedState = {};
    saved[index] = kept;
    if (!(await runPre(state, step, kept)))
      return refuse(`the pre step of ${step.uses ?? ''} failed`);
  }
  return ok({ saved });
}

async function runPre(state: JobState, step: StepDefinition, saved: SavedState): Promise<boolean> {
  // A local action does not exist before the checkout, so its `pre` never runs.
  if (step.uses === undefined || step.uses.startsWith('./')) return true;
  const found = await findAction(state, step.uses);
  if (!found.ok || found.value.kind !== 'manifest') return true;
  const { manifest } = found.value;
  if (manifest.runs.kind !== 'node' || manifest.runs.pre === undefined) return true;
  const { plan } = state;
  const frame = { ...state.frame, github: frameGithub(found.value) };
  const env = { ...state.env, ...evaluateEnv(step.env, buildStepScope(state, frame, state.env)) };
  const scope = buildStepScope(state, frame, env);
  if (!evaluateCondition(manifest.runs.preIf, scope)) return true;
  const signals = { cancel: plan.cancel, kill: plan.kill };
  const call = { state, frame, step, env, signals };
  const given = evaluateDeep(step.with, scope);
  const inputs = { ...defaultInputs(call, manifest), ...toTextMap(isObject(given) ? given : {}) };
  const result = await runNodePhase({ ...call, manifest, inputs, saved }, manifest.runs.pre);
  return result.outcome === 'success';
}
