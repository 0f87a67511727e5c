import type { JsonObject } from '#model/json.ts';
import type { Sql } from './database.ts';
import type { DeliveryRow } from './delivery-store.ts';

interface StoredDelivery {
  readonly body_sha256: string;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly payload: JsonObject;
}

/** A recorded delivery by its body's digest or its GUID, whatever became of it. */
export async function findDelivery(sql: Sql, id: string): Promise<DeliveryRow | undefined> {
  const [row] = await sql.query<StoredDelivery>(
    'select body_sha256, guid, event, action, payload from delivery where body_sha256 = $1 or guid = $1',
    [id],
  );
  return row && toRow(row);
}

/** Recorded deliveries of an event and action, oldest first, after a digest; for looking back. */
export async function listDeliveries(
  sql: Sql,
  { event, action }: { readonly event: string; readonly action: string },
  limit: number,
): Promise<readonly DeliveryRow[]> {
  const rows = await sql.query<StoredDelivery>(
    `select body_sha256, guid, event, action, payload from delivery
     where event = $1 and action = $2 order by received_at desc limit $3`,
    [event, action, limit],
  );
  return rows.map(toRow).reverse();
}

function toRow({ body_sha256, guid, event, action, payload }: StoredDelivery): DeliveryRow {
  return { bodySha256: body_sha256, guid, event, action, payload };
}
