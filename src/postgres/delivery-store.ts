import type { EntryDraft } from '#model/entry.ts';
import type { JsonObject } from '#model/json.ts';
import { append } from './append.ts';
import type { Database } from './database.ts';
import type { Queue } from './queue.ts';

/** A delivery as it is kept: identified by its body, because the signature covers nothing else. */
export interface DeliveryRow {
  readonly bodySha256: string;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly payload: JsonObject;
}

/** Deliveries: kept once, worked once, taken up again when they failed. */
export interface DeliveryStore {
  /** Row, ledger entry and queue job, in one transaction. */
  store(row: DeliveryRow, entry: EntryDraft): Promise<'stored' | 'duplicate'>;
  /** Undefined when there is none or it is done. */
  find(bodySha256: string): Promise<DeliveryRow | undefined>;
  /** Say how the work on it ended; the error is a sentence for people. */
  settle(bodySha256: string, state: 'done' | 'failed', error?: string): Promise<void>;
}

interface StoredDelivery {
  readonly body_sha256: string;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly payload: JsonObject;
}

/** A sentence is kept so far; a stack of text from elsewhere is not. */
const errorCharactersMax = 2000;

export function createDeliveryStore(
  database: Database,
  queue: Pick<Queue, 'send'>,
  now: () => Date,
): DeliveryStore {
  return {
    store: (row, entry) =>
      database.transaction(async (tx) => {
        const kept = await tx.query(
          `insert into delivery (body_sha256, guid, event, action, state, payload, received_at)
           values ($1, $2, $3, $4, 'received', $5, $6)
           on conflict do nothing returning 1 as kept`,
          [row.bodySha256, row.guid, row.event, row.action, row.payload, now()],
        );
        // Taken up again only under the event it was first seen with: the name is not signed.
        const again =
          kept.length > 0
            ? kept
            : await tx.query(
                `update delivery set state = 'received', error = null, settled_at = null
                 where body_sha256 = $1 and event = $2 and state = 'failed' returning 1 as kept`,
                [row.bodySha256, row.event],
              );
        if (again.length === 0) return 'duplicate';
        await queue.send(tx, 'delivery', { bodySha256: row.bodySha256 });
        await append(tx, entry, now());
        return 'stored';
      }),
    find: async (bodySha256) => {
      const [row] = await database.query<StoredDelivery>(
        `select body_sha256, guid, event, action, payload from delivery
         where body_sha256 = $1 and state <> 'done'`,
        [bodySha256],
      );
      return (
        row && {
          bodySha256: row.body_sha256,
          guid: row.guid,
          event: row.event,
          action: row.action,
          payload: row.payload,
        }
      );
    },
    settle: async (bodySha256, state, error) => {
      await database.query(
        'update delivery set state = $2, error = $3, settled_at = $4 where body_sha256 = $1',
        [bodySha256, state, error?.slice(0, errorCharactersMax) ?? null, now()],
      );
    },
  };
}
