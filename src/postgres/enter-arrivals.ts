import type { EntryDraft } from '#model/entry.ts';
import { appendAll } from './append.ts';
import type { Sql } from './database.ts';
import type { Queue } from './queue.ts';

interface StoredArrival {
  readonly seq: number;
  readonly body_sha256: string;
  readonly entry: EntryDraft;
  readonly asks_work: boolean;
}

/**
 * Enter what was accepted into the ledger, in its order, and send a job for each that asks for work;
 * inside one transaction, so that nothing is worked on that is not recorded (`ledger:first`). What
 * another replica enters just now is passed over. Answers how many were entered.
 */
export async function enterArrivals(
  tx: Sql,
  queue: Pick<Queue, 'sendAll'>,
  limit: number,
  now: Date,
): Promise<number> {
  const rows = await tx.query<StoredArrival>(
    `delete from arrival where seq in (
       select seq from arrival order by seq limit $1 for update skip locked)
     returning seq, body_sha256, entry, asks_work`,
    [limit],
  );
  const arrived = rows.toSorted((a, b) => a.seq - b.seq);
  const jobs = arrived.filter((one) => one.asks_work);
  await queue.sendAll(
    tx,
    'delivery',
    jobs.map(({ body_sha256 }) => ({ bodySha256: body_sha256 })),
  );
  // Last, because the ledger's head is locked from here to the commit.
  await appendAll(
    tx,
    arrived.map(({ entry }) => entry),
    now,
  );
  return arrived.length;
}
