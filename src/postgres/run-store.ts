import type { Decision } from '#model/decision.ts';
import type { EntryDraft } from '#model/entry.ts';
import type { Policy } from '#model/policy.ts';
import type { Result } from '#model/result.ts';
import { refuse } from '#model/result.ts';
import type { IllegalMove, Run, RunEvent, RunId } from '#model/run.ts';
import { transition } from '#model/run.ts';
import type { Cause } from '#model/trigger.ts';
import { append } from './append.ts';
import type { Sql } from './database.ts';

interface RunRow {
  readonly id: string;
  readonly repository_id: number;
  readonly owner_id: number;
  readonly owner: string;
  readonly name: string;
  readonly installation_id: number;
  readonly issue_id: number;
  readonly issue_number: number;
  readonly issue_title: string;
  readonly state: Run['state'];
  readonly because: string | null;
  readonly requester_id: number;
  readonly requester_login: string;
  readonly chain_id: string;
  readonly depth: number;
  readonly policy_sha256: string;
  readonly organization_policy_sha256: string | null;
  readonly policy: Policy;
  readonly snapshot_sha256: string;
  readonly decision: Decision;
  readonly cause: Cause;
  readonly base_ref: string;
  readonly base_sha: string;
  readonly workflow_run_id: number | null;
  readonly branch: string | null;
  readonly head_sha: string | null;
  readonly pull: number | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** A run with what was decided about it: the policy and the receipt, as they were then. */
export interface StoredRun extends Run {
  readonly policy: Policy;
  readonly decision: Decision;
  readonly cause: Cause;
}

/** The members of a run that a move may set. */
export type RunChanges = Partial<
  Pick<Run, 'because' | 'workflowRunId' | 'branch' | 'headSha' | 'pull' | 'baseSha'>
>;

export function rowToRun(row: RunRow): StoredRun {
  return {
    id: row.id,
    repository: { id: row.repository_id, ownerId: row.owner_id, owner: row.owner, name: row.name },
    installationId: row.installation_id,
    issue: { id: row.issue_id, number: row.issue_number, title: row.issue_title },
    state: row.state,
    because: row.because,
    requester: { id: row.requester_id, login: row.requester_login },
    chainId: row.chain_id,
    depth: row.depth,
    policySha256: row.policy_sha256,
    organizationPolicySha256: row.organization_policy_sha256,
    policy: row.policy,
    snapshotSha256: row.snapshot_sha256,
    decision: row.decision,
    cause: row.cause,
    baseRef: row.base_ref,
    baseSha: row.base_sha,
    workflowRunId: row.workflow_run_id,
    branch: row.branch,
    headSha: row.head_sha,
    pull: row.pull,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** Insert a run in the state it carries, inside the caller's transaction. */
export async function insertRun(tx: Sql, run: StoredRun): Promise<void> {
  await tx.query(
    `insert into run (id, repository_id, owner_id, owner, name, installation_id, issue_id, issue_number,
       issue_title, state, because, requester_id, requester_login, chain_id, depth, policy_sha256, policy,
       snapshot_sha256, decision, base_ref, base_sha, workflow_run_id, branch, head_sha, pull, created_at, updated_at, cause,
       organization_policy_sha256)
     values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,$28,$29)`,
    [
      run.id,
      run.repository.id,
      run.repository.ownerId,
      run.repository.owner,
      run.repository.name,
      run.installationId,
      run.issue.id,
      run.issue.number,
      run.issue.title,
      run.state,
      run.because,
      run.requester.id,
      run.requester.login,
      run.chainId,
      run.depth,
      run.policySha256,
      run.policy,
      run.snapshotSha256,
      run.decision,
      run.baseRef,
      run.baseSha,
      run.workflowRunId,
      run.branch,
      run.headSha,
      run.pull,
      run.createdAt,
      run.updatedAt,
      run.cause,
      run.organizationPolicySha256,
    ],
  );
}

export async function findRun(sql: Sql, id: RunId): Promise<StoredRun | undefined> {
  const [row] = await sql.query<RunRow>('select * from run where id = $1', [id]);
  return row && rowToRun(row);
}

/** The id of a repository that has had a run, by the name it had at the newest one. */
export async function findRepositoryId(
  sql: Sql,
  owner: string,
  name: string,
): Promise<number | undefined> {
  const [row] = await sql.query<{ id: number }>(
    `select repository_id as id from run where lower(owner) = lower($1) and lower(name) = lower($2)
     order by run.id desc limit 1`,
    [owner, name],
  );
  return row?.id;
}

/** The installation that a repository was reached by in its newest run. */
export async function findInstallationId(
  sql: Sql,
  repositoryId: number,
): Promise<number | undefined> {
  const [row] = await sql.query<{ id: number }>(
    'select installation_id as id from run where repository_id = $1 order by run.id desc limit 1',
    [repositoryId],
  );
  return row?.id;
}

/** The newest run of an issue, ended or not. */
export async function findRunOfIssue(
  sql: Sql,
  repositoryId: number,
  issue: number,
): Promise<StoredRun | undefined> {
  const [row] = await sql.query<RunRow>(
    'select * from run where repository_id = $1 and issue_number = $2 order by id desc limit 1',
    [repositoryId, issue],
  );
  return row && rowToRun(row);
}

/** The newest run whose pull request this is. */
export async function findRunOfPull(
  sql: Sql,
  repositoryId: number,
  pull: number,
): Promise<StoredRun | undefined> {
  const [row] = await sql.query<RunRow>(
    'select * from run where repository_id = $1 and pull = $2 order by id desc limit 1',
    [repositoryId, pull],
  );
  return row && rowToRun(row);
}

export async function findRunOfWorkflow(
  sql: Sql,
  workflowRunId: number,
): Promise<StoredRun | undefined> {
  const [row] = await sql.query<RunRow>('select * from run where workflow_run_id = $1', [
    workflowRunId,
  ]);
  return row && rowToRun(row);
}

/** Newest first, at most 200: the dashboard's list. */
export async function listRuns(sql: Sql, limit = 200): Promise<readonly StoredRun[]> {
  const rows = await sql.query<RunRow>('select * from run order by id desc limit $1', [limit]);
  return rows.map(rowToRun);
}

/** Runs that have not ended, of one repository, one installation or all, oldest first. */
export async function listOpenRuns(
  sql: Sql,
  of: { readonly repositoryId: number } | { readonly installationId: number } | 'all',
): Promise<readonly StoredRun[]> {
  const [where, values] = whereOf(of);
  const rows = await sql.query<RunRow>(
    `select * from run where ${where}
       and state not in ('settled', 'failed', 'cancelled', 'expired') order by id`,
    values,
  );
  return rows.map(rowToRun);
}

function whereOf(of: Parameters<typeof listOpenRuns>[1]): readonly [string, unknown[]] {
  if (of === 'all') return ['true', []];
  if ('repositoryId' in of) return ['repository_id = $1', [of.repositoryId]];
  return ['installation_id = $1', [of.installationId]];
}

/** All runs of one chain, oldest first. */
export async function listRunsOfChain(sql: Sql, chainId: string): Promise<readonly StoredRun[]> {
  const rows = await sql.query<RunRow>('select * from run where chain_id = $1 order by id', [
    chainId,
  ]);
  return rows.map(rowToRun);
}

/** Everything a move records beside the state. */
export interface Move {
  readonly event: RunEvent;
  readonly changes?: RunChanges;
  readonly actor: string;
  readonly kind: EntryDraft['kind'];
  readonly facts: EntryDraft['facts'];
}

/**
 * Move a run and record it, in the caller's transaction. An illegal move changes nothing and is
 * returned as a value.
 */
export async function moveRunIn(
  tx: Sql,
  id: RunId,
  move: Move,
  now: Date,
): Promise<Result<StoredRun, IllegalMove | { readonly reason: 'no_run' }>> {
  const [row] = await tx.query<RunRow>('select * from run where id = $1 for update', [id]);
  if (!row) return refuse({ reason: 'no_run' });
  const next = transition(row.state, move.event);
  if (!next.ok) return next;
  const run = {
    ...rowToRun(row),
    ...move.changes,
    state: next.value,
    updatedAt: now.toISOString(),
  };
  await tx.query(
    `update run set state = $2, because = $3, workflow_run_id = $4, branch = $5, head_sha = $6,
       pull = $7, base_sha = $8, updated_at = $9 where id = $1`,
    [
      id,
      run.state,
      run.because,
      run.workflowRunId,
      run.branch,
      run.headSha,
      run.pull,
      run.baseSha,
      run.updatedAt,
    ],
  );
  const facts = { from: row.state, to: next.value, ...move.facts };
  await append(
    tx,
    { kind: move.kind, runId: id, repositoryId: row.repository_id, actor: move.actor, facts },
    now,
  );
  return { ok: true, value: run };
}
