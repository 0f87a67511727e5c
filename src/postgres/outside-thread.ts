import type { IssueDigest, OutsideReport, OutsideThread } from '#model/outside.ts';
import type { Sql } from './database.ts';

interface ThreadRow {
  readonly source: string;
  readonly thread: string;
  readonly repository_id: number | null;
  readonly issue: number | null;
  readonly asked_at: Date | null;
  readonly wanted: IssueDigest | null;
  readonly written: IssueDigest | null;
}

/** Parts that are shown beside the one that began the thread. */
const newestMax = 20;

/** Keep a part in its newest version, and hold its thread so that one writes at a time. */
export async function takeThread(
  tx: Sql,
  take: { readonly source: string; readonly report: OutsideReport; readonly holder: string },
  time: { readonly now: Date; readonly holdMs: number },
): Promise<OutsideThread | undefined> {
  const { source, report, holder } = take;
  const { thread, part } = report;
  await tx.query(
    'insert into outside_thread (source, thread) values ($1, $2) on conflict do nothing',
    [source, thread],
  );
  await tx.query(
    `insert into outside_part (source, thread, part, at, report) values ($1, $2, $3, $4, $5)
     on conflict (source, thread, part) do update set at = excluded.at, report = excluded.report
     where excluded.at >= outside_part.at`,
    [source, thread, part.id, part.at, report],
  );
  const [row] = await tx.query<ThreadRow>(
    `update outside_thread set held_by = $3, held_until = $4
     where source = $1 and thread = $2 and (held_until is null or held_until <= $5)
     returning source, thread, repository_id, issue, asked_at, wanted, written`,
    [source, thread, holder, new Date(time.now.getTime() + time.holdMs), time.now],
  );
  return row && { ...toThread(row), ...(await readParts(tx, source, thread)) };
}

function toThread(row: ThreadRow): Omit<OutsideThread, 'reports' | 'leftOut'> {
  return {
    source: row.source,
    thread: row.thread,
    repositoryId: row.repository_id,
    issue: row.issue,
    askedAt: row.asked_at,
    wanted: row.wanted,
    written: row.written,
  };
}

async function readParts(tx: Sql, source: string, thread: string) {
  const rows = await tx.query<{ report: OutsideReport; nth: number; total: number }>(
    `select report, nth, total from (
       select report, row_number() over (order by at, part) as nth, count(*) over () as total
       from outside_part where source = $1 and thread = $2
     ) as ordered where nth = 1 or nth > total - $3 order by nth`,
    [source, thread, newestMax],
  );
  return {
    reports: rows.map(({ report }) => report),
    leftOut: (rows[0]?.total ?? 0) - rows.length,
  };
}
