import { readFile } from 'node:fs/promises';
import { zipSync } from 'fflate';
import { paginate } from '#local/api/paginate.ts';
import { type Answer, type Call, HttpError, type Route } from '#local/api/route.ts';
import { findRun, openCall } from './route-call.ts';
import { jobToJson } from './run-json.ts';
import type { JobRecord, RunRecord } from './run-record.ts';
import { LOG_PATH } from './serve-actions.ts';

const RUN = '/repos/{owner}/{repo}/actions/runs/{run_id}';

/** Jobs and their logs, and the subject form of ID tokens. */
export const jobRoutes: readonly Route[] = [
  {
    operation: 'actions/list-jobs-for-workflow-run',
    method: 'GET',
    path: `${RUN}/jobs`,
    access: ['actions:read'],
    handle: listJobs,
  },
  {
    operation: 'actions/list-jobs-for-workflow-run-attempt',
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
  {
    operation: 'actions/get-job-for-workflow-run',
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/jobs/{job_id}',
    access: ['actions:read'],
    handle: (call) => {
      const { run, job } = findJob(call);
      return { status: 200, body: jobToJson(call.world, run, job) };
    },
  },
  {
    operation: 'actions/download-job-logs-for-workflow-run',
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
  {
    operation: 'actions/download-workflow-run-logs',
    method: 'GET',
    path: `${RUN}/logs`,
    access: ['actions:read'],
    handle: downloadRunLogs,
  },
  {
    operation: 'actions/get-custom-oidc-sub-claim-for-repo',
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/oidc/customization/sub',
    access: ['actions:read'],
    handle: (call) => {
      const immutable = openCall(call).service.subjectForm === 'immutable';
      return { status: 200, body: { use_default: true, use_immutable_subject: immutable } };
    },
  },
];

function findJob(call: Call): { run: RunRecord; job: JobRecord } {
  const { repository, service } = openCall(call);
  const found = service.runs.findJob(repository, Number(call.params.job_id));
  if (found === undefined) throw new HttpError(404, 'Not Found');
  return found;
}

function listJobs(call: Call): Answer {
  const { run } = findRun(call);
  const all = call.query.get('filter') === 'all';
  const jobs = run.jobs.filter((job) => all || job.attempt === run.attempt);
  return showJobs(call, run, jobs);
}

function showJobs(call: Call, run: RunRecord, list: readonly JobRecord[]): Answer {
  return paginate(
    call,
    list,
    (job) => jobToJson(call.world, run, job),
    (jobs, total_count) => ({ total_count, jobs }),
  );
}

// GitHub redirects to an archive; here it is built when it is asked for, one file a job.
async function downloadRunLogs(call: Call): Promise<Answer> {
  const { run } = findRun(call);
  const jobs = run.jobs.filter((job) => job.attempt === run.attempt);
  const entries = await Promise.all(
    jobs.map(async (job, index) => {
      const text = await readFile(job.logFile).catch(() => new Uint8Array());
      return [
        `${index}_${job.name.replaceAll(/[^\w ()-]/g, '_')}.txt`,
        new Uint8Array(text),
      ] as const;
    }),
  );
  const bytes = zipSync(Object.fromEntries(entries));
  return { status: 200, bytes, headers: { 'content-type': 'application/zip' } };
}
