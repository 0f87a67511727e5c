import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryDraft } from '#model/entry.ts';
import { Fault } from '#model/fault.ts';
import type { Database } from './database.ts';
import { isDataError } from './database.ts';
import {
  type DeliveryRow,
  deliveryColumns,
  type StoredDelivery,
  toDelivery,
} from './delivery-record.ts';
import { createGroup } from './group-commit.ts';
import type { Queue } from './queue.ts';
import type { NewDelivery, Storing } from './write-deliveries.ts';
import { writeDeliveries } from './write-deliveries.ts';

/** Deliveries: kept once, worked once, taken up again when they failed. */
export interface DeliveryStore {
  /**
   * Row, ledger entry and queue job, in one transaction; resolves when it is committed. Those that
   * come at once share a transaction.
   *
   * Fails  with STORE_UNAVAILABLE when nothing was kept: the sender must hear of it.
   */
  store(row: NewDelivery, entry: EntryDraft): Promise<Storing>;
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
/** Seven parameters a row, and bodies of up to 2 MiB: a group stays well below every limit. */
const groupMax = 64;
/** So few at once are no burst. */
const calmPending = 8;
/** A burst that does not end delays each job by this, and stops none. */
const calmLimitMs = 5_000;
const calmPollMs = 20;

export function createDeliveryStore(
  database: Database,
  queue: Pick<Queue, 'sendAll'>,
  now: () => Date,
): DeliveryStore {
  const group = createGroup<{ row: NewDelivery; entry: EntryDraft }, Storing>(
    (arrivals) => database.transaction((tx) => writeDeliveries(tx, queue, arrivals, now())),
    { sizeMax: groupMax, isOwnFault: isDataError },
  );
  return {
    store: (row, entry) =>
      group.add({ row, entry }).catch((cause: unknown) => {
        throw new Fault('STORE_UNAVAILABLE', 'the delivery could not be recorded', { cause });
      }),
    untilCalm: async () => {
      const limit = Date.now() + calmLimitMs;
      while (group.pending() > calmPending && Date.now() < limit) await sleep(calmPollMs);
    },
    find: async (bodySha256) => {
      const [row] = await database.query<StoredDelivery>(
        `select ${deliveryColumns} from delivery where body_sha256 = $1 and state <> 'done'`,
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
