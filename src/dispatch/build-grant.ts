import type { Grant, ToolGrant } from '#model/grant.ts';
import type { Policy } from '#model/policy.ts';
import type { Run } from '#model/run.ts';

/** A tool without a number may be called this often in one run. */
const callsDefault = 100;
/** How long a run may wait in GitHub's queue and be verified, beside the agent's own minutes. */
const queueAllowanceMs = 2 * 60 * 60_000;

/** The part of a run that its grant repeats. */
export type GrantedRun = Pick<
  Run,
  | 'id'
  | 'installationId'
  | 'repository'
  | 'issue'
  | 'snapshotSha256'
  | 'policySha256'
  | 'organizationPolicySha256'
  | 'requester'
  | 'baseRef'
  | 'baseSha'
>;

/** What an admitted run may have, from its policy alone (`grant:never-widens`). */
export function buildGrant(id: string, run: GrantedRun, policy: Policy, now: Date): Grant {
  const lifeMs = policy.agent.minutes * 60_000 + queueAllowanceMs;
  return {
    id,
    runId: run.id,
    installationId: run.installationId,
    repositoryId: run.repository.id,
    ownerId: run.repository.ownerId,
    repository: `${run.repository.owner}/${run.repository.name}`,
    issue: run.issue.number,
    snapshotSha256: run.snapshotSha256,
    policySha256: run.policySha256,
    organizationPolicySha256: run.organizationPolicySha256,
    requesterId: run.requester.id,
    requesterLogin: run.requester.login,
    ref: run.baseRef,
    sha: run.baseSha,
    attempt: 1,
    workflowRunId: null,
    tools: toolsOf(policy),
    state: 'pending',
    expiresAt: new Date(now.getTime() + lifeMs).toISOString(),
  };
}

function toolsOf(policy: Policy): readonly ToolGrant[] {
  return Object.entries(policy.context.tools)
    .map(([tool, rule]) => ({ tool, callsMax: rule === 'allow' ? callsDefault : rule.calls }))
    .sort((a, b) => (a.tool < b.tool ? -1 : 1));
}
