import path from 'node:path';
import type { GraphInput } from './graph.ts';
import type { Conclusion, JobRecord } from './run-record.ts';

/** Add a queued job to the run; nothing is announced yet. */
export function newJob(input: GraphInput, name: string, labels: readonly string[]): JobRecord {
  const { host, run } = input;
  const now = host.world.now().toISOString();
  const id = host.world.nextId();
  const record: JobRecord = {
    id,
    name: `${input.prefix}${name}`,
    runId: run.id,
    attempt: run.attempt,
    labels,
    createdAt: now,
    logFile: path.join(host.world.dataDir, 'logs', `${run.id}-${run.attempt}-${id}.log`),
    steps: [],
    annotations: [],
    summaries: [],
    ranOnRunner: false,
    status: 'queued',
    conclusion: null,
    startedAt: now,
    completedAt: null,
  };
  run.jobs.push(record);
  return record;
}

/** A job that never starts: it appears, completed, with its reason as the conclusion. */
export function settleSkipped(input: GraphInput, name: string): void {
  settleJobRecord(input, newJob(input, name, []), 'skipped');
}

/** Complete a job and tell the world. */
export function settleJobRecord(
  input: GraphInput,
  record: JobRecord,
  conclusion: Conclusion,
): void {
  record.status = 'completed';
  record.conclusion = conclusion;
  record.completedAt = input.host.world.now().toISOString();
  input.host.announceJob(input.run, record, 'completed');
}

/**
 * Take the jobs of that name over from the attempt before, those of a called workflow with them.
 * They get ids of their own in this attempt, and nothing is announced: they did not run again.
 */
export function carryJobs(input: GraphInput, name: string): void {
  const { host, run } = input;
  const isOf = (job: JobRecord) => job.name === name || job.name.startsWith(`${name} / `);
  for (const job of run.jobs.filter((each) => each.attempt === run.attempt - 1 && isOf(each))) {
    const carried = { ...job, id: host.world.nextId(), attempt: run.attempt };
    run.jobs.push(carried);
    host.recordJob(run, carried);
  }
}
