import type { Trigger } from '#model/trigger.ts';
import type { Sql } from './database.ts';

/** What a repository was last seen to start on. */
export interface SeenTriggers {
  /** Null when it is not known: never read, too long ago, or the default branch moved since. */
  readonly triggers: readonly Trigger[] | null;
  /** To be given back with what is read next. */
  readonly generation: number;
}

/** A push whose delivery was lost is noticed after this at the latest. */
const keptMs = 60 * 60_000;

export async function findTriggers(
  sql: Sql,
  repositoryId: number,
  now: Date,
): Promise<SeenTriggers> {
  const [row] = await sql.query<{
    generation: number;
    triggers: readonly Trigger[] | null;
    seen_at: Date;
  }>('select generation, triggers, seen_at from trigger_seen where repository_id = $1', [
    repositoryId,
  ]);
  if (!row) return { triggers: null, generation: 0 };
  const isFresh = now.getTime() - row.seen_at.getTime() < keptMs;
  return { triggers: isFresh ? row.triggers : null, generation: row.generation };
}

/** Keep what was read, unless the default branch moved while it was read. */
export async function keepTriggers(
  sql: Sql,
  repositoryId: number,
  { triggers, generation }: SeenTriggers,
  now: Date,
): Promise<void> {
  await sql.query(
    `insert into trigger_seen (repository_id, generation, triggers, seen_at) values ($1, $2, $3, $4)
     on conflict (repository_id) do update set triggers = $3, seen_at = $4
     where trigger_seen.generation = $2`,
    [repositoryId, generation, triggers, now],
  );
}

/** The default branch moved: nothing that was read before counts. */
export async function dropTriggers(sql: Sql, repositoryId: number, now: Date): Promise<void> {
  await sql.query(
    `insert into trigger_seen (repository_id, generation, triggers, seen_at) values ($1, 1, null, $2)
     on conflict (repository_id) do update
     set generation = trigger_seen.generation + 1, triggers = null, seen_at = $2`,
    [repositoryId, now],
  );
}
