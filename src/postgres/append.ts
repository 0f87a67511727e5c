import type { Entry, EntryDraft } from '#model/entry.ts';
import { entryHash } from '#model/entry.ts';
import { assert } from '#model/fault.ts';
import type { Sql } from './database.ts';

/**
 * Append one entry to the ledger, inside the transaction that makes the change it records. The
 * head row is locked until that transaction ends, so entries have one order and no gap: append
 * last in a transaction, and keep it short after.
 */
export async function append(tx: Sql, draft: EntryDraft, now: Date): Promise<Entry> {
  const [head] = await tx.query<{ seq: number; hash: string }>(
    'select seq, hash from ledger_head for update',
  );
  assert(head, 'the ledger has a head row');
  const link = { ...draft, seq: head.seq + 1, at: now.toISOString(), previous: head.hash };
  const entry: Entry = { ...link, hash: entryHash(link) };
  await tx.query(
    `insert into entry (seq, at, kind, run_id, repository_id, actor, facts, previous, hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      entry.seq,
      entry.at,
      entry.kind,
      entry.runId,
      entry.repositoryId,
      entry.actor,
      entry.facts,
      entry.previous,
      entry.hash,
    ],
  );
  await tx.query('update ledger_head set seq = $1, hash = $2', [entry.seq, entry.hash]);
  return entry;
}
