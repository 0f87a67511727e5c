import { ok, type Result, refuse } from '#model/result.ts';
import { findAction } from './find-action.ts';
import type { JobState } from './job-state.ts';
import { COMPOSITE_DEPTH_MAX, TOO_DEEP } from './run-action.ts';
import type { StepDefinition } from './workflow.ts';

/** The keys of the steps whose actions, or those inside them, have a `pre` phase. */
export type PreKeys = ReadonlySet<string>;

/**
 * Fetch every action of the job before its first step, those inside composite actions with them, as
 * GitHub does: a name that does not resolve fails the job before any of its code has run. Actions of
 * the workspace are left out: they do not exist before the checkout, so their `pre` never runs.
 */
export async function prepareActions(state: JobState): Promise<Result<PreKeys, string>> {
  const found = await prepareSteps(state, state.plan.job.steps, '', 0);
  return found.ok ? ok(new Set(found.value)) : found;
}

async function prepareSteps(
  state: JobState,
  steps: readonly StepDefinition[],
  path: string,
  depth: number,
): Promise<Result<readonly string[], string>> {
  if (depth > COMPOSITE_DEPTH_MAX) return refuse(TOO_DEEP);
  const keys: string[] = [];
  for (const [index, { uses }] of steps.entries()) {
    if (uses === undefined || uses.startsWith('./')) continue;
    const found = await findAction(state, uses);
    if (!found.ok) return found;
    if (found.value.kind !== 'manifest') continue;
    const { runs } = found.value.manifest;
    const key = `${path}${index}`;
    if (runs.kind === 'node' && runs.pre !== undefined) keys.push(key);
    if (runs.kind === 'node') continue;
    const inner = await prepareSteps(state, runs.steps, `${key}/`, depth + 1);
    if (!inner.ok) return inner;
    if (inner.value.length > 0) keys.push(key, ...inner.value);
  }
  return ok(keys);
}
