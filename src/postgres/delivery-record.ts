import type { JsonObject } from '#model/json.ts';
import type { Sql } from './database.ts';
import { readPayload, type StoredBody } from './delivery-body.ts';
import type { NewDelivery } from './write-deliveries.ts';

/** A delivery as it is kept: identified by its body, because the signature covers nothing else. */
export interface DeliveryRow extends Omit<NewDelivery, 'body' | 'isIgnored'> {
  readonly payload: JsonObject;
}

/** A row as the database gives it. */
export interface StoredDelivery extends StoredBody {
  readonly body_sha256: string;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
}

/** The columns of one, and the table they are in: a body is in a bundle with others. */
export const deliveryColumns =
  'body_sha256, guid, event, action, bodies, body_at, body_bytes, payload';
export const deliveryTable =
  'delivery left join delivery_bundle on delivery_bundle.id = delivery.bundle_id';

/** A recorded delivery by its body's digest or its GUID, whatever became of it. */
export async function findDelivery(sql: Sql, id: string): Promise<DeliveryRow | undefined> {
  const [row] = await sql.query<StoredDelivery>(
    `select ${deliveryColumns} from ${deliveryTable} where body_sha256 = $1 or guid = $1`,
    [id],
  );
  return row && toDelivery(row);
}

/** Recorded deliveries of an event and action, oldest first, after a digest; for looking back. */
export async function listDeliveries(
  sql: Sql,
  { event, action }: { readonly event: string; readonly action: string },
  limit: number,
): Promise<readonly DeliveryRow[]> {
  const rows = await sql.query<StoredDelivery>(
    `select ${deliveryColumns} from ${deliveryTable}
     where event = $1 and action = $2 order by received_at desc limit $3`,
    [event, action, limit],
  );
  return rows.map(toDelivery).reverse();
}

/** The delivery that a row holds. */
export function toDelivery(row: StoredDelivery): DeliveryRow {
  const { body_sha256: bodySha256, guid, event, action } = row;
  return { bodySha256, guid, event, action, payload: readPayload(row) };
}
