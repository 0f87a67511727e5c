import type { EntryDraft } from '#model/entry.ts';
import { assert } from '#model/fault.ts';
import type { IssueDigest, OutsideThread } from '#model/outside.ts';
import { append } from './append.ts';
import type { Database, Sql } from './database.ts';

/** What one source may have written in an hour. */
export interface OutsideLimits {
  readonly issuesPerHour: number;
  readonly updatesPerHour: number;
}

const hourMs = 60 * 60_000;

/** What GitHub is asked for, and what it answered: recorded before and after. */
export interface OutsideIssueStore {
  /**
   * Record what GitHub will be asked for. A sentence when the source has had its share of this
   * hour: then nothing is recorded.
   */
  request(
    thread: OutsideThread,
    ask: { readonly wanted: IssueDigest; readonly limits: OutsideLimits; readonly holder: string },
    entry: EntryDraft,
  ): Promise<string | null>;
  /** GitHub has it: this is the thread's issue, and says what was wanted. */
  confirm(
    thread: OutsideThread,
    issue: { readonly repositoryId: number; readonly number: number },
    entry: EntryDraft,
  ): Promise<void>;
}

export function createOutsideIssueStore(database: Database, now: () => Date): OutsideIssueStore {
  return {
    request: (thread, ask, entry) =>
      database.transaction(async (tx) => {
        // Two signals of one source count one after the other, or both would fit.
        await tx.query("select pg_advisory_xact_lock(hashtextextended('outside:' || $1, 0))", [
          thread.source,
        ]);
        const over = await findLimit(tx, thread, ask.limits, now());
        if (over !== null) return over;
        const rows = await tx.query(
          `update outside_thread set wanted = $4, asked_at = coalesce(asked_at, $5)
           where source = $1 and thread = $2 and held_by = $3 returning 1 as one`,
          [thread.source, thread.thread, ask.holder, ask.wanted, now()],
        );
        assert(rows.length === 1, 'who writes an outside thread holds it');
        await append(tx, entry, now());
        return null;
      }),
    confirm: (thread, { repositoryId, number }, entry) =>
      database.transaction(async (tx) => {
        await tx.query(
          `update outside_thread set repository_id = $3, issue = $4, written = wanted
           where source = $1 and thread = $2`,
          [thread.source, thread.thread, repositoryId, number],
        );
        await append(tx, entry, now());
      }),
  };
}

async function findLimit(
  tx: Sql,
  { source, askedAt, issue }: OutsideThread,
  limits: OutsideLimits,
  now: Date,
): Promise<string | null> {
  const since = new Date(now.getTime() - hourMs);
  const count = async (statement: string) => {
    const [row] = await tx.query<{ count: number }>(statement, [source, since]);
    return row?.count ?? 0;
  };
  if (askedAt === null) {
    const asked = await count(
      'select count(*) as count from outside_thread where source = $1 and asked_at > $2',
    );
    if (asked < limits.issuesPerHour) return null;
    return `expected at most ${limits.issuesPerHour} new issues an hour from ${source}, which it has had`;
  }
  if (issue === null) return null;
  const written = await count(
    "select count(*) as count from outside_signal where source = $1 and state = 'written' and settled_at > $2",
  );
  if (written < limits.updatesPerHour) return null;
  return `expected at most ${limits.updatesPerHour} writes an hour from ${source}, which it has had`;
}
