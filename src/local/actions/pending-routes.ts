import { invalid, optionalWord, requiredText } from '#local/api/field.ts';
import { toNodeId } from '#local/api/node-id.ts';
import type { Reply, Schema } from '#local/api/operation.ts';
import { repositoryPage, repositoryUrl } from '#local/api/render-repository.ts';
import { renderUser, renderUserById } from '#local/api/render-user.ts';
import { type Call, HttpError, routes } from '#local/api/route.ts';
import type { User } from '#local/record/account.ts';
import type { Environment } from '#local/record/environment.ts';
import { actorOf, findRun } from './route-call.ts';
import type { PendingJob, RunRecord } from './run-record.ts';

const PENDING = '/repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments';

/** Jobs that wait for their environment's reviewers or timer. */
export const pendingRoutes = routes({
  'actions/get-pending-deployments-for-run': {
    method: 'GET',
    path: PENDING,
    access: ['actions:read'],
    handle: (call) => {
      const { run } = findRun(call);
      const waiting = [...new Set(run.pending.map((each) => each.environmentId))];
      return { status: 200, body: waiting.flatMap((id) => renderPending(call, run, id)) };
    },
  },
  'actions/review-pending-deployments-for-run': {
    method: 'POST',
    path: PENDING,
    access: ['deployments:write'],
    handle: review,
  },
});

function environmentOf(run: RunRecord, id: number): Environment | undefined {
  return [...run.repository.environments.values()].find((each) => each.id === id);
}

function mayApprove(environment: Environment, run: RunRecord, user: User): boolean {
  const isSelf = environment.preventSelfReview && run.triggeringActor.id === user.id;
  return environment.reviewers.includes(user.id) && !isSelf;
}

function renderPending(call: Call, run: RunRecord, id: number): Schema<'pending-deployment'>[] {
  const environment = environmentOf(run, id);
  if (environment === undefined) return [];
  const { world, principal } = call;
  const name = encodeURIComponent(environment.name);
  const since = run.pending.find((each) => each.environmentId === id)?.since ?? null;
  return [
    {
      environment: {
        id,
        node_id: toNodeId('Environment', id),
        name: environment.name,
        url: `${repositoryUrl(world, run.repository)}/environments/${name}`,
        html_url: `${repositoryPage(world, run.repository)}/deployments/activity_log?environments_filter=${name}`,
      },
      wait_timer: environment.waitMinutes,
      wait_timer_started_at: environment.waitMinutes > 0 ? since : null,
      current_user_can_approve:
        principal.kind === 'user' && mayApprove(environment, run, principal.user),
      reviewers: environment.reviewers.map((each) => ({
        type: 'User',
        reviewer: renderUserById(world, each),
      })),
    },
  ];
}

function review(call: Call): Reply<'actions/review-pending-deployments-for-run'> {
  const { run, service } = findRun(call);
  const ids = readIds(call.body.environment_ids);
  const state = optionalWord(call.body, 'state', ['approved', 'rejected']);
  if (state === undefined) throw invalid('state', 'missing_field');
  requiredText(call.body, 'comment');
  const actor = actorOf(call);
  const jobs = run.pending.filter((each) => ids.includes(each.environmentId));
  if (ids.some((id) => !jobs.some((each) => each.environmentId === id)))
    throw new HttpError(422, 'No pending deployment requests to approve or reject');
  for (const id of ids) {
    const environment = environmentOf(run, id);
    if (environment === undefined || !mayApprove(environment, run, actor))
      throw new HttpError(403, `${actor.login} is not a required reviewer of this deployment`);
  }
  const body = jobs.map((each) => renderDeployment(call, run, each, actor));
  for (const each of jobs) service.gates.decide(each.jobId, state);
  return { status: 200, body };
}

function readIds(value: unknown): readonly number[] {
  if (!Array.isArray(value) || value.length === 0)
    throw invalid('environment_ids', 'missing_field');
  if (!value.every((each) => typeof each === 'number')) throw invalid('environment_ids', 'invalid');
  return value;
}

// The deployment of a job carries the job's own number: it has no other trace here.
function renderDeployment(
  call: Call,
  run: RunRecord,
  pending: PendingJob,
  actor: User,
): Schema<'deployment'> {
  const { world } = call;
  const url = `${repositoryUrl(world, run.repository)}/deployments/${pending.jobId}`;
  const name = environmentOf(run, pending.environmentId)?.name ?? '';
  return {
    url,
    id: pending.jobId,
    node_id: toNodeId('Deployment', pending.jobId),
    task: 'deploy',
    original_environment: name,
    environment: name,
    description: null,
    created_at: pending.since,
    updated_at: world.now().toISOString(),
    statuses_url: `${url}/statuses`,
    repository_url: repositoryUrl(world, run.repository),
    creator: renderUser(world, actor),
    sha: run.sha,
    ref: run.ref.replace(/^refs\/(heads|tags)\//, ''),
    payload: {},
    transient_environment: false,
    production_environment: false,
    performed_via_github_app: null,
  };
}
