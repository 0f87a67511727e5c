import type { Manifest } from '#model/evidence.ts';
import { assert } from '#model/fault.ts';
import type { Account } from '#model/snapshot.ts';
import type { Waiver } from '#model/waiver.ts';
import { append } from './append.ts';
import type { Database, Sql } from './database.ts';
import type { Queue } from './queue.ts';

/** A waiver with what it is about and where it was said. */
export interface WaiverRow {
  readonly evidenceId: string;
  readonly finding: string;
  readonly reason: string;
  readonly by: Account;
  readonly commentId: number;
}

/** Where the gate is that must be worked out again. */
export interface WaiverPlace {
  readonly runId: string;
  readonly repositoryId: number;
  readonly pull: number;
}

/** Waivers, and the evidence they are about. */
export interface WaiverStore {
  /** The newest evidence of a run. */
  findEvidence(runId: string): Promise<Pick<Manifest, 'id' | 'subject' | 'verdict'> | undefined>;
  /** Row, ledger `review.waived` and the gate's job in one transaction; the first waiver stays. */
  keep(row: WaiverRow, place: WaiverPlace): Promise<Waiver & { readonly commentId: number }>;
  /** The comment as it was rendered without waivers; undefined before it was posted. */
  findBody(evidenceId: string): Promise<string | undefined>;
  keepBody(evidenceId: string, body: string): Promise<void>;
  list(evidenceId: string): Promise<readonly Waiver[]>;
}

interface StoredWaiver {
  readonly finding: string;
  readonly reason: string;
  readonly by_id: number;
  readonly by_login: string;
  readonly comment_id: number;
  readonly at: Date;
}

export function createWaiverStore(
  database: Database,
  queue: Pick<Queue, 'send'>,
  now: () => Date,
): WaiverStore {
  return {
    findEvidence: async (runId) => {
      const [row] = await database.query<{ manifest: Manifest }>(
        'select manifest from evidence where run_id = $1 order by created_at desc limit 1',
        [runId],
      );
      return row?.manifest;
    },
    keep: (row, place) => database.transaction((tx) => keep(tx, { row, place }, queue, now())),
    findBody: async (evidenceId) => {
      const [row] = await database.query<{ body: string }>(
        'select body from evidence_comment where evidence_id = $1',
        [evidenceId],
      );
      return row?.body;
    },
    keepBody: async (evidenceId, body) => {
      await database.query(
        `insert into evidence_comment (evidence_id, body) values ($1, $2)
         on conflict (evidence_id) do update set body = $2`,
        [evidenceId, body],
      );
    },
    list: (evidenceId) => listWaivers(database, evidenceId),
  };
}

/** The waivers of one piece of evidence, oldest first. */
export async function listWaivers(sql: Sql, evidenceId: string): Promise<readonly Waiver[]> {
  const rows = await sql.query<StoredWaiver>(
    'select * from waiver where evidence_id = $1 order by at, finding',
    [evidenceId],
  );
  return rows.map(toWaiver);
}

function toWaiver(row: StoredWaiver): Waiver & { readonly commentId: number } {
  return {
    finding: row.finding,
    reason: row.reason,
    by: { id: row.by_id, login: row.by_login },
    commentId: row.comment_id,
    at: row.at.toISOString(),
  };
}

async function keep(
  tx: Sql,
  { row, place }: { readonly row: WaiverRow; readonly place: WaiverPlace },
  queue: Pick<Queue, 'send'>,
  now: Date,
) {
  const { evidenceId, finding, reason, by, commentId } = row;
  const kept = await tx.query<StoredWaiver>(
    `insert into waiver (evidence_id, finding, reason, by_id, by_login, comment_id, at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning *`,
    [evidenceId, finding, reason, by.id, by.login, commentId, now],
  );
  const [fresh] = kept;
  if (fresh) {
    const { runId, repositoryId, pull } = place;
    await queue.send(tx, 'gate', { repositoryId, pull });
    const facts = { evidence: evidenceId, finding, reason, pull };
    const actor = `user:${by.login}#${by.id}`;
    await append(tx, { kind: 'review.waived', runId, repositoryId, actor, facts }, now);
    return toWaiver(fresh);
  }
  const [known] = await tx.query<StoredWaiver>(
    'select * from waiver where evidence_id = $1 and finding = $2',
    [evidenceId, finding],
  );
  assert(known, 'a waiver is never removed');
  return toWaiver(known);
}
