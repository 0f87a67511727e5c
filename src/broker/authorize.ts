import type { Grant, Phase } from '#model/grant.ts';
import { callerWorkflowPath, environments } from '#model/names.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Claims } from './check-claims.ts';
import type { BrokerRefusal, WireCode } from './refusal.ts';
import { brokerRefusal } from './refusal.ts';

/** What this deployment trusts. Nothing of it comes from a token. */
export interface Trust {
  readonly botUserId: number;
  /** `owner/name` of the repository that publishes the reusable workflows. */
  readonly releaseRepository: string;
  /** Commits of it that were released. */
  readonly releases: readonly string[];
  readonly runnerEnvironment: 'github-hosted' | 'self-hosted';
}

interface Check {
  readonly id: string;
  readonly holds: boolean;
  readonly detail: string;
  readonly reason?: WireCode;
}

/**
 * D2–D8: the token says which job asks, the grant says what that job may have. Strings are compared
 * whole; no pattern, no prefix, nothing the caller chose (identity §3).
 */
export function authorize(
  claims: Claims,
  grant: Grant | undefined,
  phase: Phase,
  trust: Trust & { readonly now: Date },
): Result<Grant, BrokerRefusal> {
  // No grant and another's grant are one answer, or grants could be searched for (T-D14).
  if (!grant)
    return refuse(brokerRefusal('denied', 'D2', 'expected a grant with this id, got none'));
  const checks = [
    ...checkRepository(claims, grant),
    ...checkRun(claims, grant, trust),
    ...checkCode(claims, grant, phase, trust),
    ...checkGrant(grant, trust.now),
  ];
  const failed = checks.find((check) => !check.holds);
  return failed
    ? refuse(brokerRefusal(failed.reason ?? 'denied', failed.id, failed.detail))
    : ok(grant);
}

function checkRepository(claims: Claims, grant: Grant): readonly Check[] {
  return [
    equal('D2', 'repository_id', String(grant.repositoryId), claims.repository_id),
    equal('D2', 'repository_owner_id', String(grant.ownerId), claims.repository_owner_id),
  ];
}

function checkRun(claims: Claims, grant: Grant, trust: Trust): readonly Check[] {
  return [
    {
      id: 'D3',
      // A closed grant that never got a run is D8's, not something to wait for.
      holds: grant.workflowRunId !== null || grant.state === 'closed',
      detail: 'the grant has no workflow run yet',
      reason: 'grant_pending',
    },
    {
      id: 'D8',
      holds: grant.workflowRunId !== null,
      detail: 'the grant was closed before it had a workflow run',
      reason: 'grant_closed',
    },
    equal('D4', 'run_id', String(grant.workflowRunId), claims.run_id),
    equal('D4', 'run_attempt', String(grant.attempt), claims.run_attempt),
    equal('D4', 'event_name', 'workflow_dispatch', claims.event_name),
    equal('D4', 'actor_id', String(trust.botUserId), claims.actor_id),
  ];
}

function checkCode(
  claims: Claims,
  grant: Grant,
  phase: Phase,
  { releaseRepository, releases, runnerEnvironment }: Trust,
): readonly Check[] {
  // The name is the signed one: with equal ids it is this repository's, also after a rename (T-B4).
  const caller = `${claims.repository}/${callerWorkflowPath}@${grant.ref}`;
  const called = `${releaseRepository}/.github/workflows/${phase}.yml@${claims.job_workflow_sha}`;
  return [
    equal('D5', 'ref', grant.ref, claims.ref),
    equal('D5', 'ref_type', 'branch', claims.ref_type),
    equal('D5', 'sha', grant.sha, claims.sha),
    equal('D5', 'workflow_sha', grant.sha, claims.workflow_sha),
    equal('D5', 'workflow_ref', caller, claims.workflow_ref),
    {
      id: 'D6',
      holds: releases.includes(claims.job_workflow_sha),
      detail: `expected a released commit as job_workflow_sha, got ${claims.job_workflow_sha}`,
    },
    equal('D6', 'job_workflow_ref', called, claims.job_workflow_ref),
    equal('D7', 'environment', environments[phase], claims.environment),
    equal('D7', 'runner_environment', runnerEnvironment, claims.runner_environment),
  ];
}

function checkGrant(grant: Grant, now: Date): readonly Check[] {
  return [
    {
      id: 'D8',
      holds: grant.state === 'open',
      detail: `expected an open grant, got a ${grant.state} one`,
      reason: 'grant_closed',
    },
    {
      id: 'D8',
      holds: now.getTime() < Date.parse(grant.expiresAt),
      detail: `the grant expired at ${grant.expiresAt}`,
      reason: 'grant_closed',
    },
  ];
}

function equal(id: string, claim: string, expected: string, seen: string): Check {
  return { id, holds: seen === expected, detail: `expected ${claim} ${expected}, got ${seen}` };
}
