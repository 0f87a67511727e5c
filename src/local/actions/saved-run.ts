import path from 'node:path';
import type { World } from '#local/world.ts';
import type { JobRecord, RunRecord } from './run-record.ts';

/** A run as it is saved: other records by their ids, files below the data folder. */
export interface SavedRun
  extends Omit<RunRecord, 'repository' | 'actor' | 'triggeringActor' | 'cancel' | 'kill' | 'jobs'> {
  readonly repositoryId: number;
  readonly actorId: number;
  readonly triggeringActorId: number;
  readonly jobs: readonly JobRecord[];
}

/** What of a run outlives the process. */
export function saveRun(world: World, run: RunRecord): SavedRun {
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
    repository,
    actor,
    triggeringActor,
    jobs: jobs.map((job) => ({ ...job, logFile: path.join(world.dataDir, job.logFile) })),
    cancel: new AbortController(),
    kill: new AbortController(),
  };
}
