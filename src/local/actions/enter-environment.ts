import type { Environment } from '#local/record/environment.ts';
import { refuseBranch } from './environment.ts';
import type { Decision } from './gate.ts';
import type { GraphInput } from './graph.ts';
import { openJobLog } from './job-log.ts';
import type { JobRecord, RunRecord } from './run-record.ts';

const REJECTED = "The deployment was rejected or didn't satisfy other protection rules.";

/** Whether a job may go on into its environment, or with what it ends instead. */
export type Entry = 'entered' | 'failure' | 'cancelled';

/**
 * Hold a job to its environment's rules: branch policy first, then reviewers and wait timer, both of
 * which must be passed. A refusal is in the job's log.
 */
export async function enterEnvironment(
  input: GraphInput,
  record: JobRecord,
  environment: Environment,
  cancel: AbortSignal,
): Promise<Entry> {
  const refusal = refuseBranch(environment, input.run);
  if (refusal !== undefined) return refuse(input, record, [refusal, REJECTED]);
  if (environment.reviewers.length === 0 && environment.waitMinutes === 0) return 'entered';
  const { host, run } = input;
  const since = host.world.now().toISOString();
  run.pending = [...run.pending, { jobId: record.id, environmentId: environment.id, since }];
  setStatus(input, record, 'waiting');
  host.announceJob(run, record, 'waiting');
  const decision = await waitForBoth(input, record, environment, cancel);
  run.pending = run.pending.filter((each) => each.jobId !== record.id);
  setStatus(input, record, 'queued');
  if (decision === 'rejected') return refuse(input, record, [REJECTED]);
  return decision === 'approved' ? 'entered' : 'cancelled';
}

// A run waits while one of its jobs does.
function setStatus(input: GraphInput, record: JobRecord, status: 'waiting' | 'queued'): void {
  const { run, host } = input;
  record.status = status;
  const next: RunRecord['status'] = run.pending.length > 0 ? 'waiting' : 'in_progress';
  run.status = next;
  run.updatedAt = host.world.now().toISOString();
}

async function waitForBoth(
  input: GraphInput,
  record: JobRecord,
  environment: Environment,
  cancel: AbortSignal,
): Promise<Decision> {
  const { gates } = input.host;
  const timer = waitTimer(environment.waitMinutes, cancel);
  if (environment.reviewers.length === 0) return timer;
  const decision = await gates.wait(record.id, cancel);
  return decision === 'approved' ? timer : decision;
}

function waitTimer(minutes: number, cancel: AbortSignal): Promise<Decision> {
  return new Promise((resolve) => {
    const end = (decision: Decision) => {
      clearTimeout(timer);
      cancel.removeEventListener('abort', giveUp);
      resolve(decision);
    };
    const giveUp = () => end('gone');
    const timer = setTimeout(() => end('approved'), minutes * 60_000);
    if (cancel.aborted) giveUp();
    else cancel.addEventListener('abort', giveUp, { once: true });
  });
}

async function refuse(
  input: GraphInput,
  record: JobRecord,
  lines: readonly string[],
): Promise<Entry> {
  const { world } = input.host;
  const { logFile: file, annotations } = record;
  const log = openJobLog({ file, annotations, now: () => world.now(), isDebug: false });
  for (const line of lines) log.fail(line);
  await log.close();
  return 'failure';
}
