import type { Sha256 } from '#model/digest.ts';
import type { Snapshot } from '#model/snapshot.ts';
import { append } from './append.ts';
import type { Database, Sql } from './database.ts';

/** A tool call as it is written down. */
export interface ToolCallRow {
  readonly runId: string;
  readonly tokenSha256: Sha256;
  readonly tool: string;
  readonly decision: 'allowed' | 'refused';
  readonly because: string | null;
  readonly argsSha256: Sha256;
  readonly resultBytes: number;
  readonly callsMax: number;
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

/**
 * Count an allowed call against its budget and record it, in one transaction with the ledger. Over
 * budget, it is recorded as refused.
 */
export async function recordToolCall(
  database: Database,
  call: ToolCallRow,
  now: Date,
): Promise<'recorded' | 'over_budget'> {
  return database.transaction(async (tx) => {
    const within = call.decision === 'refused' || (await countCall(tx, call));
    const decision = within ? call.decision : 'refused';
    const because = within ? call.because : 'call_budget';
    await tx.query(
      'insert into tool_call (run_id, tool, decision, reason, args_sha256, result_bytes, at) values ($1, $2, $3, $4, $5, $6, $7)',
      [
        call.runId,
        call.tool,
        decision,
        because,
        call.argsSha256,
        within ? call.resultBytes : 0,
        now,
      ],
    );
    const facts = {
      tool: call.tool,
      decision,
      because,
      argsSha256: call.argsSha256,
      resultBytes: within ? call.resultBytes : 0,
      client: call.client,
      inventorySha256: call.inventorySha256,
    };
    await append(
      tx,
      { kind: 'context.called', runId: call.runId, repositoryId: null, actor: 'agent', facts },
      now,
    );
    return within ? 'recorded' : 'over_budget';
  });
}

async function countCall(tx: Sql, call: ToolCallRow): Promise<boolean> {
  const rows = await tx.query<{ count: number }>(
    `update session set calls = jsonb_set(calls, array[$2::text], to_jsonb(coalesce((calls ->> $2)::int, 0) + 1))
     where sha256 = $1 and revoked_at is null and coalesce((calls ->> $2)::int, 0) < $3 returning 1 as count`,
    [call.tokenSha256, call.tool, call.callsMax],
  );
  return rows.length === 1;
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
