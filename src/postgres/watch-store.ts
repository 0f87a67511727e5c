import type { RunId } from '#model/run.ts';
import type { Database } from './database.ts';
import type { StoredRun } from './run-store.ts';
import { findRun } from './run-store.ts';

/** What is asked about runs whose jobs are under way. */
export interface WatchStore {
  /** Under way, not moved since, and no job of theirs holds a session: those are asked about anyway. */
  listQuiet(since: Date): Promise<readonly StoredRun[]>;
  /** True when people were told already that no runner takes it. */
  wasTold(runId: RunId): Promise<boolean>;
}

/** A look is short: the next one goes on after the last of this one, and begins again at the end. */
const lookedAtMax = 50;

export function createWatchStore(database: Database): WatchStore {
  const start = '00000000-0000-0000-0000-000000000000';
  let after = start;
  return {
    listQuiet: async (since) => {
      const rows = await database.query<{ id: string }>(
        `select id from run where state in ('dispatched', 'working') and updated_at < $1 and id > $2
           and not exists (select 1 from session where session.run_id = run.id
             and revoked_at is null and expires_at > now())
         order by id limit $3`,
        [since, after, lookedAtMax],
      );
      after = rows.length < lookedAtMax ? start : (rows.at(-1)?.id ?? start);
      const runs = await Promise.all(rows.map(({ id }) => findRun(database, id)));
      return runs.filter((run) => run !== undefined);
    },
    wasTold: async (runId) => {
      const rows = await database.query(
        "select 1 as one from entry where run_id = $1 and kind = 'dispatch.late' limit 1",
        [runId],
      );
      return rows.length > 0;
    },
  };
}
