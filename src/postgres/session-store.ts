import type { EntryDraft } from '#model/entry.ts';
import { assert } from '#model/fault.ts';
import type { Grant, Phase } from '#model/grant.ts';
import type { JsonObject } from '#model/json.ts';
import type { ModelUsage } from '#model/model-usage.ts';
import type { RunId } from '#model/run.ts';
import type { Session } from '#model/session.ts';
import { append } from './append.ts';
import type { Database, Sql } from './database.ts';
import { closeGrant, findGrant } from './grant-row.ts';
import type { HandedOverRow } from './hand-over.ts';
import { findHandOver, saveHandOver } from './hand-over.ts';
import { renewSession, revokeSessions, useSession } from './live-session.ts';
import { saveUsage } from './model-usage.ts';
import type { Queue } from './queue.ts';
import { moveRunIn } from './run-store.ts';
import { sweepExpired } from './sweep.ts';

/** An issuance that all checks allowed. */
export interface IssuanceRow {
  readonly grant: Grant;
  readonly session: Session;
  readonly entry: EntryDraft;
}

/** An open grant with the jobs that hold a session on it. */
export interface LiveSessionsRow {
  readonly grant: Grant;
  readonly jobs: readonly { readonly phase: Phase; readonly checkRunId: number }[];
}

export type Issued = 'issued' | 'phase_out_of_order' | 'phase_already_issued' | 'grant_closed';

/** What the broker reads and writes. Of tokens it knows SHA-256 digests only. */
export interface SessionStore {
  burn(token: { iss: string; jti: string; keepUntil: Date }): Promise<boolean>;
  findGrant(id: string): Promise<Grant | undefined>;
  issue(issuance: IssuanceRow): Promise<Issued>;
  append(entry: EntryDraft): Promise<void>;
  findSession(tokenSha256: string): Promise<Session | undefined>;
  /** Open grants on which a session lives, at most 200: who holds something now. */
  listLiveSessions(): Promise<readonly LiveSessionsRow[]>;
  /** `repeated` when there was one; `dead` when the session ended meanwhile. */
  saveReport(session: Session, report: JsonObject): Promise<'saved' | 'repeated' | 'dead'>;
  findReport(runId: RunId): Promise<JsonObject | undefined>;
  /** `taken` when the run has another one; `dead` when the session ended meanwhile. */
  saveHandOver(
    session: Session,
    artifact: HandedOverRow,
  ): Promise<'saved' | 'repeated' | 'taken' | 'dead'>;
  /** What the agent's job of a run said that it left. */
  findHandOver(runId: RunId): Promise<HandedOverRow | undefined>;
  /** False when the session ended meanwhile. */
  saveUsage(session: Session, usage: ModelUsage): Promise<boolean>;
  /** Ends the old one first; when the new one ends, or null when the old one was dead. */
  renewSession(
    session: Session,
    next: { readonly tokenSha256: string; readonly until: Date },
  ): Promise<Date | null>;
  revokeSession(tokenSha256: string): Promise<boolean>;
  revokePhase(workflowRunId: number, phase: Phase): Promise<number>;
  /** Close the grant and every session of a run; its workflow run is over. */
  revokeRun(runId: RunId, because: string): Promise<number>;
  /** Close what expired and forget what is too old to be replayed. Returns the runs it ended. */
  sweep(): Promise<readonly RunId[]>;
}

export function createSessionStore(
  database: Database,
  queue: Pick<Queue, 'send'>,
  now: () => Date,
): SessionStore {
  return {
    burn: async ({ iss, jti, keepUntil }) => {
      // Not waited for on the disk: the issuance is, and the log of it holds this one before it. A
      // burn that a crash loses is one on which nothing was issued.
      const burnt = await database.query(
        `with relaxed as (select set_config('synchronous_commit', 'off', true))
         insert into used_token (iss, jti, keep_until) select $1, $2, $3::timestamptz from relaxed
         on conflict do nothing returning 1 as one`,
        [iss, jti, keepUntil],
      );
      return burnt.length === 1;
    },
    findGrant: (id) => findGrant(database, { id }),
    issue: (issuance) => database.transaction((tx) => issue(tx, issuance, now())),
    append: async (entry) => {
      await database.transaction((tx) => append(tx, entry, now()));
    },
    findSession: (tokenSha256) => findSession(database, tokenSha256),
    listLiveSessions: () => listLiveSessions(database),
    saveReport: (session, document) =>
      database.transaction((tx) => saveReport(tx, { session, document }, queue, now())),
    findReport: async (runId) => {
      const [row] = await database.query<{ document: JsonObject }>(
        'select document from report where run_id = $1',
        [runId],
      );
      return row?.document;
    },
    saveHandOver: (session, artifact) =>
      database.transaction((tx) => saveHandOver(tx, session, artifact, now())),
    findHandOver: (runId) => findHandOver(database, runId),
    saveUsage: (session, usage) =>
      database.transaction((tx) => saveUsage(tx, session, usage, now())),
    renewSession: (session, next) =>
      database.transaction((tx) => renewSession(tx, session, next, now())),
    revokeSession: (tokenSha256) =>
      database.transaction(async (tx) => {
        const which = { where: 'sha256 = $1', values: [tokenSha256] };
        return (await revokeSessions(tx, which, null, now())) > 0;
      }),
    revokePhase: (workflowRunId, phase) =>
      database.transaction((tx) => {
        const where =
          'grant_id in (select id from run_grant where workflow_run_id = $1) and phase = $2';
        return revokeSessions(tx, { where, values: [workflowRunId, phase] }, null, now());
      }),
    revokeRun: (runId, because) =>
      database.transaction((tx) => revokeRun(tx, runId, because, now())),
    sweep: () => sweepExpired(database, queue, now()),
  };
}

async function issue(tx: Sql, { grant, session, entry }: IssuanceRow, now: Date): Promise<Issued> {
  // The lock makes order, single issuance and an open grant one question.
  const [locked] = await tx.query<{ state: Grant['state'] }>(
    'select state from run_grant where id = $1 for update',
    [grant.id],
  );
  if (locked?.state !== 'open') return 'grant_closed';
  const rows = await tx.query<{ phase: Phase }>('select phase from issued where grant_id = $1', [
    grant.id,
  ]);
  const before = rows.map((row) => row.phase);
  if (before.includes(session.phase)) return 'phase_already_issued';
  if (session.phase === 'report' && !before.includes('agent')) return 'phase_out_of_order';
  if (session.phase === 'agent' && before.length > 0) return 'phase_out_of_order';
  if (!(await canStart(tx, session))) return 'grant_closed';
  await tx.query(
    'insert into issued (grant_id, phase, check_run_id, issued_at) values ($1, $2, $3, $4)',
    [grant.id, session.phase, session.checkRunId, now],
  );
  await insertSession(tx, session);
  if (session.phase === 'report') {
    await append(tx, entry, now);
    return 'issued';
  }
  const { kind, actor, facts } = entry;
  const moved = await moveRunIn(tx, session.runId, { event: 'start', kind, actor, facts }, now);
  assert(moved.ok, 'a dispatched run can start');
  return 'issued';
}

/** The agent starts a dispatched run; a report needs none of its own moves. */
async function canStart(tx: Sql, session: Session): Promise<boolean> {
  const [run] = await tx.query<{ state: string }>(
    'select state from run where id = $1 for update',
    [session.runId],
  );
  if (session.phase === 'agent') return run?.state === 'dispatched';
  return run?.state === 'working' || run?.state === 'changed' || run?.state === 'verifying';
}

async function insertSession(tx: Sql, session: Session): Promise<void> {
  await tx.query(
    `insert into session (sha256, grant_id, run_id, repository_id, phase, check_run_id, expires_at, tools,
       key_thumbprint)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      session.tokenSha256,
      session.grantId,
      session.runId,
      session.repositoryId,
      session.phase,
      session.checkRunId,
      session.expiresAt,
      session.phase === 'agent' ? session.tools : [],
      session.keyThumbprint,
    ],
  );
}

interface SessionRow {
  readonly sha256: string;
  readonly grant_id: string;
  readonly run_id: string;
  readonly repository_id: number;
  readonly phase: Phase;
  readonly check_run_id: number;
  readonly expires_at: Date;
  readonly tools: Grant['tools'];
  readonly key_thumbprint: string | null;
}

async function findSession(sql: Sql, tokenSha256: string): Promise<Session | undefined> {
  const [row] = await sql.query<SessionRow>(
    `select session.sha256, session.grant_id, session.run_id, session.repository_id, session.phase,
       session.check_run_id, session.expires_at, session.tools, session.key_thumbprint
     from session join run_grant on run_grant.id = session.grant_id
     where session.sha256 = $1 and session.revoked_at is null and run_grant.state = 'open'`,
    [tokenSha256],
  );
  return (
    row && {
      tokenSha256: row.sha256,
      grantId: row.grant_id,
      runId: row.run_id,
      repositoryId: row.repository_id,
      phase: row.phase,
      checkRunId: row.check_run_id,
      tools: row.tools,
      expiresAt: row.expires_at.toISOString(),
      keyThumbprint: row.key_thumbprint,
    }
  );
}

async function listLiveSessions(sql: Sql): Promise<readonly LiveSessionsRow[]> {
  const rows = await sql.query<{ grant_id: string; jobs: LiveSessionsRow['jobs'] }>(
    `select session.grant_id,
       jsonb_agg(jsonb_build_object('phase', session.phase, 'checkRunId', session.check_run_id)) as jobs
     from session join run_grant on run_grant.id = session.grant_id
     where session.revoked_at is null and run_grant.state = 'open'
     group by session.grant_id order by session.grant_id limit 200`,
  );
  const live: LiveSessionsRow[] = [];
  for (const { grant_id, jobs } of rows) {
    const grant = await findGrant(sql, { id: grant_id });
    if (grant) live.push({ grant, jobs });
  }
  return live;
}

async function saveReport(
  tx: Sql,
  { session, document }: { readonly session: Session; readonly document: JsonObject },
  queue: Pick<Queue, 'send'>,
  now: Date,
): Promise<'saved' | 'repeated' | 'dead'> {
  if (!(await useSession(tx, session.tokenSha256, now))) return 'dead';
  const saved = await tx.query(
    `insert into report (run_id, document, received_at) values ($1, $2, $3)
     on conflict do nothing returning 1 as one`,
    [session.runId, document, now],
  );
  if (saved.length === 0) return 'repeated';
  await queue.send(tx, 'publish', { runId: session.runId });
  await append(
    tx,
    {
      kind: 'broker.reported',
      runId: session.runId,
      repositoryId: session.repositoryId,
      actor: `job:${session.checkRunId}`,
      facts: { sessionSha256: session.tokenSha256, report: document },
    },
    now,
  );
  return 'saved';
}

async function revokeRun(tx: Sql, runId: RunId, because: string, now: Date): Promise<number> {
  const [open] = await tx.query<{ repository_id: number }>(
    "select repository_id from run_grant where run_id = $1 and state <> 'closed' for update",
    [runId],
  );
  const sessionsRevoked = await closeGrant(tx, runId, now);
  if (!open && sessionsRevoked === 0) return 0;
  await append(
    tx,
    {
      kind: 'broker.closed',
      runId,
      repositoryId: open?.repository_id ?? null,
      actor: 'app',
      facts: { because, sessionsRevoked },
    },
    now,
  );
  return sessionsRevoked;
}
