import type { RunId } from '#model/run.ts';
import type { AttemptCause } from '#model/trigger.ts';
import { isAttempt } from '#model/trigger.ts';
import type { Sql } from './database.ts';
import { findRun, findRunOfIssue } from './run-store.ts';

/** What another attempt would replace, and how many runs the pull request had. */
export async function findAttempts(
  sql: Sql,
  question: {
    readonly repositoryId: number;
    readonly cause: AttemptCause;
    /** The attempt itself, once it has a run. */
    readonly notRun: RunId | null;
  },
): Promise<{
  readonly runs: number;
  readonly replaced: string;
  readonly isReplaceable: boolean;
}> {
  const { repositoryId, cause, notRun } = question;
  const [counted] = await sql.query<{ runs: number }>(
    `select count(*)::int as runs from run
     where repository_id = $1 and pull = $2 and ($3::uuid is null or id <> $3)`,
    [repositoryId, cause.pull, notRun],
  );
  const run = await findRun(sql, cause.replaces);
  const newest = run && (await findRunOfIssue(sql, repositoryId, run.issue.number));
  const isNewest = newest !== undefined && newest.id === run?.id;
  const headSha = run && (run.headSha ?? (isAttempt(run.cause) ? run.cause.headSha : null));
  return {
    runs: counted?.runs ?? 0,
    replaced: run?.state.replaceAll('_', ' ') ?? 'gone',
    isReplaceable:
      isNewest &&
      run.pull === cause.pull &&
      headSha === cause.headSha &&
      (run.state === 'in_review' || (run.state === 'failed' && isAttempt(run.cause))),
  };
}

/** Whether a decision about this review or check run is in the record. */
export async function wasAnswered(
  sql: Sql,
  question: {
    readonly repositoryId: number;
    readonly fact: 'reviewId' | 'checkRunId';
    readonly id: number;
  },
): Promise<boolean> {
  const { repositoryId, fact, id } = question;
  const rows = await sql.query(
    `select 1 as one from entry where kind = 'policy.decided' and repository_id = $1
       and facts #>> array['cause', $2] = $3 limit 1`,
    [repositoryId, fact, String(id)],
  );
  return rows.length > 0;
}
