import type { Entry } from '#model/entry.ts';
import type { Sql } from './database.ts';

interface EntryRow {
  readonly seq: number;
  readonly at: string;
  readonly kind: string;
  readonly run_id: string | null;
  readonly repository_id: number | null;
  readonly actor: string;
  readonly facts: Entry['facts'];
  readonly previous: string;
  readonly hash: string;
}

function rowToEntry(row: EntryRow): Entry {
  return {
    seq: row.seq,
    at: row.at,
    kind: row.kind as Entry['kind'],
    runId: row.run_id,
    repositoryId: row.repository_id,
    actor: row.actor,
    facts: row.facts,
    previous: row.previous,
    hash: row.hash,
  };
}

/** Entries after a sequence number, oldest first, at most `limit`. */
export async function listEntries(sql: Sql, after = 0, limit = 10_000): Promise<readonly Entry[]> {
  const rows = await sql.query<EntryRow>(
    'select * from entry where seq > $1 order by seq limit $2',
    [after, limit],
  );
  return rows.map(rowToEntry);
}

/** One run's entries, oldest first. */
export async function listEntriesOfRun(sql: Sql, runId: string): Promise<readonly Entry[]> {
  const rows = await sql.query<EntryRow>(
    'select * from entry where run_id = $1 order by seq limit 2000',
    [runId],
  );
  return rows.map(rowToEntry);
}

/** The newest entries, newest first. */
export async function listLatestEntries(sql: Sql, limit = 200): Promise<readonly Entry[]> {
  const rows = await sql.query<EntryRow>('select * from entry order by seq desc limit $1', [limit]);
  return rows.map(rowToEntry);
}

/** Entries of one kind after a sequence number, oldest first; of one repository, or of all. */
export async function listEntriesOfKind(
  sql: Sql,
  wanted: { readonly kind: Entry['kind']; readonly repositoryId: number | null },
  after: number,
  limit: number,
): Promise<readonly Entry[]> {
  const rows = await sql.query<EntryRow>(
    `select * from entry where seq > $1 and kind = $2 and ($3::bigint is null or repository_id = $3)
     order by seq limit $4`,
    [after, wanted.kind, wanted.repositoryId, limit],
  );
  return rows.map(rowToEntry);
}
