import { subjectFormSince } from '#local/oidc/job-claims.ts';
import { maySignIn, workflowRef } from './host.ts';
import { isRefProtected, ownerLogin } from './job-context.ts';
import type { JobPlan } from './job-state.ts';
import { runnerEnvironment } from './step-scope.ts';

function subjectFormOf({ host, run }: JobPlan) {
  if (host.options.enterpriseServer) return 'names';
  return host.options.subjectForm ?? subjectFormSince(run.repository.createdAt);
}

/** The two variables of a job with `id-token: write`; none for any other job. */
export function identityEnvironment(plan: JobPlan): Readonly<Record<string, string>> {
  if (!maySignIn(plan.permissions)) return {};
  const { host, run, record, scope } = plan;
  const { world } = host;
  const request = host.issuer.begin(record.id, {
    repository: world.fullName(run.repository),
    repositoryId: run.repository.id,
    owner: ownerLogin(world, run),
    ownerId: run.repository.ownerId,
    visibility: run.repository.private ? 'private' : 'public',
    ref: run.ref,
    refProtected: isRefProtected(run),
    sha: run.sha,
    headRef: run.headRef,
    baseRef: run.baseRef,
    runId: run.id,
    runNumber: run.runNumber,
    runAttempt: run.attempt,
    checkRunId: host.options.enterpriseServer ? undefined : record.id,
    actor: run.actor.login,
    actorId: run.actor.id,
    workflow: run.workflowName,
    workflowRef: workflowRef(world, scope.root),
    workflowSha: scope.root.sha,
    // The file the job is written in: for a job of a reusable workflow, the called one.
    jobWorkflowRef: workflowRef(world, scope.source),
    jobWorkflowSha: scope.source.sha,
    eventName: run.event,
    environment: plan.environment,
    subjectForm: subjectFormOf(plan),
    runnerEnvironment: runnerEnvironment(record.labels),
  });
  return {
    ACTIONS_ID_TOKEN_REQUEST_URL: request.url,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: request.token,
  };
}
