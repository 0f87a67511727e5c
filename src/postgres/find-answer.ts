import type { Ask } from '#model/ask.ts';
import { isAnswered } from '#model/ask.ts';
import type { RunId } from '#model/run.ts';
import type { Cause } from '#model/trigger.ts';
import type { Sql } from './database.ts';

interface AnswerRow {
  readonly id: RunId;
  readonly cause: Cause;
  readonly requester_id: number;
  readonly at: string;
}

/** The run of this issue that stands for what is asked, open or over; the newest of several. */
export async function findAnswer(
  sql: Sql,
  { repositoryId, issue }: { readonly repositoryId: number; readonly issue: number },
  ask: Ask,
): Promise<RunId | undefined> {
  const rows = await sql.query<AnswerRow>(
    `select run.id, run.cause, run.requester_id, snapshot.document ->> 'authorizedAt' as at
     from run join snapshot on snapshot.sha256 = run.snapshot_sha256
     where run.repository_id = $1 and run.issue_number = $2 order by run.id desc`,
    [repositoryId, issue],
  );
  return rows.find(({ cause, requester_id, at }) =>
    isAnswered(ask, { cause, requesterId: requester_id, at }),
  )?.id;
}
