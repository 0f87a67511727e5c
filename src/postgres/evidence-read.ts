import type { Envelope, Manifest } from '#model/evidence.ts';
import type { Sql } from './database.ts';

/** The newest manifest of a run. */
export async function findManifestOfRun(sql: Sql, runId: string): Promise<Manifest | undefined> {
  return (await findEvidenceOfRun(sql, runId))?.manifest;
}

/** The newest evidence of a run, with its signature. */
export async function findEvidenceOfRun(
  sql: Sql,
  runId: string,
): Promise<
  | { readonly manifest: Manifest; readonly manifest_sha256: string; readonly envelope: Envelope }
  | undefined
> {
  const [row] = await sql.query<{
    manifest: Manifest;
    manifest_sha256: string;
    envelope: Envelope;
  }>(
    'select manifest, manifest_sha256, envelope from evidence where run_id = $1 order by created_at desc limit 1',
    [runId],
  );
  return row;
}

/** An evidence file's bytes, by their SHA-256. */
export async function findEvidenceFile(sql: Sql, sha256: string): Promise<Buffer | undefined> {
  const [row] = await sql.query<{ bytes: Uint8Array }>(
    'select bytes from evidence_file where sha256 = $1',
    [sha256],
  );
  return row && Buffer.from(row.bytes);
}
