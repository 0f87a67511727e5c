import { randomUUID } from 'node:crypto';
import type { Database } from '#postgres/database.ts';
import { insertRows, multiplyRows } from './seed-rows.ts';
import type { WaitingJob } from './waiting-jobs.ts';

/** Whose grants are made, as GitHub numbers them. */
export interface GrantPlace {
  readonly installationId: number;
  readonly repositoryId: number;
  readonly ownerId: number;
  readonly owner: string;
  readonly name: string;
  readonly requester: { readonly id: number; readonly login: string };
}

/** A grant that is open for one waiting job. */
export interface OpenGrant extends WaitingJob {
  readonly id: string;
}

const digest = 'c'.repeat(64);
const chainId = '019a0000-0000-7000-a000-000000000001';
const tools = [{ tool: 'issue.read', callsMax: 30 }];

/** What every run and grant hangs on: one snapshot, one chain. */
export async function seedRoots(database: Database, place: GrantPlace): Promise<void> {
  await insertRows(database, 'snapshot', [{ sha256: digest, document: {} }]);
  await insertRows(database, 'chain', [
    {
      ...{ id: chainId, repository_id: place.repositoryId, root_issue: 1 },
      ...{ requester_id: place.requester.id, opened_at: new Date() },
    },
  ]);
}

/** A dispatched run with an open grant for each job; issues are numbered above every past one. */
export async function openGrants(
  database: Database,
  place: GrantPlace,
  jobs: readonly WaitingJob[],
): Promise<readonly OpenGrant[]> {
  const grants = jobs.map((job) => ({ ...job, id: randomUUID(), run: randomUUID() }));
  const issueOf = (job: WaitingJob) => 2_000_000 + job.runId;
  await insertRows(
    database,
    'run',
    grants.map((grant) => ({
      ...runRow(place, grant),
      ...{ id: grant.run, state: 'dispatched', issue_number: issueOf(grant) },
      workflow_run_id: grant.runId,
    })),
  );
  await insertRows(
    database,
    'run_grant',
    grants.map((grant) => ({
      ...grantRow(place, grant),
      ...{ id: grant.id, run_id: grant.run, state: 'open', issue: issueOf(grant) },
      workflow_run_id: grant.runId,
    })),
  );
  return grants;
}

/** Grants `from` to `to` of the past: settled runs, both phases issued, a session that ended. */
export async function addPastGrants(
  database: Database,
  place: GrantPlace,
  at: WaitingJob,
  range: { readonly from: number; readonly to: number },
): Promise<void> {
  const then = new Date(Date.now() - 86_400_000);
  const issued = { check_run_id: 1, issued_at: then };
  const session = {
    ...{ repository_id: place.repositoryId, phase: 'agent', check_run_id: 1, calls: {}, tools },
    ...{ expires_at: then, revoked_at: then, refused_calls: 0 },
  };
  await multiplyRows(database, 'run', { ...runRow(place, at), state: 'settled' }, range);
  await multiplyRows(database, 'run_grant', { ...grantRow(place, at), state: 'closed' }, range);
  await multiplyRows(database, 'issued', { ...issued, phase: 'agent' }, range);
  await multiplyRows(database, 'issued', { ...issued, phase: 'report' }, range);
  await multiplyRows(database, 'session', session, range);
  await database.script('analyze run; analyze run_grant; analyze issued; analyze session');
}

function runRow(place: GrantPlace, at: WaitingJob): object {
  const now = new Date();
  return {
    ...{ repository_id: place.repositoryId, owner_id: place.ownerId, owner: place.owner },
    ...{ name: place.name, installation_id: place.installationId, issue_id: 1 },
    ...{ issue_title: 'Task', requester_id: place.requester.id },
    ...{ requester_login: place.requester.login, chain_id: chainId, depth: 1 },
    ...{ policy_sha256: digest, policy: {}, snapshot_sha256: digest },
    ...{
      decision: { verdict: 'allow', reasons: [] },
      cause: { kind: 'label', label: 'sallyport' },
    },
    ...{ base_ref: at.ref, base_sha: at.sha, created_at: now, updated_at: now, admitted_at: now },
  };
}

function grantRow(place: GrantPlace, at: WaitingJob): object {
  return {
    ...{ installation_id: place.installationId, repository_id: place.repositoryId },
    ...{ owner_id: place.ownerId, repository: `${place.owner}/${place.name}` },
    ...{ snapshot_sha256: digest, policy_sha256: digest, requester_id: place.requester.id },
    ...{ requester_login: place.requester.login, ref: at.ref, sha: at.sha, attempt: 1, tools },
    expires_at: new Date(Date.now() + 7_200_000),
  };
}
