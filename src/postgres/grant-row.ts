import type { Grant } from '#model/grant.ts';
import type { Sql } from './database.ts';

interface GrantRow {
  readonly id: string;
  readonly run_id: string;
  readonly installation_id: number;
  readonly repository_id: number;
  readonly owner_id: number;
  readonly repository: string;
  readonly issue: number;
  readonly snapshot_sha256: string;
  readonly policy_sha256: string;
  readonly organization_policy_sha256: string | null;
  readonly requester_id: number;
  readonly requester_login: string;
  readonly ref: string;
  readonly sha: string;
  readonly attempt: number;
  readonly workflow_run_id: number | null;
  readonly tools: Grant['tools'];
  readonly state: Grant['state'];
  readonly expires_at: Date;
}

function rowToGrant(row: GrantRow): Grant {
  return {
    id: row.id,
    runId: row.run_id,
    installationId: row.installation_id,
    repositoryId: row.repository_id,
    ownerId: row.owner_id,
    repository: row.repository,
    issue: row.issue,
    snapshotSha256: row.snapshot_sha256,
    policySha256: row.policy_sha256,
    organizationPolicySha256: row.organization_policy_sha256,
    requesterId: row.requester_id,
    requesterLogin: row.requester_login,
    ref: row.ref,
    sha: row.sha,
    attempt: row.attempt,
    workflowRunId: row.workflow_run_id,
    tools: row.tools,
    state: row.state,
    expiresAt: row.expires_at.toISOString(),
  };
}

/** The grant with this id, or of this run. */
export async function findGrant(
  sql: Sql,
  by: { readonly id: string } | { readonly runId: string },
): Promise<Grant | undefined> {
  const [row] =
    'id' in by
      ? await sql.query<GrantRow>('select * from run_grant where id = $1', [by.id])
      : await sql.query<GrantRow>('select * from run_grant where run_id = $1', [by.runId]);
  return row && rowToGrant(row);
}

export async function insertGrant(tx: Sql, grant: Grant): Promise<void> {
  await tx.query(
    `insert into run_grant (id, run_id, installation_id, repository_id, owner_id, repository, issue,
       snapshot_sha256, policy_sha256, requester_id, requester_login, ref, sha, attempt,
       workflow_run_id, tools, state, expires_at, organization_policy_sha256)
     values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19)`,
    [
      grant.id,
      grant.runId,
      grant.installationId,
      grant.repositoryId,
      grant.ownerId,
      grant.repository,
      grant.issue,
      grant.snapshotSha256,
      grant.policySha256,
      grant.requesterId,
      grant.requesterLogin,
      grant.ref,
      grant.sha,
      grant.attempt,
      grant.workflowRunId,
      grant.tools,
      grant.state,
      grant.expiresAt,
      grant.organizationPolicySha256,
    ],
  );
}

/** Close a run's grant and everything that was issued on it. Returns how many sessions died. */
export async function closeGrant(tx: Sql, runId: string, now: Date): Promise<number> {
  await tx.query("update run_grant set state = 'closed' where run_id = $1 and state <> 'closed'", [
    runId,
  ]);
  const revoked = await tx.query(
    'update session set revoked_at = $2 where run_id = $1 and revoked_at is null returning 1 as one',
    [runId, now],
  );
  return revoked.length;
}
