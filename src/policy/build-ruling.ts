import type { Decision } from '#model/decision.ts';
import { sha256 } from '#model/digest.ts';
import { organizationSha256 } from '#model/organization-file.ts';
import type { ChainPlace, Ruling } from '#model/ruling.ts';
import type { RunId } from '#model/run.ts';
import type { RepositoryRef, Snapshot } from '#model/snapshot.ts';
import { isAttempt } from '#model/trigger.ts';
import type { Facts } from './facts.ts';

interface Question {
  readonly address: {
    readonly installationId: number;
    readonly repository: RepositoryRef;
    readonly issue: number;
  };
  readonly eventId: string;
  readonly facts: Facts;
  readonly snapshot: Snapshot | null;
  readonly decision: Decision;
  readonly releases: RunId | null;
}

/** Put a decision together with what it was about. What cannot be started is a denial. */
export function buildRuling(question: Question): Ruling {
  const { address, eventId, facts, snapshot, decision, releases } = question;
  const { view, policy, requester } = facts;
  const base = {
    eventId,
    cause: facts.cause,
    decision,
    installationId: address.installationId,
    repository: address.repository,
    requester: { id: requester.id, login: requester.login },
    organizationPolicySha256: appliedSha256(facts),
  };
  const policySha256 = view?.policyText == null ? null : sha256(view.policyText);
  const issue = view?.issue;
  const startable = decision.verdict !== 'deny' && issue && policy?.ok && snapshot && policySha256;
  if (!startable) {
    return {
      ...base,
      kind: 'denied',
      decision: { ...decision, verdict: 'deny' },
      issue: { id: issue?.id ?? null, number: address.issue, title: issue?.title ?? '' },
      policySha256,
      baseSha: view?.baseSha ?? null,
    };
  }
  const { baseRef, baseSha } = view;
  const known = Math.max(issue.commentCount, issue.comments.length);
  return {
    ...base,
    kind: decision.verdict === 'hold' ? 'held' : 'allowed',
    issue: { id: issue.id, number: issue.number, title: issue.title },
    snapshot,
    policy: policy.value,
    policySha256,
    baseRef,
    baseSha,
    chain: placeOf(facts),
    leftOutCount: Math.max(0, known - snapshot.comments.length),
    releases,
  };
}

/** Of what was applied: a broken file, and one that cannot be read, applies to nobody. */
function appliedSha256({ view, organization }: Facts) {
  return view && organization.policy?.ok ? organizationSha256(view.organization) : null;
}

function placeOf({ chain, isRelease, cause }: Facts): ChainPlace {
  if (!chain) return { chainId: null, depth: 1 };
  return { chainId: chain.chainId, depth: chain.depth + (isRelease || isAttempt(cause) ? 0 : 1) };
}
