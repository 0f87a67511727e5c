import type { Sha256 } from '#model/digest.ts';
import type { Snapshot } from '#model/snapshot.ts';
import { append } from './append.ts';
import type { Database, Sql } from './database.ts';
import type { UsedSession } from './live-session.ts';
import { revokeSessions, useSession } from './live-session.ts';

/** A tool call as it is written down. */
export interface ToolCallRow {
  readonly runId: string;
  readonly tokenSha256: Sha256;
  readonly tool: string;
  readonly decision: 'allowed' | 'refused';
  readonly because: string | null;
  readonly argsSha256: Sha256;
  readonly resultBytes: number;
  readonly client: string | null;
  readonly inventorySha256: Sha256;
}

/** The frozen text of an issue. */
export async function findSnapshot(sql: Sql, digest: Sha256): Promise<Snapshot | undefined> {
  const [row] = await sql.query<{ document: Snapshot }>(
    'select document from snapshot where sha256 = $1',
    [digest],
  );
  return row?.document;
}

/** A session that is refused so often is looking for a way in: its agent has no use for that. */
const refusedCallsMax = 200;

/** How the record of a call ended. */
export type CallEnd = 'recorded' | 'over_budget' | 'dead' | 'tool_paused';

/**
 * Record a call and, when it was allowed, count it against the budget that its session was issued
 * with, in one transaction with the ledger. Over budget it is recorded as refused; a session that is
 * dead by now gets nothing, and one that was refused too often is revoked.
 */
export async function recordToolCall(
  database: Database,
  call: ToolCallRow,
  now: Date,
): Promise<CallEnd> {
  return database.transaction(async (tx) => {
    const session = await useSession(tx, call.tokenSha256, now);
    const refusal = session ? await whyNotNow(tx, session, call) : 'session_dead';
    await writeCall(tx, call, refusal, now);
    if (!session) return 'dead';
    if (refusal === null) await countCall(tx, call);
    else await countRefusal(tx, call.tokenSha256, session, now);
    if (refusal === 'tool_paused') return refusal;
    return refusal === 'call_budget' ? 'over_budget' : 'recorded';
  });
}

/** An operator's word comes before what the session was issued with. */
async function whyNotNow(tx: Sql, session: UsedSession, call: ToolCallRow): Promise<string | null> {
  const paused = await listPausedTools(tx);
  return paused.has(call.tool) ? 'tool_paused' : whyNot(session, call);
}

/** Tools that an operator has paused, by their names in policies. */
export async function listPausedTools(sql: Sql): Promise<ReadonlySet<string>> {
  const rows = await sql.query<{ scope: string }>(
    "select scope from pause where scope like 'tool:%'",
  );
  return new Set(rows.map(({ scope }) => scope.slice('tool:'.length)));
}

/** Null when the call is allowed by the session itself, whatever the caller says about it. */
function whyNot({ tools, calls }: UsedSession, call: ToolCallRow): string | null {
  if (call.decision === 'refused') return call.because ?? 'refused';
  const grant = tools.find(({ tool }) => tool === call.tool);
  return grant && (calls[call.tool] ?? 0) < grant.callsMax ? null : 'call_budget';
}

async function writeCall(
  tx: Sql,
  call: ToolCallRow,
  because: string | null,
  now: Date,
): Promise<void> {
  const { runId, tool, argsSha256, client, inventorySha256 } = call;
  const decision = because === null ? 'allowed' : 'refused';
  const resultBytes = because === null ? call.resultBytes : 0;
  await tx.query(
    'insert into tool_call (run_id, tool, decision, reason, args_sha256, result_bytes, at) values ($1, $2, $3, $4, $5, $6, $7)',
    [runId, tool, decision, because, argsSha256, resultBytes, now],
  );
  const facts = { tool, decision, because, argsSha256, resultBytes, client, inventorySha256 };
  await append(
    tx,
    { kind: 'context.called', runId, repositoryId: null, actor: 'agent', facts },
    now,
  );
}

async function countCall(tx: Sql, { tokenSha256, tool }: ToolCallRow): Promise<void> {
  await tx.query(
    `update session set calls = jsonb_set(calls, array[$2::text], to_jsonb(coalesce((calls ->> $2)::int, 0) + 1))
     where sha256 = $1`,
    [tokenSha256, tool],
  );
}

async function countRefusal(
  tx: Sql,
  tokenSha256: string,
  { refusedCalls }: UsedSession,
  now: Date,
): Promise<void> {
  await tx.query('update session set refused_calls = refused_calls + 1 where sha256 = $1', [
    tokenSha256,
  ]);
  if (refusedCalls + 1 < refusedCallsMax) return;
  const because = `${refusedCallsMax} of its calls were refused`;
  await revokeSessions(tx, { where: 'sha256 = $1', values: [tokenSha256] }, because, now);
}

/** How often each tool was called in a run, allowed and refused. */
export async function countToolCalls(
  sql: Sql,
  runId: string,
): Promise<
  readonly { readonly tool: string; readonly allowed: number; readonly refused: number }[]
> {
  return sql.query(
    `select tool, count(*) filter (where decision = 'allowed')::int as allowed,
       count(*) filter (where decision = 'refused')::int as refused
     from tool_call where run_id = $1 group by tool order by tool`,
    [runId],
  );
}
