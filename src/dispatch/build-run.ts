import type { Decision } from '#model/decision.ts';
import type { Policy } from '#model/policy.ts';
import type { Startable } from '#model/ruling.ts';
import type { Run } from '#model/run.ts';
import { snapshotSha256 } from '#model/snapshot.ts';
import type { Cause } from '#model/trigger.ts';
import { isAttempt } from '#model/trigger.ts';

/** A run as it is opened, with what was decided about it. */
export interface OpenedRun extends Run {
  readonly policy: Policy;
  readonly decision: Decision;
  readonly cause: Cause;
}

/** A hold is said in one sentence on the run. */
const becauseMax = 500;

/** The run that a ruling opens, in the state `requested`. */
export function buildRun(
  ruling: Startable,
  ids: { readonly run: string; readonly chain: string },
  now: Date,
): OpenedRun {
  const at = now.toISOString();
  return {
    id: ids.run,
    repository: ruling.repository,
    installationId: ruling.installationId,
    issue: ruling.issue,
    state: 'requested',
    because: null,
    requester: ruling.requester,
    chainId: ruling.chain.chainId ?? ids.chain,
    depth: ruling.chain.depth,
    policySha256: ruling.policySha256,
    organizationPolicySha256: ruling.organizationPolicySha256,
    policy: ruling.policy,
    snapshotSha256: snapshotSha256(ruling.snapshot),
    decision: ruling.decision,
    cause: ruling.cause,
    baseRef: ruling.baseRef,
    baseSha: ruling.baseSha,
    workflowRunId: null,
    branch: null,
    headSha: null,
    pull: isAttempt(ruling.cause) ? ruling.cause.pull : null,
    createdAt: at,
    updatedAt: at,
  };
}

/** Why a run is held: its waiting reasons, as one sentence. */
export function holdSentence(decision: Decision): string {
  return decision.reasons
    .filter((reason) => reason.outcome === 'wait')
    .map((reason) => reason.sentence)
    .join('; ')
    .slice(0, becauseMax);
}

/** Why a release was denied: its failing reasons, as one sentence. */
export function denySentence(decision: Decision): string {
  return decision.reasons
    .filter((reason) => reason.outcome === 'fail')
    .map((reason) => reason.sentence)
    .join('; ')
    .slice(0, becauseMax);
}
