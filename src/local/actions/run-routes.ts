import { optionalFlag } from '#local/api/field.ts';
import type { Reply } from '#local/api/operation.ts';
import { paginate } from '#local/api/paginate.ts';
import { type Call, HttpError, routes } from '#local/api/route.ts';
import { matchesCreated } from './created-filter.ts';
import { actorOf, findAttempt, findJob, findRun, openCall } from './route-call.ts';
import { renderRun } from './run-json.ts';
import type { RunRecord } from './run-record.ts';
import type { RerunRequest } from './runs.ts';
import { workflowFileName } from './workflow-list.ts';

const RUN = '/repos/{owner}/{repo}/actions/runs/{run_id}';

/** Listing, reading, stopping and repeating runs. */
export const runRoutes = routes({
  'actions/list-workflow-runs-for-repo': {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/runs',
    access: ['actions:read'],
    handle: (call) => listRuns(call, () => true),
  },
  'actions/list-workflow-runs': {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
    access: ['actions:read'],
    handle: listRunsOfWorkflow,
  },
  'actions/get-workflow-run': {
    method: 'GET',
    path: RUN,
    access: ['actions:read'],
    handle: (call) => {
      return { status: 200, body: renderRun(call.world, findRun(call).run) };
    },
  },
  'actions/get-workflow-run-attempt': {
    method: 'GET',
    path: `${RUN}/attempts/{attempt_number}`,
    access: ['actions:read'],
    handle: getAttempt,
  },
  'actions/cancel-workflow-run': {
    method: 'POST',
    path: `${RUN}/cancel`,
    access: ['actions:write'],
    handle: (call) => cancel(call, false),
  },
  'actions/force-cancel-workflow-run': {
    method: 'POST',
    path: `${RUN}/force-cancel`,
    access: ['actions:write'],
    handle: (call) => cancel(call, true),
  },
  'actions/re-run-workflow': {
    method: 'POST',
    path: `${RUN}/rerun`,
    access: ['actions:write'],
    handle: (call) => rerun(call, findRun(call).run),
  },
  'actions/re-run-workflow-failed-jobs': {
    method: 'POST',
    path: `${RUN}/rerun-failed-jobs`,
    access: ['actions:write'],
    handle: (call) => rerun(call, findRun(call).run, 'failed'),
  },
  'actions/re-run-job-for-workflow-run': {
    method: 'POST',
    path: '/repos/{owner}/{repo}/actions/jobs/{job_id}/rerun',
    access: ['actions:write'],
    handle: (call) => {
      const { run, job } = findJob(call);
      return rerun(call, run, job);
    },
  },
});

// A file that has gone from the default branch is still known by its runs.
async function listRunsOfWorkflow(call: Call): Promise<Reply<'actions/list-workflow-runs'>> {
  const { repository, service } = openCall(call);
  const key = call.params.workflow_id ?? '';
  const isOf = (run: RunRecord) =>
    String(run.workflowId) === key || workflowFileName(run.workflowPath) === key;
  const isKnown =
    service.runs.list(repository).some(isOf) ||
    (await service.workflows.find(repository, key)) !== undefined;
  if (!isKnown) throw new HttpError(404, 'Not Found');
  return listRuns(call, isOf);
}

function listRuns(
  call: Call,
  isOf: (run: RunRecord) => boolean,
): Reply<'actions/list-workflow-runs-for-repo'> {
  const { repository, service } = openCall(call);
  const all = service.runs.list(repository).filter((run) => isOf(run) && matchesQuery(call, run));
  return paginate(
    call,
    all,
    (run) => renderRun(call.world, run),
    (workflow_runs, total_count) => ({ total_count, workflow_runs }),
  );
}

function matchesQuery(call: Call, run: RunRecord): boolean {
  const asked = (name: string, ...values: (string | null)[]) => {
    const wanted = call.query.get(name);
    return wanted === null || values.includes(wanted);
  };
  const created = call.query.get('created');
  return (
    asked('status', run.status, run.conclusion) &&
    asked('event', run.event) &&
    asked('branch', run.headBranch) &&
    asked('actor', run.actor.login) &&
    asked('head_sha', run.headSha) &&
    asked('check_suite_id', String(run.checkSuiteId)) &&
    (created === null || matchesCreated(created, run.createdAt))
  );
}

function getAttempt(call: Call): Reply<'actions/get-workflow-run-attempt'> {
  const { run, attempt } = findAttempt(call);
  return { status: 200, body: renderRun(call.world, run, attempt) };
}

function cancel(call: Call, force: boolean): Reply<'actions/cancel-workflow-run'> {
  const { run, service } = findRun(call);
  const result = service.runs.cancel(run, force);
  if (!result.ok) throw new HttpError(409, result.refusal);
  return { status: 202, body: {} };
}

function rerun(call: Call, run: RunRecord, only?: RerunRequest['only']) {
  const { service } = openCall(call);
  const isDebug = optionalFlag(call.body, 'enable_debug_logging') ?? false;
  const request = { actor: actorOf(call), isDebug, ...(only === undefined ? {} : { only }) };
  const result = service.runs.rerun(run, request);
  if (!result.ok) throw new HttpError(403, result.refusal);
  return { status: 201, body: {} } as const;
}
