import type { EntryDraft } from '#model/entry.ts';
import { appendAll } from './append.ts';
import type { Sql } from './database.ts';
import { packBody } from './delivery-body.ts';
import type { Queue } from './queue.ts';

/** A delivery that was just accepted. */
export interface NewDelivery {
  readonly bodySha256: string;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  /** The JSON text as it came, byte for byte: what the digest is of. */
  readonly body: string;
  /** Nothing here listens to it: it is recorded, and no work follows. */
  readonly isIgnored: boolean;
}

/** `duplicate`: the body or the GUID was here before, and that one did not fail. */
export type Storing = 'stored' | 'duplicate';

interface Arrival {
  readonly row: NewDelivery;
  readonly entry: EntryDraft;
}

/**
 * Write deliveries that came together, inside one transaction: rows, one job for each that asks for
 * work, and the ledger's entries last, because they lock its head. Answers in their order.
 */
export async function writeDeliveries(
  tx: Sql,
  queue: Pick<Queue, 'sendAll'>,
  arrivals: readonly Arrival[],
  now: Date,
): Promise<readonly Storing[]> {
  const inserted = await insertNew(tx, arrivals, now);
  const taken = arrivals.map(({ row }) => inserted.delete(keyOf(row)));
  const again = await takeUpFailed(
    tx,
    arrivals.filter((_, index) => !taken[index]).map(({ row }) => row),
  );
  const kept = arrivals.filter(({ row }, index) => taken[index] || again.delete(row));
  const jobs = kept.filter(({ row }) => !row.isIgnored);
  await queue.sendAll(
    tx,
    'delivery',
    jobs.map(({ row }) => ({ bodySha256: row.bodySha256 })),
  );
  await appendAll(
    tx,
    kept.map(({ entry }) => entry),
    now,
  );
  const stored = new Set(kept);
  return arrivals.map((arrival) => (stored.has(arrival) ? 'stored' : 'duplicate'));
}

const keyOf = ({ bodySha256, guid }: Pick<NewDelivery, 'bodySha256' | 'guid'>) =>
  `${bodySha256} ${guid}`;

/** The keys that were not there before; of copies within the group the first is taken. */
async function insertNew(tx: Sql, arrivals: readonly Arrival[], now: Date): Promise<Set<string>> {
  const columns = 7;
  const values = arrivals.map((_, index) => {
    const at = (column: number) => `$${index * columns + column}`;
    return `(${at(1)}, ${at(2)}, ${at(3)}, ${at(4)}, ${at(5)}, ${at(6)}, ${at(7)}, $${arrivals.length * columns + 1})`;
  });
  const rows = await tx.query<{ body_sha256: string; guid: string }>(
    `insert into delivery (body_sha256, guid, event, action, state, body, settled_at, received_at)
     values ${values.join(', ')} on conflict do nothing returning body_sha256, guid`,
    [...arrivals.flatMap(({ row }) => toColumns(row, now)), now],
  );
  return new Set(rows.map((row) => keyOf({ bodySha256: row.body_sha256, guid: row.guid })));
}

function toColumns(row: NewDelivery, now: Date): readonly unknown[] {
  const state = row.isIgnored ? 'done' : 'received';
  const settledAt = row.isIgnored ? now : null;
  return [row.bodySha256, row.guid, row.event, row.action, state, packBody(row.body), settledAt];
}

/** Taken up again only under the event it was first seen with: the name is not signed. */
async function takeUpFailed(tx: Sql, rows: readonly NewDelivery[]): Promise<Set<NewDelivery>> {
  if (rows.length === 0) return new Set();
  const found = await tx.query<{ body_sha256: string; event: string }>(
    `update delivery set state = 'received', error = null, settled_at = null
     from json_to_recordset($1::text::json) as copy ("bodySha256" text, event text)
     where body_sha256 = copy."bodySha256" and delivery.event = copy.event and state = 'failed'
     returning body_sha256, delivery.event`,
    [JSON.stringify(rows.map(({ bodySha256, event }) => ({ bodySha256, event })))],
  );
  const again = new Set<NewDelivery>();
  for (const { body_sha256, event } of found) {
    const row = rows.find((one) => one.bodySha256 === body_sha256 && one.event === event);
    if (row) again.add(row);
  }
  return again;
}
