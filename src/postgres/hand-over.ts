import type { RunId } from '#model/run.ts';
import type { Session } from '#model/session.ts';
import { append } from './append.ts';
import type { Sql } from './database.ts';
import { useSession } from './live-session.ts';

/** An artifact: GitHub's id, and the SHA-256 of its zip in hex. */
export interface HandedOverRow {
  readonly id: number;
  readonly digest: string;
}

/** Keep what the agent's job says that it left: one a run, with its ledger entry. */
export async function saveHandOver(
  tx: Sql,
  { tokenSha256, runId, repositoryId, checkRunId }: Session,
  artifact: HandedOverRow,
  now: Date,
): Promise<'saved' | 'repeated' | 'taken' | 'dead'> {
  if (!(await useSession(tx, tokenSha256, now))) return 'dead';
  const saved = await tx.query(
    `insert into handed_over (run_id, artifact_id, digest, handed_at) values ($1, $2, $3, $4)
     on conflict do nothing returning 1 as one`,
    [runId, artifact.id, artifact.digest, now],
  );
  if (saved.length === 0) {
    const kept = await findHandOver(tx, runId);
    return kept?.id === artifact.id && kept.digest === artifact.digest ? 'repeated' : 'taken';
  }
  await append(
    tx,
    {
      kind: 'broker.handed_over',
      runId,
      repositoryId,
      actor: `job:${checkRunId}`,
      facts: { sessionSha256: tokenSha256, artifactId: artifact.id, digest: artifact.digest },
    },
    now,
  );
  return 'saved';
}

export async function findHandOver(sql: Sql, runId: RunId): Promise<HandedOverRow | undefined> {
  const [row] = await sql.query<{ artifact_id: number; digest: string }>(
    'select artifact_id, digest from handed_over where run_id = $1',
    [runId],
  );
  return row && { id: row.artifact_id, digest: row.digest };
}
