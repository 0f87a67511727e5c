import type { Sha256 } from '#model/digest.ts';
import type { Sql } from './database.ts';

/** When an owner's policy was last seen to change, RFC 3339; null when there is none that is known. */
export async function findOrganizationPolicy(sql: Sql, ownerId: number): Promise<string | null> {
  const [row] = await sql.query<{ seen_at: Date }>(
    'select seen_at from organization_policy where owner_id = $1',
    [ownerId],
  );
  return row?.seen_at.toISOString() ?? null;
}

/** Remember that an owner has a policy, or that the App saw it removed. */
export async function keepOrganizationPolicy(
  sql: Sql,
  ownerId: number,
  sha256: Sha256 | null,
  now: Date,
): Promise<void> {
  if (sha256 === null) {
    await sql.query('delete from organization_policy where owner_id = $1', [ownerId]);
    return;
  }
  await sql.query(
    `insert into organization_policy (owner_id, sha256, seen_at) values ($1, $2, $3)
     on conflict (owner_id) do update set sha256 = $2, seen_at = $3
     where organization_policy.sha256 <> $2`,
    [ownerId, sha256, now],
  );
}
