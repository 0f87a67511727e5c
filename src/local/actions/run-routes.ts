import { paginate } from '#local/api/paginate.ts';
import { type Answer, type Call, HttpError, type Route } from '#local/api/route.ts';
import { actorOf, findRun, openCall } from './route-call.ts';
import { runToJson } from './run-json.ts';
import type { RunRecord } from './run-record.ts';
import { workflowFileName } from './workflow-list.ts';

const RUN = '/repos/{owner}/{repo}/actions/runs/{run_id}';

/** Listing, reading, stopping and repeating runs. */
export const runRoutes: readonly Route[] = [
  {
    operation: 'actions/list-workflow-runs-for-repo',
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/runs',
    access: ['actions:read'],
    handle: (call) => listRuns(call, () => true),
  },
  {
    operation: 'actions/list-workflow-runs',
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
    access: ['actions:read'],
    handle: (call) => {
      const key = call.params.workflow_id ?? '';
      const isOf = (run: RunRecord) =>
        String(run.workflowId) === key || workflowFileName(run.workflowPath) === key;
      return listRuns(call, isOf);
    },
  },
  {
    operation: 'actions/get-workflow-run',
    method: 'GET',
    path: RUN,
    access: ['actions:read'],
    handle: (call) => {
      const { run } = findRun(call);
      return { status: 200, body: show(call, run) };
    },
  },
  {
    operation: 'actions/get-workflow-run-attempt',
    method: 'GET',
    path: `${RUN}/attempts/{attempt_number}`,
    access: ['actions:read'],
    handle: getAttempt,
  },
  {
    operation: 'actions/cancel-workflow-run',
    method: 'POST',
    path: `${RUN}/cancel`,
    access: ['actions:write'],
    handle: (call) => cancel(call, false),
  },
  {
    operation: 'actions/force-cancel-workflow-run',
    method: 'POST',
    path: `${RUN}/force-cancel`,
    access: ['actions:write'],
    handle: (call) => cancel(call, true),
  },
  {
    operation: 'actions/re-run-workflow',
    method: 'POST',
    path: `${RUN}/rerun`,
    access: ['actions:write'],
    handle: rerun,
  },
];

function show(call: Call, run: RunRecord) {
  const { service } = openCall(call);
  return runToJson(call.world, run, service.headCommit(run));
}

function listRuns(call: Call, isOf: (run: RunRecord) => boolean): Answer {
  const { repository, service } = openCall(call);
  const all = service.runs.list(repository).filter((run) => isOf(run) && matchesQuery(call, run));
  return paginate(
    call,
    all,
    (run) => show(call, run),
    (workflow_runs, total_count) => ({ total_count, workflow_runs }),
  );
}

function matchesQuery(call: Call, run: RunRecord): boolean {
  const asked = (name: string, ...values: (string | null)[]) => {
    const wanted = call.query.get(name);
    return wanted === null || values.includes(wanted);
  };
  return (
    asked('status', run.status, run.conclusion) &&
    asked('event', run.event) &&
    asked('branch', run.headBranch) &&
    asked('actor', run.actor.login) &&
    asked('head_sha', run.headSha) &&
    asked('check_suite_id', String(run.checkSuiteId))
  );
}

// What an earlier attempt ended with is told by its jobs, which stay.
function getAttempt(call: Call): Answer {
  const { run } = findRun(call);
  const number = Number(call.params.attempt_number);
  if (!Number.isInteger(number) || number < 1 || number > run.attempt)
    throw new HttpError(404, 'Not Found');
  const body = show(call, run);
  if (number === run.attempt) return { status: 200, body };
  const results = run.jobs.filter((job) => job.attempt === number).map((job) => job.conclusion);
  const conclusion = (['failure', 'cancelled', 'success'] as const).find((r) =>
    results.includes(r),
  );
  const ended = { status: 'completed', conclusion: conclusion ?? 'skipped', run_attempt: number };
  return { status: 200, body: { ...body, ...ended } };
}

function cancel(call: Call, force: boolean): Answer {
  const { run, service } = findRun(call);
  const result = service.runs.cancel(run, force);
  if (!result.ok) throw new HttpError(409, result.refusal);
  return { status: 202, body: {} };
}

function rerun(call: Call): Answer {
  const { run, service } = findRun(call);
  const result = service.runs.rerun(run, actorOf(call));
  if (!result.ok) throw new HttpError(403, result.refusal);
  return { status: 201, body: {} };
}
