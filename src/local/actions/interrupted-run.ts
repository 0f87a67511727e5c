import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ActionsHost } from './host.ts';
import type { JobRecord, RunRecord } from './run-record.ts';

/** What the log of a job says that ran when the process before this one ended. */
export const INTERRUPTED = 'The local GitHub was restarted while this job ran: it was cancelled.';

/**
 * End the runs that were in progress when the process before this one ended: nobody executes them
 * any more, so they would hold whoever waits for them. They are announced like every other end.
 */
export async function concludeInterrupted(
  host: ActionsHost,
  runs: readonly RunRecord[],
): Promise<void> {
  for (const run of runs.filter(({ status }) => status !== 'completed')) {
    for (const job of run.jobs.filter(({ status }) => status !== 'completed'))
      await cancelJob(host, run, job);
    run.status = 'completed';
    run.conclusion = 'cancelled';
    run.updatedAt = host.world.now().toISOString();
    host.announceRun(run, 'completed');
  }
}

async function cancelJob(host: ActionsHost, run: RunRecord, job: JobRecord): Promise<void> {
  const now = host.world.now().toISOString();
  await mkdir(path.dirname(job.logFile), { recursive: true });
  await appendFile(job.logFile, `${now} ##[error]${INTERRUPTED}\n`);
  for (const step of job.steps.filter(({ status }) => status !== 'completed')) {
    step.conclusion = step.status === 'in_progress' ? 'cancelled' : 'skipped';
    step.status = 'completed';
    step.completedAt = now;
  }
  job.status = 'completed';
  job.conclusion = 'cancelled';
  job.completedAt = now;
  host.announceJob(run, job, 'completed');
}
