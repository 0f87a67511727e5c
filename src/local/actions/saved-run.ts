import path from 'node:path';
import type { World } from '#local/world.ts';
import type { JobRecord, RunRecord } from './run-record.ts';

/** A run as it is saved: other records by their ids, files below the data folder. */
export interface SavedRun
  extends Omit<
    RunRecord,
    'repository' | 'actor' | 'triggeringActor' | 'cancel' | 'kill' | 'jobs' | 'sha'
  > {
  readonly repositoryId: number;
  /** Absent in what was saved before trial merges were run: the head itself ran. */
  readonly sha?: string;
  readonly actorId: number;
  readonly triggeringActorId: number;
  readonly jobs: readonly SavedJob[];
}

/** A job as it is saved. What was saved before step summaries were kept has none. */
type SavedJob = Omit<JobRecord, 'summaries'> & Partial<Pick<JobRecord, 'summaries'>>;

/**
 * Saves runs: what of them outlives the process. A run that has ended is given as the same object
 * until it is run again, so that whoever writes it need not look at it twice.
 */
export function openRunSaver(world: World): (run: RunRecord) => SavedRun {
  const ended = new WeakMap<RunRecord, SavedRun>();
  return (run) => {
    const known = ended.get(run);
    const isKnown = known?.attempt === run.attempt && known.updatedAt === run.updatedAt;
    if (known && isKnown && run.status === 'completed') return known;
    const saved = saveRun(world, run);
    if (run.status === 'completed') ended.set(run, saved);
    return saved;
  };
}

function saveRun(world: World, run: RunRecord): SavedRun {
  const { repository, actor, triggeringActor, cancel: _, kill: __, jobs, ...facts } = run;
  return {
    ...facts,
    repositoryId: repository.id,
    actorId: actor.id,
    triggeringActorId: triggeringActor.id,
    // The folder may have moved by the next time.
    jobs: jobs.map((job) => ({ ...job, logFile: path.relative(world.dataDir, job.logFile) })),
  };
}

/** The run again; undefined when its repository or its people are gone. */
export function restoreRun(world: World, saved: SavedRun): RunRecord | undefined {
  const { repositoryId, actorId, triggeringActorId, jobs, ...facts } = saved;
  const repository = world.repositories.get(repositoryId);
  const actor = world.users.get(actorId);
  const triggeringActor = world.users.get(triggeringActorId);
  if (!repository || !actor || !triggeringActor) return undefined;
  return {
    ...facts,
    sha: saved.sha ?? saved.headSha,
    repository,
    actor,
    triggeringActor,
    jobs: jobs.map((job) => ({
      ...job,
      summaries: job.summaries ?? [],
      logFile: path.join(world.dataDir, job.logFile),
    })),
    cancel: new AbortController(),
    kill: new AbortController(),
  };
}
