import type { EntryDraft } from '#model/entry.ts';
import type { OutsideKey, OutsideReport, OutsideSignal, OutsideThread } from '#model/outside.ts';
import { append } from './append.ts';
import type { Database, Sql } from './database.ts';
import { inTime } from './in-time.ts';
import { takeThread } from './outside-thread.ts';
import type { Queue } from './queue.ts';

/** How the work on a signal ends. */
export type OutsideEnd = 'written' | 'held_back' | 'failed';

/** Outside signals: kept once, worked once, and the threads they belong to. */
export interface OutsideStore {
  /**
   * Row, ledger entry and, for a report, its queue job, in one transaction.
   *
   * Fails  with STORE_UNAVAILABLE, in time, when it is not known to be kept.
   */
  store(
    record: OutsideKey & { readonly deliveryId: string; readonly signal: OutsideSignal },
    entry: EntryDraft,
  ): Promise<'stored' | 'duplicate'>;
  /** The report of a signal that waits to be worked on. */
  find(key: OutsideKey): Promise<OutsideReport | undefined>;
  /** Keep the part and hold its thread; undefined while somebody else holds it. */
  take(key: OutsideKey, report: OutsideReport, holder: string): Promise<OutsideThread | undefined>;
  /** Say how it ended, and let the thread go. */
  settle(
    key: OutsideKey,
    end: { readonly state: OutsideEnd; readonly because: string; readonly holder: string },
    entry: EntryDraft,
  ): Promise<void>;
  /** Let a thread go: its signal is worked on again. */
  release(holder: string): Promise<void>;
  /** Send the job of a signal again, later. */
  again(key: OutsideKey): Promise<void>;
  /** Send the jobs of signals that were forgotten; how many. */
  requeue(): Promise<number>;
}

/** Senders wait ten seconds; Slack waits for three, and sends again. */
const answerLimitMs = 7_000;
/** A holder that died blocks its thread so long; GitHub answers well before that. */
const holdMs = 5 * 60_000;
/** Somebody else writes the same thread: that takes a moment. */
const againSeconds = 2;
/** Jobs give up after a minute of trying; what they left is tried again after this. */
const forgottenMs = 10 * 60_000;

export function createOutsideStore(
  database: Database,
  queue: Pick<Queue, 'send' | 'sendAll'>,
  now: () => Date,
  answerMs = answerLimitMs,
): OutsideStore {
  return {
    store: (record, entry) =>
      inTime(
        database.transaction(async (tx) => {
          if (!(await keep(tx, record, now()))) return 'duplicate';
          if (record.signal.kind === 'report') await queue.send(tx, 'outside', keyOf(record));
          await append(tx, entry, now());
          return 'stored';
        }),
        { what: 'the signal', limitMs: answerMs },
      ),
    find: async ({ source, bodySha256 }) => {
      const [row] = await database.query<{ signal: OutsideReport }>(
        `select signal from outside_signal
         where source = $1 and body_sha256 = $2 and state = 'received'`,
        [source, bodySha256],
      );
      return row?.signal;
    },
    take: ({ source }, report, holder) =>
      database.transaction((tx) =>
        takeThread(tx, { source, report, holder }, { now: now(), holdMs }),
      ),
    settle: ({ source, bodySha256 }, { state, because, holder }, entry) =>
      database.transaction(async (tx) => {
        await tx.query(
          `update outside_signal set state = $3, because = $4, settled_at = $5
           where source = $1 and body_sha256 = $2`,
          [source, bodySha256, state, because, now()],
        );
        await letGo(tx, holder);
        await append(tx, entry, now());
      }),
    release: (holder) => letGo(database, holder),
    again: (key) =>
      database.transaction((tx) =>
        queue.send(tx, 'outside', keyOf(key), { delaySeconds: againSeconds }),
      ),
    requeue: () =>
      database.transaction(async (tx) => {
        const rows = await tx.query<{ source: string; body_sha256: string }>(
          `update outside_signal set queued_at = $1 where state = 'received' and queued_at < $2
           returning source, body_sha256`,
          [now(), new Date(now().getTime() - forgottenMs)],
        );
        const keys = rows.map((row) => ({ source: row.source, bodySha256: row.body_sha256 }));
        if (keys.length > 0) await queue.sendAll(tx, 'outside', keys);
        return rows.length;
      }),
  };
}

function keyOf({ source, bodySha256 }: OutsideKey): OutsideKey {
  return { source, bodySha256 };
}

/** False when the same body or delivery was here before and was not a failure. */
async function keep(
  tx: Sql,
  record: OutsideKey & { readonly deliveryId: string; readonly signal: OutsideSignal },
  now: Date,
): Promise<boolean> {
  const { source, bodySha256, deliveryId, signal } = record;
  const kept = await tx.query(
    `insert into outside_signal
       (source, body_sha256, delivery_id, state, signal, because, received_at, queued_at, settled_at)
     values ($1, $2, $3, $4, $5, $6, $7, $7, $8)
     on conflict do nothing returning 1 as kept`,
    [
      source,
      bodySha256,
      deliveryId,
      signal.kind === 'ignored' ? 'ignored' : 'received',
      signal,
      signal.kind === 'ignored' ? signal.because : null,
      now,
      signal.kind === 'ignored' ? now : null,
    ],
  );
  if (kept.length > 0) return true;
  const again = await tx.query(
    `update outside_signal set state = 'received', because = null, settled_at = null, queued_at = $3
     where source = $1 and body_sha256 = $2 and state = 'failed' returning 1 as kept`,
    [source, bodySha256, now],
  );
  return again.length > 0;
}

/** Only the holder's own hold ends. */
async function letGo(sql: Sql, holder: string): Promise<void> {
  await sql.query(
    'update outside_thread set held_by = null, held_until = null where held_by = $1',
    [holder],
  );
}
