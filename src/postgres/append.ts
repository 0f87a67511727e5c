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
  const [entry] = await appendAll(tx, [draft], now);
  assert(entry, 'one draft becomes one entry');
  return entry;
}

/** Append entries in this order, each linked to the one before, for one lock of the head row. */
export async function appendAll(
  tx: Sql,
  drafts: readonly EntryDraft[],
  now: Date,
): Promise<readonly Entry[]> {
  if (drafts.length === 0) return [];
  const [head] = await tx.query<{ seq: number; hash: string }>(
    'select seq, hash from ledger_head for update',
  );
  assert(head, 'the ledger has a head row');
  const entries = chain(drafts, head, now.toISOString());
  const last = entries.at(-1);
  await tx.query(
    `with linked as (
       insert into entry (seq, at, kind, run_id, repository_id, actor, facts, previous, hash)
       select * from json_to_recordset($1::text::json) as link (seq bigint, at text, kind text,
         "runId" uuid, "repositoryId" bigint, actor text, facts jsonb, previous text, hash text))
     update ledger_head set seq = $2, hash = $3`,
    [JSON.stringify(entries), last?.seq, last?.hash],
  );
  return entries;
}

function chain(
  drafts: readonly EntryDraft[],
  head: { readonly seq: number; readonly hash: string },
  at: string,
): readonly Entry[] {
  let { seq, hash: previous } = head;
  return drafts.map(({ kind, runId, repositoryId, actor, facts }) => {
    const link = { seq: seq + 1, at, kind, runId, repositoryId, actor, facts, previous };
    const entry: Entry = { ...link, hash: entryHash(link) };
    ({ seq, hash: previous } = entry);
    return entry;
  });
}
