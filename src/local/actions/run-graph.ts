import { Fault } from '#model/fault.ts';
import type { Json, JsonObject } from '#model/json.ts';
import { valuesOf } from './environment.ts';
import { type ExpressionScope, evaluateCondition, evaluateText } from './expression.ts';
import type { GraphInput, Settled } from './graph.ts';
import { buildGithubContext } from './job-context.ts';
import { newJob, settleSkipped } from './job-record.ts';
import { runMatrix } from './run-matrix.ts';
import type { JobDefinition } from './workflow.ts';

/** Run every job of a workflow file as soon as what it needs has settled. */
export async function runGraph(input: GraphInput): Promise<ReadonlyMap<string, Settled>> {
  const { jobs } = input.scope.workflow;
  const started = new Map<string, Promise<Settled>>();
  const start = (job: JobDefinition): Promise<Settled> => {
    const known = started.get(job.id);
    if (known !== undefined) return known;
    const needed = job.needs.flatMap((need) => jobs.get(need) ?? []).map(start);
    const settled = Promise.all(needed).then(() => settleJob(input, job, started));
    started.set(job.id, settled);
    return settled;
  };
  await Promise.all([...jobs.values()].map(start));
  const pairs = [...started].map(async ([id, settled]) => [id, await settled] as const);
  return new Map(await Promise.all(pairs));
}

async function settleJob(
  input: GraphInput,
  job: JobDefinition,
  started: ReadonlyMap<string, Promise<Settled>>,
): Promise<Settled> {
  const ancestors = await settledAncestors(input, job, started);
  const github = buildGithubContext(input.host.world, input.run, input.scope);
  const scope = jobScope(input, job, ancestors, github);
  const needsKept = [...ancestors.values()].every((each) => each.kept);
  try {
    if (evaluateCondition(job.condition, scope)) {
      const cancel = cancelOf(input, job, scope);
      return await runMatrix({ input, job, scope, github, needsKept, cancel, runGraph });
    }
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    return failJob(input, job, cause.message);
  }
  settleSkipped(input, job.name === undefined ? job.id : plainName(job.name, scope));
  return { result: 'skipped', outputs: {}, kept: needsKept };
}

// When a run is cancelled each job's `if:` is asked again: one that would run even then goes on, and
// only force ends it (docs.github.com, "Workflow cancellation reference").
function cancelOf(input: GraphInput, job: JobDefinition, scope: ExpressionScope): AbortSignal {
  const afterCancel = { ...scope, success: false, failure: false, cancelled: true };
  return evaluateCondition(job.condition, afterCancel) ? input.kill : input.cancel;
}

async function settledAncestors(
  input: GraphInput,
  job: JobDefinition,
  started: ReadonlyMap<string, Promise<Settled>>,
): Promise<ReadonlyMap<string, Settled>> {
  const found = new Map<string, Settled>();
  const visit = async (ids: readonly string[]): Promise<void> => {
    for (const id of ids) {
      const settled = await started.get(id);
      if (settled === undefined || found.has(id)) continue;
      found.set(id, settled);
      await visit(input.scope.workflow.jobs.get(id)?.needs ?? []);
    }
  };
  await visit(job.needs);
  return found;
}

// success() and failure() look at every ancestor, `needs` only at the direct ones.
function jobScope(
  input: GraphInput,
  job: JobDefinition,
  ancestors: ReadonlyMap<string, Settled>,
  github: JsonObject,
): ExpressionScope {
  const results = [...ancestors.values()].map((each) => each.result);
  const cancelled = input.cancel.aborted;
  const needs = job.needs.map((id): [string, Json] => [
    id,
    { result: ancestors.get(id)?.result ?? 'skipped', outputs: ancestors.get(id)?.outputs ?? {} },
  ]);
  return {
    success: !cancelled && results.every((result) => result === 'success'),
    failure: !cancelled && results.includes('failure'),
    cancelled,
    hashFiles: () => '',
    contexts: {
      github,
      needs: Object.fromEntries(needs),
      inputs: input.inputs,
      vars: valuesOf(input.run.repository.variables),
    },
  };
}

function plainName(name: string, scope: ExpressionScope): string {
  try {
    return evaluateText(name, scope);
  } catch {
    // A skipped matrix job's name may refer to the matrix it never had.
    return name;
  }
}

// What cannot even start (a bad expression, an unknown workflow) is a failed job that says why.
function failJob(input: GraphInput, job: JobDefinition, message: string): Settled {
  const record = newJob(input, job.name ?? job.id, []);
  record.annotations.push({
    level: 'failure',
    message,
    title: null,
    path: input.scope.source.path,
    line: 1,
  });
  record.startedAt = input.host.world.now().toISOString();
  record.status = 'completed';
  record.conclusion = 'failure';
  record.completedAt = record.startedAt;
  input.host.announceJob(input.run, record, 'completed');
  return { result: 'failure', outputs: {}, kept: false };
}
