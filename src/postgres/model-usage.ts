import type { ModelUsage } from '#model/model-usage.ts';
import { modelUsageSchema } from '#model/model-usage.ts';
import type { RunId } from '#model/run.ts';
import type { Session } from '#model/session.ts';
import { append } from './append.ts';
import type { Sql } from './database.ts';
import { useSession } from './live-session.ts';

/** Keep what the gate says; false when the session ended. That a budget is spent is recorded, once. */
export async function saveUsage(
  tx: Sql,
  { tokenSha256, runId, repositoryId, checkRunId }: Session,
  usage: ModelUsage,
  now: Date,
): Promise<boolean> {
  if (!(await useSession(tx, tokenSha256, now))) return false;
  const before = await findUsage(tx, runId);
  // Reports may overtake each other; what was used does not become less.
  if (before && before.calls > usage.calls) return true;
  await tx.query(
    `insert into model_usage (run_id, document, told_at) values ($1, $2, $3)
     on conflict (run_id) do update set document = excluded.document, told_at = excluded.told_at`,
    [runId, usage, now],
  );
  if (usage.stopped === null || before?.stopped) return true;
  await append(
    tx,
    {
      kind: 'broker.budget_spent',
      runId,
      repositoryId,
      actor: `job:${checkRunId}`,
      facts: { ...usage },
    },
    now,
  );
  return true;
}

export async function findUsage(sql: Sql, runId: RunId): Promise<ModelUsage | null> {
  const [row] = await sql.query<{ document: unknown }>(
    'select document from model_usage where run_id = $1',
    [runId],
  );
  return row ? modelUsageSchema.parse(row.document) : null;
}
