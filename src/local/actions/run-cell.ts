import type { Environment } from '#local/record/environment.ts';
import type { Json } from '#model/json.ts';
import { callWorkflow } from './call-workflow.ts';
import { enterEnvironment } from './enter-environment.ts';
import { ensureEnvironment, valuesOf } from './environment.ts';
import { evaluateDeep, evaluateText, isTruthy } from './expression.ts';
import type { Cell, GraphInput, Settled } from './graph.ts';
import { newJob, settleJobRecord } from './job-record.ts';
import type { JobPlan } from './job-state.ts';
import { DEFAULT_PERMISSIONS, intersectPermissions } from './permissions.ts';
import { type JobResult, runJob } from './run-job.ts';
import type { JobRecord } from './run-record.ts';
import type { Permissions } from './workflow.ts';
import { isObject } from './yaml-reader.ts';

/** Run one combination: a called workflow, or a job on a runner of its own. */
export async function enterCell(cell: Cell): Promise<Settled> {
  const { input, job } = cell;
  const { workflow } = input.scope;
  // Without any `permissions:` a called workflow has what its caller has; a run's own file, the default.
  const wanted = job.permissions ?? workflow.permissions ?? input.cap ?? DEFAULT_PERMISSIONS;
  const permissions = intersectPermissions(wanted, input.cap);
  if (job.uses !== undefined) return callWorkflow(cell, permissions);
  const labels = labelsOf(evaluateDeep(job.runsOn, cell.scope));
  const environment = environmentOf(cell);
  const record = newJob(input, cell.name, labels);
  if (environment !== undefined) {
    const entry = await enterEnvironment(input, record, environment, cell.cancel);
    if (entry !== 'entered') return refused(cell, record, entry);
  }
  input.host.announceJob(input.run, record, 'queued');
  const leave = await input.host.slots.take(cell.cancel);
  if (leave === undefined) return refused(cell, record, 'cancelled');
  try {
    return await runOnSlot(cell, record, permissions, environment);
  } finally {
    leave();
  }
}

function environmentOf({ input, job, scope }: Cell): Environment | undefined {
  const name = job.environment === undefined ? '' : evaluateText(job.environment, scope);
  return name === '' ? undefined : ensureEnvironment(input.host.world, input.run.repository, name);
}

function refused(cell: Cell, record: JobRecord, result: 'failure' | 'cancelled'): Settled {
  settleJobRecord(cell.input, record, result);
  return { result, outputs: {}, kept: false };
}

async function runOnSlot(
  cell: Cell,
  record: JobRecord,
  permissions: Permissions,
  environment: Environment | undefined,
): Promise<Settled> {
  const { input, job, scope } = cell;
  record.status = 'in_progress';
  record.ranOnRunner = true;
  record.startedAt = input.host.world.now().toISOString();
  input.host.announceJob(input.run, record, 'in_progress');
  const result = await runSafely(record, {
    host: input.host,
    run: input.run,
    scope: input.scope,
    job: { ...job, timeoutMinutes: evaluateDeep(job.timeoutMinutes, scope) },
    record,
    permissions,
    environment: environment?.name,
    github: cell.github,
    inputs: input.inputs,
    ...valuesFor(cell, environment),
    cancel: cell.cancel,
    kill: input.kill,
  });
  settleJobRecord(input, record, result.conclusion);
  const forgiven =
    result.conclusion === 'failure' && isTruthy(evaluateDeep(job.continueOnError, scope));
  const { conclusion, outputs } = result;
  return { result: forgiven ? 'success' : conclusion, outputs, kept: false };
}

// An environment's own values win over the repository's, and no other job sees them.
function valuesFor({ input, scope }: Cell, environment: Environment | undefined) {
  const vars = {
    ...valuesOf(input.run.repository.variables),
    ...valuesOf(environment?.variables ?? new Map()),
  };
  return {
    contexts: { ...scope.contexts, vars },
    secrets: { ...input.secrets, ...reachable(input, valuesOf(environment?.secrets ?? new Map())) },
  };
}

// In a called workflow an environment replaces the values of secrets that were passed by name, and
// adds none (actions/runner#1490).
function reachable(input: GraphInput, secrets: Readonly<Record<string, string>>) {
  if (input.inheritsSecrets) return secrets;
  const passed = new Set(Object.keys(input.secrets).map((name) => name.toUpperCase()));
  return Object.fromEntries(
    Object.entries(secrets).filter(([name]) => passed.has(name.toUpperCase())),
  );
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
