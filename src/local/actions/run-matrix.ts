import { Fault } from '#model/fault.ts';
import type { Json, JsonObject } from '#model/json.ts';
import { callWorkflow } from './call-workflow.ts';
import { type ExpressionScope, evaluateDeep, evaluateText, isTruthy } from './expression.ts';
import type { GraphInput, RunGraph, Settled } from './graph.ts';
import { newJob, settleJobRecord } from './job-record.ts';
import type { JobPlan } from './job-state.ts';
import { expandMatrix, matrixSuffix } from './matrix.ts';
import { DEFAULT_PERMISSIONS, intersectPermissions } from './permissions.ts';
import { type JobResult, runJob } from './run-job.ts';
import type { JobRecord } from './run-record.ts';
import { openSlots } from './slots.ts';
import type { JobDefinition } from './workflow.ts';
import { isObject } from './yaml-reader.ts';

/** A job whose `if:` was true. */
export interface ReadyJob {
  readonly input: GraphInput;
  readonly job: JobDefinition;
  readonly scope: ExpressionScope;
  readonly github: JsonObject;
  readonly runGraph: RunGraph;
}

/** One combination of the matrix, or the job itself when it has none. */
export interface Cell extends ReadyJob {
  readonly matrix: JsonObject;
  readonly name: string;
  readonly cancel: AbortSignal;
}

/** Run a job once for each combination of its matrix and gather the results as one. */
export async function runMatrix(ready: ReadyJob): Promise<Settled> {
  const { input, job, scope } = ready;
  const strategy = evaluateDeep(job.strategy, scope);
  const settings: JsonObject = isObject(strategy) ? strategy : {};
  const cells = expandMatrix(settings.matrix);
  if (!cells.ok) throw new Fault('LOCAL_GITHUB', cells.refusal);
  const failFast = new AbortController();
  const limit = Number(settings['max-parallel']);
  const slots = openSlots(limit > 0 ? limit : Math.max(cells.value.length, 1));
  const run = async (matrix: JsonObject, index: number) => {
    const cancel = AbortSignal.any([input.cancel, failFast.signal]);
    const leave = await slots.take(cancel);
    const strategyContext = { 'job-index': index, 'job-total': cells.value.length };
    const settled = await runCell({
      ...ready,
      scope: withMatrix(scope, matrix, { 'fail-fast': true, ...strategyContext }),
      matrix,
      name: nameOf(job, withMatrix(scope, matrix, strategyContext), matrix),
      cancel,
    });
    leave?.();
    if (settled.result === 'failure' && settings['fail-fast'] !== false) failFast.abort();
    return settled;
  };
  return gather(await Promise.all(cells.value.map(run)));
}

function withMatrix(scope: ExpressionScope, matrix: JsonObject, strategy: JsonObject) {
  return { ...scope, contexts: { ...scope.contexts, matrix, strategy } };
}

function nameOf(job: JobDefinition, scope: ExpressionScope, matrix: JsonObject): string {
  return job.name === undefined
    ? `${job.id}${matrixSuffix(matrix)}`
    : evaluateText(job.name, scope);
}

// Outputs of several combinations are merged; one that set a value is not undone by one that did not.
function gather(all: readonly Settled[]): Settled {
  const results = all.map((each) => each.result);
  const outputs: Record<string, string> = {};
  for (const [name, value] of all.flatMap((each) => Object.entries(each.outputs))) {
    if (value !== '' || outputs[name] === undefined) outputs[name] = value;
  }
  const worst = (['failure', 'cancelled', 'success'] as const).find((r) => results.includes(r));
  return { result: worst ?? 'skipped', outputs };
}

async function runCell(cell: Cell): Promise<Settled> {
  const { input, job } = cell;
  if (job.concurrency === undefined) return enterCell(cell);
  const group = evaluateText(job.concurrency.group, cell.scope);
  const stop = new AbortController();
  const leave = await input.host.groups.enter(
    `${input.run.repository.id}/${group}`,
    isTruthy(evaluateDeep(job.concurrency.cancelInProgress, cell.scope)),
    () => stop.abort(),
    cell.cancel,
  );
  if (leave === undefined) return cancelled(cell);
  try {
    return await enterCell({ ...cell, cancel: AbortSignal.any([cell.cancel, stop.signal]) });
  } finally {
    leave();
  }
}

function cancelled(cell: Cell): Settled {
  settleJobRecord(cell.input, newJob(cell.input, cell.name, []), 'cancelled');
  return { result: 'cancelled', outputs: {} };
}

async function enterCell(cell: Cell): Promise<Settled> {
  const { input, job } = cell;
  const { workflow } = input.scope;
  // Without any `permissions:` a called workflow has what its caller has; a run's own file, the default.
  const wanted = job.permissions ?? workflow.permissions ?? input.cap ?? DEFAULT_PERMISSIONS;
  const permissions = intersectPermissions(wanted, input.cap);
  if (job.uses !== undefined) return callWorkflow(cell, permissions);
  const labels = labelsOf(evaluateDeep(job.runsOn, cell.scope));
  const record = newJob(input, cell.name, labels);
  input.host.announceJob(input.run, record, 'queued');
  const leave = await input.host.slots.take(cell.cancel);
  if (leave === undefined) {
    settleJobRecord(input, record, 'cancelled');
    return { result: 'cancelled', outputs: {} };
  }
  try {
    return await runOnSlot(cell, record, permissions);
  } finally {
    leave();
  }
}

async function runOnSlot(
  cell: Cell,
  record: JobRecord,
  permissions: ReturnType<typeof intersectPermissions>,
): Promise<Settled> {
  const { input, job, scope } = cell;
  record.status = 'in_progress';
  record.ranOnRunner = true;
  record.startedAt = input.host.world.now().toISOString();
  input.host.announceJob(input.run, record, 'in_progress');
  const environment = job.environment === undefined ? '' : evaluateText(job.environment, scope);
  const result = await runSafely(record, {
    host: input.host,
    run: input.run,
    scope: input.scope,
    job: { ...job, timeoutMinutes: evaluateDeep(job.timeoutMinutes, scope) },
    record,
    permissions,
    environment: environment === '' ? undefined : environment,
    github: cell.github,
    inputs: input.inputs,
    contexts: scope.contexts,
    secrets: input.secrets,
    cancel: cell.cancel,
    kill: input.kill,
  });
  settleJobRecord(input, record, result.conclusion);
  const forgiven =
    result.conclusion === 'failure' && isTruthy(evaluateDeep(job.continueOnError, scope));
  return { result: forgiven ? 'success' : result.conclusion, outputs: result.outputs };
}

// A runner that breaks (a full disk, an output that is no expression) fails its job and says why,
// as a lost runner does on GitHub; the jobs beside it go on.
async function runSafely(record: JobRecord, plan: JobPlan): Promise<JobResult> {
  try {
    return await runJob(plan);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const path = plan.scope.source.path;
    record.annotations.push({ level: 'failure', message, title: null, path, line: 1 });
    return { conclusion: 'failure', outputs: {} };
  }
}

function labelsOf(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  return isObject(value) ? labelsOf(value.labels ?? []) : [String(value)];
}
