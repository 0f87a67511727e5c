import type { EntryDraft } from '#model/entry.ts';
import type { JsonObject } from '#model/json.ts';
import type { Run, RunEvent } from '#model/run.ts';
import { isEnded } from '#model/run.ts';
import { append } from './append.ts';
import type { Database } from './database.ts';
import { findTold, noteReverted } from './revert-store.ts';
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
  findUnsettled(place: {
    readonly repository: { readonly id: number };
    readonly issue: number;
  }): Promise<'in_review' | 'past_gate' | 'reverted' | null>;
  /** Whether the ledger has this approval of a run. */
  wasApproved(runId: string, seen: string): Promise<boolean>;
  /** `<seen> <because>` of the newest `schedule.waiting`, when nothing was decided about the run since. */
  findWaiting(runId: string): Promise<string | null>;
  /** Note what was told of a run's merge before it was settled. */
  noteReverts(run: Run): Promise<void>;
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
    findUnsettled: async ({ repository, issue }) => {
      // A later run that never had a pull request does not make an earlier merge governed.
      const [run] = await database.query<{
        state: Run['state'];
        pastGate: boolean;
        reverted: boolean;
        isUnknown: boolean;
      }>(
        `select state, exists (select 1 from entry where run_id = run.id
           and kind = 'schedule.ungoverned') as "pastGate", exists (select 1 from entry
           where run_id = run.id and kind = 'schedule.reverted') as reverted,
           (cause ->> 'kind' in ('review', 'check') and head_sha is null and not exists (select 1
             from entry where run_id = run.id and kind = 'schedule.unmerged')) as "isUnknown"
         from run where repository_id = $1 and issue_number = $2 and pull is not null
         order by id desc limit 1`,
        [repository.id, issue],
      );
      if (!run) return null;
      if (!isEnded(run.state)) return 'in_review';
      if (run.reverted) return 'reverted';
      if (run.pastGate) return 'past_gate';
      // An attempt that ended left the pull request open: how that ends is not known yet.
      return run.isUnknown ? 'in_review' : null;
    },
    wasApproved: async (runId, seen) => {
      const rows = await database.query(
        `select 1 as one from entry where run_id = $1 and kind = 'schedule.approved'
           and facts ->> 'seen' = $2 limit 1`,
        [runId, seen],
      );
      return rows.length > 0;
    },
    findWaiting: async (runId) => {
      const [newest] = await database.query<{ kind: string; said: string }>(
        `select kind, (facts ->> 'seen') || ' ' || (facts ->> 'because') as said from entry
         where run_id = $1 and kind like 'schedule.%' order by seq desc limit 1`,
        [runId],
      );
      return newest?.kind === 'schedule.waiting' ? newest.said : null;
    },
    noteReverts: async (run) => {
      const told = await findTold(database, run.id);
      if (told) await noteReverted(database, run, told, now());
    },
    append: async ({ kind, run, facts }) => {
      const draft = { kind, facts, runId: run.id, repositoryId: run.repository.id, actor: 'app' };
      await database.transaction((tx) => append(tx, draft, now()));
    },
  };
}
