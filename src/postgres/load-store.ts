import type { Load } from '#model/load.ts';
import type { Sql } from './database.ts';

/** Whose load is asked for; `notRun` is left out of every count: the run that asks. */
export interface LoadQuestion {
  readonly installationId: number;
  readonly repositoryId: number;
  readonly requesterId: number;
  readonly notRun: string | null;
}

/** States in which a run has a runner or is about to have one. */
const atWork =
  "('admitted', 'dispatched', 'working', 'changed', 'verifying', 'proven', 'unproven')";

/** How much is under way around one more run. Its cost does not grow with runs that are over. */
export async function readLoad(sql: Sql, question: LoadQuestion, now: Date): Promise<Load> {
  const { installationId, repositoryId, requesterId, notRun } = question;
  const since = new Date(now.getTime() - 24 * 60 * 60_000);
  const [running] = await sql.query<{ all: number; here: number; mine: number }>(
    `select count(*)::int as "all",
       (count(*) filter (where repository_id = $2))::int as here,
       (count(*) filter (where repository_id = $2 and requester_id = $3))::int as mine
     from run where installation_id = $1 and state in ${atWork}
       and ($4::uuid is null or id <> $4::uuid)`,
    [installationId, repositoryId, requesterId, notRun],
  );
  const [today] = await sql.query<{ all: number; here: number; minutes: number }>(
    `select count(*)::int as "all",
       (count(*) filter (where repository_id = $2))::int as here,
       coalesce(sum((policy #>> '{agent,minutes}')::float8) filter (where repository_id = $2), 0)::float8
         as minutes
     from run where installation_id = $1 and admitted_at > $3
       and ($4::uuid is null or id <> $4::uuid)`,
    [installationId, repositoryId, since, notRun],
  );
  return {
    repository: {
      running: running?.here ?? 0,
      today: today?.here ?? 0,
      minutesToday: today?.minutes ?? 0,
    },
    requester: { running: running?.mine ?? 0 },
    installation: { running: running?.all ?? 0, today: today?.all ?? 0 },
  };
}
