import type { Grant, Phase } from '#model/grant.ts';
import type { Sql } from './database.ts';

/** Closed grants and ended sessions that are shown; the ledger has them all. */
const pastMax = 100;

/** A grant as the record has it, with when it was used last. */
export interface GrantUse {
  readonly id: string;
  readonly runId: string;
  readonly repository: string;
  readonly issue: number;
  readonly requester: string;
  readonly workflowRunId: number | null;
  readonly tools: Grant['tools'];
  readonly state: Grant['state'];
  readonly since: Date;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date;
}

/** A session of a job, with what it was used for. Of its token only the digest is known. */
export interface SessionUse {
  readonly tokenSha256: string;
  readonly runId: string;
  readonly repository: string;
  readonly requester: string;
  readonly phase: Phase;
  readonly checkRunId: number;
  readonly tools: Grant['tools'];
  readonly calls: Readonly<Record<string, number>>;
  readonly since: Date;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly isGrantOpen: boolean;
}

/** A name and when it was used last. */
export interface LastUse {
  readonly name: string;
  /** Null when it was never used. */
  readonly at: Date | null;
}

/** Open grants, and the newest closed ones. Ids are UUIDv7: the time is in them. */
export async function listGrantUses(sql: Sql): Promise<readonly GrantUse[]> {
  return sql.query<GrantUse>(
    `select shown.id, shown.run_id as "runId", shown.repository, shown.issue,
       shown.requester_login as requester, shown.workflow_run_id as "workflowRunId", shown.tools,
       shown.state, run.created_at as since, shown.expires_at as "expiresAt",
       (select max(issued_at) from issued where grant_id = shown.id) as "lastUsedAt"
     from (
       select * from run_grant where state <> 'closed'
       union all
       (select * from run_grant where state = 'closed' order by id desc limit ${pastMax})
     ) as shown join run on run.id = shown.run_id
     order by (shown.state = 'closed'), shown.id desc`,
  );
}

/** Sessions of those grants, live ones first. */
export async function listSessionUses(sql: Sql): Promise<readonly SessionUse[]> {
  return sql.query<SessionUse>(
    `select session.sha256 as "tokenSha256", session.run_id as "runId", run_grant.repository,
       run_grant.requester_login as requester, session.phase, session.check_run_id as "checkRunId",
       session.tools, session.calls, issued.issued_at as since, session.expires_at as "expiresAt",
       session.revoked_at as "revokedAt", run_grant.state = 'open' as "isGrantOpen",
       case when session.phase = 'agent'
         then (select max(at) from tool_call where tool_call.run_id = session.run_id)
         else (select received_at from report where report.run_id = session.run_id)
       end as "lastUsedAt"
     from session join run_grant on run_grant.id = session.grant_id
       join issued on issued.grant_id = session.grant_id and issued.phase = session.phase
     where session.revoked_at is null or session.grant_id in (
       select id from run_grant where state = 'closed' order by id desc limit ${pastMax})
     order by (session.revoked_at is not null), issued.issued_at desc`,
  );
}

/** Tools that were called, installations that had runs, sources that sent, keys that signed: when last. */
export async function readLastUses(sql: Sql): Promise<{
  readonly tools: readonly LastUse[];
  readonly installations: readonly LastUse[];
  readonly sources: readonly LastUse[];
  /** Of the webhook secret and of the evidence key. */
  readonly credentials: readonly LastUse[];
}> {
  const read = (what: string) => sql.query<LastUse>(what);
  return {
    tools: await read('select tool as name, max(at) as at from tool_call group by tool'),
    installations: await read(
      'select installation_id::text as name, max(updated_at) as at from run group by installation_id',
    ),
    sources: await read(
      'select source as name, max(received_at) as at from outside_signal group by source',
    ),
    credentials: await read(
      `select 'webhook' as name, max(received_at) as at from delivery
       union all select 'evidence', max(created_at) from evidence`,
    ),
  };
}
