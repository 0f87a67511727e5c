import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryDraft } from '#model/entry.ts';
import { Fault } from '#model/fault.ts';
import type { Database } from './database.ts';
import { isDataError } from './database.ts';
import {
  type DeliveryRow,
  deliveryColumns,
  deliveryTable,
  type StoredDelivery,
  toDelivery,
} from './delivery-record.ts';
import { enterArrivals } from './enter-arrivals.ts';
import { createGroup } from './group-commit.ts';
import type { Queue } from './queue.ts';
import type { Arrival, NewDelivery, Storing } from './write-deliveries.ts';
import { keepDeliveries } from './write-deliveries.ts';

/** Deliveries: kept once, worked once, taken up again when they failed. */
export interface DeliveryStore {
  /**
   * Keep it; resolves when that is committed. Those that come at once share a transaction. Its ledger
   * entry and its job follow with `enter`.
   *
   * Fails  with STORE_UNAVAILABLE when it is not known to be kept: the sender must hear of it, and
   * in time. What was kept all the same is a duplicate when it comes again.
   */
  store(row: NewDelivery, entry: EntryDraft): Promise<Storing>;
  /** Enter what was kept into the ledger and send its jobs: all that is there when it is asked. */
  enter(): Promise<void>;
  /** Kept, and not entered yet: by this replica or another. */
  unentered(): Promise<number>;
  /**
   * Resolves when hardly anybody waits to be written, or after a while: a sender waits ten seconds
   * for an answer, and the work on what was taken can wait.
   */
  untilCalm(): Promise<void>;
  /** Undefined when there is none or it is done. */
  find(bodySha256: string): Promise<DeliveryRow | undefined>;
  /** Keep why the work on it failed this time; it is tried again. */
  note(bodySha256: string, error: string): Promise<void>;
  /** Say how the work on it ended. What failed is taken up again when it is delivered again. */
  settle(bodySha256: string, state: 'done' | 'failed'): Promise<void>;
}

/** A sentence is kept so far; a stack of text from elsewhere is not. */
const errorCharactersMax = 2000;
/** Eight parameters a row, and bodies of up to 2 MiB: a group stays well below every limit. */
const groupMax = 64;
/** GitHub hangs up after ten seconds and counts it as lost; an answer that says so comes before. */
const answerLimitMs = 7_000;
/** The ledger's head is locked for as long as so many take: a few tens of milliseconds. */
const enterMax = 256;
/** So few at once are no burst. */
const calmPending = 8;
/** A burst is over when there were no more than that for so long: senders pause for breath. */
const calmForMs = 100;
/** A burst that does not end delays each job by this, and stops none. */
const calmLimitMs = 5_000;
const calmPollMs = 20;

export function createDeliveryStore(
  database: Database,
  queue: Pick<Queue, 'sendAll'>,
  now: () => Date,
  answerMs = answerLimitMs,
): DeliveryStore {
  const inTime = database.within(answerMs);
  const group = createGroup<Arrival, Storing>(
    (arrivals) => keepDeliveries(inTime, arrivals, now()),
    { sizeMax: groupMax, answerMs, isOwnFault: isDataError },
  );
  let crowdedAt = 0;
  const enterSome = () => database.transaction((tx) => enterArrivals(tx, queue, enterMax, now()));
  return {
    store: (row, entry) => {
      if (group.pending() > calmPending) crowdedAt = Date.now();
      return group.add({ row, entry }).catch((cause: unknown) => {
        throw new Fault('STORE_UNAVAILABLE', 'the delivery could not be recorded', { cause });
      });
    },
    enter: async () => {
      while ((await enterSome()) === enterMax);
    },
    unentered: async () => {
      const [row] = await database.query<{ count: number }>(
        'select count(*) as count from arrival',
      );
      return row?.count ?? 0;
    },
    untilCalm: async () => {
      const limit = Date.now() + calmLimitMs;
      while (Date.now() - crowdedAt < calmForMs && Date.now() < limit) await sleep(calmPollMs);
    },
    find: async (bodySha256) => {
      const [row] = await database.query<StoredDelivery>(
        `select ${deliveryColumns} from ${deliveryTable}
         where body_sha256 = $1 and state <> 'done'`,
        [bodySha256],
      );
      return row && toDelivery(row);
    },
    note: async (bodySha256, error) => {
      await database.query('update delivery set error = $2 where body_sha256 = $1', [
        bodySha256,
        error.replaceAll('\0', '').slice(0, errorCharactersMax),
      ]);
    },
    settle: async (bodySha256, state) => {
      await database.query(
        `update delivery set state = $2, settled_at = $3
         where body_sha256 = $1 and state <> 'done'`,
        [bodySha256, state, now()],
      );
    },
  };
}
