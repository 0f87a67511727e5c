import type { ToolGrant } from '#model/grant.ts';
import type { Session } from '#model/session.ts';
import { append } from './append.ts';
import type { Sql } from './database.ts';

/** A session that is in use, held until the transaction ends. */
export interface UsedSession {
  readonly runId: string;
  readonly repositoryId: number;
  readonly tools: readonly ToolGrant[];
  readonly calls: Readonly<Record<string, number>>;
  readonly refusedCalls: number;
}

/**
 * Hold a session for one use: undefined when it is revoked, expired, or its grant is not open. Whoever
 * revokes it waits, or is waited for, so that nothing is done with a session that is dead by then.
 */
export async function useSession(
  tx: Sql,
  tokenSha256: string,
  now: Date,
): Promise<UsedSession | undefined> {
  const [row] = await tx.query<UsedSession>(
    `select session.run_id as "runId", session.repository_id as "repositoryId", session.tools,
       session.calls, session.refused_calls as "refusedCalls"
     from session join run_grant on run_grant.id = session.grant_id
     where session.sha256 = $1 and session.revoked_at is null and session.expires_at > $2
       and run_grant.state = 'open'
     for update of session`,
    [tokenSha256, now],
  );
  return row;
}

/** End a session and open one in its place, which goes on counting. When it ends; null for a dead one. */
export async function renewSession(
  tx: Sql,
  { tokenSha256, runId, repositoryId, checkRunId }: Session,
  next: { readonly tokenSha256: string; readonly until: Date },
  now: Date,
): Promise<Date | null> {
  if (!(await useSession(tx, tokenSha256, now))) return null;
  await tx.query('update session set revoked_at = $2 where sha256 = $1', [tokenSha256, now]);
  const [row] = await tx.query<{ expires_at: Date }>(
    `insert into session (sha256, grant_id, run_id, repository_id, phase, check_run_id, calls, refused_calls, tools,
       key_thumbprint, expires_at)
     select $2, old.grant_id, old.run_id, old.repository_id, old.phase, old.check_run_id, old.calls, old.refused_calls,
       old.tools, old.key_thumbprint, least($3::timestamptz, run_grant.expires_at)
     from session old join run_grant on run_grant.id = old.grant_id where old.sha256 = $1
     returning expires_at`,
    [tokenSha256, next.tokenSha256, next.until],
  );
  if (!row) return null;
  await append(
    tx,
    {
      kind: 'broker.renewed',
      runId,
      repositoryId,
      actor: `job:${checkRunId}`,
      facts: {
        endedSha256: tokenSha256,
        sessionSha256: next.tokenSha256,
        expiresAt: row.expires_at.toISOString(),
      },
    },
    now,
  );
  return row.expires_at;
}

/** Revoke the sessions that a condition names, each with its entry. How many lived until now. */
export async function revokeSessions(
  tx: Sql,
  which: { readonly where: string; readonly values: readonly unknown[] },
  because: string | null,
  now: Date,
): Promise<number> {
  const revoked = await tx.query<{
    sha256: string;
    run_id: string;
    repository_id: number;
    phase: string;
  }>(
    `update session set revoked_at = $${which.values.length + 1}
     where ${which.where} and revoked_at is null
     returning sha256, run_id, repository_id, phase`,
    [...which.values, now],
  );
  for (const one of revoked) {
    const facts = { sessionSha256: one.sha256, phase: one.phase };
    await append(
      tx,
      {
        kind: 'broker.revoked',
        runId: one.run_id,
        repositoryId: one.repository_id,
        actor: 'app',
        facts: because === null ? facts : { ...facts, because },
      },
      now,
    );
  }
  return revoked.length;
}
