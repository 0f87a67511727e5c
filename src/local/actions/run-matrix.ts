import { Fault } from '#model/fault.ts';
import type { JsonObject } from '#model/json.ts';
import { type ExpressionScope, evaluateDeep, evaluateText, isTruthy } from './expression.ts';
import type { Cell, ReadyJob, Settled } from './graph.ts';
import { carryJobs, newJob, settleJobRecord } from './job-record.ts';
import { expandMatrix, matrixSuffix } from './matrix.ts';
import { enterCell } from './run-cell.ts';
import { openSlots } from './slots.ts';
import type { JobDefinition } from './workflow.ts';
import { isObject } from './yaml-reader.ts';

/** Run a job once for each combination of its matrix and gather the results as one. */
export async function runMatrix(ready: ReadyJob): Promise<Settled> {
  const { job, scope } = ready;
  const strategy = evaluateDeep(job.strategy, scope);
  const settings: JsonObject = isObject(strategy) ? strategy : {};
  const cells = expandMatrix(settings.matrix);
  if (!cells.ok) throw new Fault('LOCAL_GITHUB', cells.refusal);
  const failFast = new AbortController();
  const total = cells.value.length;
  const limit = Number(settings['max-parallel']);
  const atOnce = limit > 0 ? limit : Math.max(total, 1);
  const slots = openSlots(atOnce);
  const isFailFast = settings['fail-fast'] !== false;
  const common = { 'fail-fast': isFailFast, 'job-total': total, 'max-parallel': atOnce };
  const run = async (matrix: JsonObject, index: number) => {
    const cancel = AbortSignal.any([ready.cancel, failFast.signal]);
    const leave = await slots.take(cancel);
    const own = withMatrix(scope, matrix, { ...common, 'job-index': index });
    try {
      const name = nameOf(job, own, matrix);
      const settled = await runCell({ ...ready, scope: own, matrix, name, cancel });
      if (settled.result === 'failure' && isFailFast) failFast.abort();
      return settled;
    } finally {
      leave?.();
    }
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
  return { result: worst ?? 'skipped', outputs, kept: all.every((each) => each.kept) };
}

async function runCell(cell: Cell): Promise<Settled> {
  const { run, prefix } = cell.input;
  const name = `${prefix}${cell.name}`;
  const known = cell.needsKept ? run.kept[name] : undefined;
  if (known !== undefined) {
    carryJobs(cell.input, name);
    return { ...known, kept: true };
  }
  const settled = await limitCell(cell);
  const { result, outputs } = settled;
  run.results[name] = { result, outputs };
  return settled;
}

async function limitCell(cell: Cell): Promise<Settled> {
  const { input, job } = cell;
  if (job.concurrency === undefined) return enterCell(cell);
  const group = evaluateText(job.concurrency.group, cell.scope);
  const stop = new AbortController();
  const leave = await input.host.groups.enter({
    group: `${input.run.repository.id}/${group}`,
    cancelInProgress: isTruthy(evaluateDeep(job.concurrency.cancelInProgress, cell.scope)),
    queue: job.concurrency.queue,
    cancel: () => stop.abort(),
    signal: cell.cancel,
  });
  if (leave === undefined) return cancelled(cell);
  try {
    return await enterCell({ ...cell, cancel: AbortSignal.any([cell.cancel, stop.signal]) });
  } finally {
    leave();
  }
}

function cancelled(cell: Cell): Settled {
  settleJobRecord(cell.input, newJob(cell.input, cell.name, []), 'cancelled');
  return { result: 'cancelled', outputs: {}, kept: false };
}
