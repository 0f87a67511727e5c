import type { ToolGrant } from '#model/grant.ts';
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
