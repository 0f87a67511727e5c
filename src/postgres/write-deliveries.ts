import type { EntryDraft } from '#model/entry.ts';
import type { Sql } from './database.ts';
import type { BodyPlace } from './delivery-body.ts';
import { packBodies } from './delivery-body.ts';

/** A delivery that was just accepted. */
export interface NewDelivery {
  readonly bodySha256: string;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  /** The JSON text as it came, in UTF-8: what the digest is of. */
  readonly body: Uint8Array;
  /** Nothing here listens to it: it is recorded, and no work follows. */
  readonly isIgnored: boolean;
}

/** `duplicate`: the body or the GUID was here before, and that one did not fail. */
export type Storing = 'stored' | 'duplicate';

/** A delivery with the ledger entry it asks for. */
export interface Arrival {
  readonly row: NewDelivery;
  readonly entry: EntryDraft;
}

/**
 * Keep deliveries that came together. One statement is one transaction: each is kept with its
 * arrival, from which the ledger's entry and the job follow (`enterArrivals`), or not at all.
 * Answers in their order.
 */
export async function keepDeliveries(
  sql: Sql,
  arrivals: readonly Arrival[],
  now: Date,
): Promise<readonly Storing[]> {
  const unlike = new Map(arrivals.map((arrival) => [keyOf(arrival.row), arrival]));
  const kept = await insertNew(sql, [...unlike.values()], now);
  const taken = arrivals.map(({ row }) => kept.delete(keyOf(row)));
  const left = arrivals.filter((_, index) => !taken[index]);
  const again = left.length > 0 ? await takeUpFailed(sql, left) : new Set<string>();
  return arrivals.map(({ row }, index) =>
    taken[index] || again.delete(row.bodySha256) ? 'stored' : 'duplicate',
  );
}

const keyOf = ({ bodySha256, guid }: { readonly bodySha256: string; readonly guid: string }) =>
  `${bodySha256} ${guid}`;

const types = ['text', 'text', 'text', 'text', 'text', 'uuid', 'int', 'int', 'json', 'boolean'];

/** The keys that were not there before; of copies within the group the first is taken. */
async function insertNew(sql: Sql, arrivals: readonly Arrival[], now: Date): Promise<Set<string>> {
  const { bundles, places } = packBodies(arrivals.map(({ row }) => row.body));
  const parameters: unknown[] = [now];
  const list = (kinds: readonly string[], cells: readonly unknown[]) => {
    parameters.push(...cells);
    const first = parameters.length - cells.length + 1;
    return kinds.map((kind, column) => `$${first + column}::${kind}`).join(', ');
  };
  const packed = bundles.map(({ id, bodies }) => `(${list(['uuid', 'bytea'], [id, bodies])})`);
  const given = arrivals.map(
    (arrival, place) => `(${place}, ${list(types, toCells(arrival, places[place]))})`,
  );
  const rows = await sql.query<{ body_sha256: string; guid: string }>(
    `with packed (id, bodies) as (values ${packed.join(', ')}),
     given (place, body_sha256, guid, event, action, state, bundle_id, body_at, body_bytes, entry,
       asks_work) as (values ${given.join(', ')}),
     kept as (
       insert into delivery (body_sha256, guid, event, action, state, bundle_id, body_at, body_bytes,
         settled_at, received_at)
       select body_sha256, guid, event, action, state, bundle_id, body_at, body_bytes,
         case when asks_work then null else $1::timestamptz end, $1::timestamptz
       from given on conflict do nothing returning body_sha256, guid, bundle_id),
     bundled as (
       insert into delivery_bundle (id, bodies)
       select id, bodies from packed where id in (select bundle_id from kept)),
     arrived as (
       insert into arrival (body_sha256, entry, asks_work)
       select body_sha256, entry, asks_work
       from given join kept using (body_sha256, guid) order by place)
     select body_sha256, guid from kept`,
    parameters,
  );
  return new Set(rows.map((row) => keyOf({ bodySha256: row.body_sha256, guid: row.guid })));
}

function toCells({ row, entry }: Arrival, place: BodyPlace | undefined): readonly unknown[] {
  const { bodySha256, guid, event, action, isIgnored } = row;
  const state = isIgnored ? 'done' : 'received';
  const body = [place?.bundleId, place?.at, place?.bytes];
  return [bodySha256, guid, event, action, state, ...body, JSON.stringify(entry), !isIgnored];
}

/** Taken up again only under the event it was first seen with: the name is not signed. */
async function takeUpFailed(sql: Sql, arrivals: readonly Arrival[]): Promise<Set<string>> {
  const copies = arrivals.map(({ row: { bodySha256, event }, entry }) => ({
    bodySha256,
    event,
    entry,
  }));
  const found = await sql.query<{ body_sha256: string }>(
    `with copy as (
       select distinct on ("bodySha256") * from
         json_to_recordset($1::text::json) as one ("bodySha256" text, event text, entry json)),
     again as (
       update delivery set state = 'received', error = null, settled_at = null
       from copy
       where body_sha256 = copy."bodySha256" and delivery.event = copy.event and state = 'failed'
       returning body_sha256, copy.entry)
     insert into arrival (body_sha256, entry, asks_work)
     select body_sha256, entry, true from again returning body_sha256`,
    [JSON.stringify(copies)],
  );
  return new Set(found.map((row) => row.body_sha256));
}
