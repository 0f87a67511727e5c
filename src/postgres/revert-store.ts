import { append } from './append.ts';
import type { Database, Sql } from './database.ts';
import type { StoredRun } from './run-store.ts';
import { findRun } from './run-store.ts';

/** What somebody says they have reverted: merged pull requests, or commits. */
export interface Reverted {
  readonly repositoryId: number;
  readonly pulls: readonly number[];
  readonly shas: readonly string[];
}

/** Why a merge counts as taken back, and who said so. */
export interface RevertNote {
  readonly because: string;
  readonly actor: string;
}

/** A merge is settled within minutes; what is told of one that is not ours is kept no longer than this. */
const toldDays = 30;

/** Remember what was told, for a merge that is not settled yet. The first telling of each stands. */
export function keepTold(
  database: Database,
  { repositoryId, pulls, shas }: Reverted,
  { because, actor }: RevertNote,
  now: Date,
): Promise<void> {
  const what = [...pulls.map((pull) => `pull:${pull}`), ...shas.map((sha) => `commit:${sha}`)];
  if (what.length === 0) return Promise.resolve();
  return database.transaction(async (tx) => {
    await tx.query(
      `delete from told_revert where told_at < $1::timestamptz - interval '1 day' * $2`,
      [now.toISOString(), toldDays],
    );
    await tx.query(
      `insert into told_revert (repository_id, what, because, actor, told_at)
       select $1::bigint, jsonb_array_elements_text($2::jsonb), $3, $4, $5::timestamptz
       on conflict do nothing`,
      [repositoryId, JSON.stringify(what), because, actor, now.toISOString()],
    );
  });
}

/** What was told of a run's merge before it was settled. */
export async function findTold(database: Database, runId: string): Promise<RevertNote | undefined> {
  const [told] = await database.query<RevertNote>(
    `select told.because, told.actor from told_revert told join run on run.id = $1
       and told.repository_id = run.repository_id
     where told.what in ('pull:' || run.pull, 'commit:' || run.head_sha)
       or told.what in (select 'commit:' || (facts ->> 'mergeSha') from entry
         where run_id = run.id and kind = 'schedule.merged')
     order by told.told_at limit 1`,
    [runId],
  );
  return told;
}

/** Whether a run has been told of this already. */
export async function wasUndermined(sql: Sql, runId: string, because: string): Promise<boolean> {
  const rows = await sql.query(
    `select 1 as one from entry where run_id = $1 and kind = 'schedule.undermined'
       and facts ->> 'because' = $2 limit 1`,
    [runId, because],
  );
  return rows.length > 0;
}

/** Runs whose merges these are; the commit of a merge is the one that was recorded with it. */
export async function findReverted(
  database: Database,
  { repositoryId, pulls, shas }: Reverted,
): Promise<readonly StoredRun[]> {
  if (pulls.length + shas.length === 0) return [];
  const rows = await database.query<{ id: string }>(
    `select id from run where repository_id = $1 and state in ('merged', 'settled')
       and (pull = any ($2::int[]) or head_sha = any ($3::text[]) or exists (
         select 1 from entry where run_id = run.id and kind = 'schedule.merged'
           and facts ->> 'mergeSha' = any ($3::text[]))) order by id`,
    [repositoryId, `{${pulls.join(',')}}`, `{${shas.join(',')}}`],
  );
  const runs = await Promise.all(rows.map(({ id }) => findRun(database, id)));
  return runs.filter((run) => run !== undefined);
}

/**
 * Record that a run's merge was reverted, and keep it where people read how the run stands. Once for
 * each run: two tellings of one revert are one revert.
 */
export function noteReverted(
  database: Database,
  run: Pick<StoredRun, 'id' | 'repository'>,
  { because, actor }: RevertNote,
  now: Date,
): Promise<boolean> {
  return database.transaction(async (tx) => {
    await tx.query('select 1 as one from run where id = $1 for update', [run.id]);
    const known = await tx.query(
      "select 1 as one from entry where run_id = $1 and kind = 'schedule.reverted' limit 1",
      [run.id],
    );
    if (known.length > 0) return false;
    await tx.query('update run set because = $2 where id = $1', [run.id, because]);
    const about = { runId: run.id, repositoryId: run.repository.id, actor };
    await append(tx, { kind: 'schedule.reverted', ...about, facts: { because } }, now);
    return true;
  });
}

/** Which of these issues had their newest merge of ours taken back. */
export async function listRevertedIssues(
  database: Database,
  repositoryId: number,
  issues: readonly number[],
): Promise<ReadonlySet<number>> {
  if (issues.length === 0) return new Set();
  const rows = await database.query<{ issue: number }>(
    `select issue_number as issue from (
       select distinct on (issue_number) id, issue_number from run
       where repository_id = $1 and issue_number = any ($2::int[]) and pull is not null
       order by issue_number, id desc) newest
     where exists (select 1 from entry where run_id = newest.id and kind = 'schedule.reverted')`,
    [repositoryId, `{${issues.join(',')}}`],
  );
  return new Set(rows.map(({ issue }) => issue));
}
