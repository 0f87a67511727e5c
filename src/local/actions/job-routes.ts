import type { Reply } from '#local/api/operation.ts';
import { paginate } from '#local/api/paginate.ts';
import { type Call, HttpError, routes } from '#local/api/route.ts';
import { subjectFormSince, subjectPrefix } from '#local/oidc/job-claims.ts';
import { findAttempt, findJob, findRun, openCall } from './route-call.ts';
import { renderJob } from './run-json.ts';
import type { AttemptRecord, JobRecord, RunRecord } from './run-record.ts';
import { LOG_PATH, RUN_LOG_PATH } from './serve-log.ts';

const RUN = '/repos/{owner}/{repo}/actions/runs/{run_id}';

/** Jobs and their logs, and the subject form of ID tokens. */
export const jobRoutes = routes({
  'actions/list-jobs-for-workflow-run': {
    method: 'GET',
    path: `${RUN}/jobs`,
    access: ['actions:read'],
    handle: listJobs,
  },
  'actions/list-jobs-for-workflow-run-attempt': {
    method: 'GET',
    path: `${RUN}/attempts/{attempt_number}/jobs`,
    access: ['actions:read'],
    handle: (call) => {
      const { run } = findRun(call);
      const number = Number(call.params.attempt_number);
      const jobs = run.jobs.filter((job) => job.attempt === number);
      if (jobs.length === 0 && number !== run.attempt) throw new HttpError(404, 'Not Found');
      return showJobs(call, run, jobs);
    },
  },
  'actions/get-job-for-workflow-run': {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/jobs/{job_id}',
    access: ['actions:read'],
    handle: (call) => {
      const { run, job } = findJob(call);
      return { status: 200, body: renderJob(call.world, run, job) };
    },
  },
  'actions/download-job-logs-for-workflow-run': {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/jobs/{job_id}/logs',
    access: ['actions:read'],
    handle: (call) => {
      const { job } = findJob(call);
      const { service } = openCall(call);
      const location = service.signer.sign(`${LOG_PATH}${job.id}`, 'GET');
      return { status: 302, headers: { location } };
    },
  },
  'actions/download-workflow-run-logs': {
    method: 'GET',
    path: `${RUN}/logs`,
    access: ['actions:read'],
    handle: (call) => {
      const { run } = findRun(call);
      return locateLogs(call, run, run);
    },
  },
  'actions/download-workflow-run-attempt-logs': {
    method: 'GET',
    path: `${RUN}/attempts/{attempt_number}/logs`,
    access: ['actions:read'],
    handle: (call) => {
      const { run, attempt } = findAttempt(call);
      return locateLogs(call, run, attempt);
    },
  },
  'actions/get-custom-oidc-sub-claim-for-repo': {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/oidc/customization/sub',
    access: ['actions:read'],
    handle: readSubjectForm,
  },
});

function readSubjectForm(call: Call): Reply<'actions/get-custom-oidc-sub-claim-for-repo'> {
  const { repository, service } = openCall(call);
  const subjectForm = service.subjectForm ?? subjectFormSince(repository.createdAt);
  const full = call.world.fullName(repository);
  const body = {
    use_default: true,
    use_immutable_subject: subjectForm === 'immutable',
    sub_claim_prefix: subjectPrefix({
      repository: full,
      repositoryId: repository.id,
      owner: full.split('/')[0] ?? '',
      ownerId: repository.ownerId,
      subjectForm,
    }),
  };
  return { status: 200, body };
}

function listJobs(call: Call): Reply<'actions/list-jobs-for-workflow-run'> {
  const { run } = findRun(call);
  const all = call.query.get('filter') === 'all';
  const jobs = run.jobs.filter((job) => all || job.attempt === run.attempt);
  return showJobs(call, run, jobs);
}

function showJobs(
  call: Call,
  run: RunRecord,
  list: readonly JobRecord[],
): Reply<'actions/list-jobs-for-workflow-run'> {
  return paginate(
    call,
    list,
    (job) => renderJob(call.world, run, job),
    (jobs, total_count) => ({ total_count, jobs }),
  );
}

// An address that is good for a while, as for one job's log.
function locateLogs(
  call: Call,
  run: RunRecord,
  { attempt }: AttemptRecord,
): Reply<'actions/download-workflow-run-logs'> {
  const { service } = openCall(call);
  const location = service.signer.sign(`${RUN_LOG_PATH}${run.id}/${attempt}`, 'GET');
  return { status: 302, headers: { location } };
}
