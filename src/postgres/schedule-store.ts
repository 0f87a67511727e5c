import type { EntryDraft } from '#model/entry.ts';
import type { JsonObject } from '#model/json.ts';
import type { Run, RunEvent } from '#model/run.ts';
import { append } from './append.ts';
import type { Database } from './database.ts';
import type { StoredRun } from './run-store.ts';
import { findRun, listOpenRuns, moveRunIn } from './run-store.ts';

/** What the schedule writes and asks of the store. */
export interface ScheduleStore {
  findRun(id: string): Promise<StoredRun | undefined>;
  move(
    run: Run,
    step: {
      readonly event: RunEvent;
      readonly kind: EntryDraft['kind'];
      readonly because: string | null;
      readonly facts: JsonObject;
    },
  ): Promise<boolean>;
  findHeld(
    places: readonly { readonly repository: { readonly id: number }; readonly issue: number }[],
  ): Promise<readonly StoredRun[]>;
  findHeldIn(repositoryId: number): Promise<readonly StoredRun[]>;
  append(entry: {
    readonly kind: EntryDraft['kind'];
    readonly run: Run;
    readonly facts: JsonObject;
  }): Promise<void>;
}

export function createScheduleStore(database: Database, now: () => Date): ScheduleStore {
  const findHeldIn = async (repositoryId: number) => {
    const open = await listOpenRuns(database, { repositoryId });
    return open.filter((run) => run.state === 'held');
  };
  return {
    findRun: (id) => findRun(database, id),
    move: (run, { event, kind, because, facts }) =>
      database.transaction(async (tx) => {
        const move = {
          event,
          kind,
          facts,
          actor: 'app',
          ...(because ? { changes: { because } } : {}),
        };
        const moved = await moveRunIn(tx, run.id, move, now());
        if (moved.ok)
          await tx.query("update run_grant set state = 'closed' where run_id = $1", [run.id]);
        return moved.ok;
      }),
    findHeld: async (places) => {
      const repositories = [...new Set(places.map((place) => place.repository.id))];
      const held = (await Promise.all(repositories.map(findHeldIn))).flat();
      return held.filter((run) =>
        places.some(
          (place) => place.repository.id === run.repository.id && place.issue === run.issue.number,
        ),
      );
    },
    findHeldIn,
    append: async ({ kind, run, facts }) => {
      const draft = { kind, facts, runId: run.id, repositoryId: run.repository.id, actor: 'app' };
      await database.transaction((tx) => append(tx, draft, now()));
    },
  };
}
