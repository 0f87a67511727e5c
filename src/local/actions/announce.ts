import { announceCheckRun } from '#local/api/change-check.ts';
import { announceSuite, reopenSuite } from '#local/api/change-suite.ts';
import type { Webhook } from '#local/api/operation.ts';
import type { CheckRun } from '#local/record/check.ts';
import type { World } from '#local/world.ts';
import { ACTIONS_APP_ID } from '#local/world-state.ts';
import { Fault } from '#model/fault.ts';
import type { ActionsHost } from './host.ts';
import { renderJob, renderRun, renderWorkflow } from './run-json.ts';
import type { JobRecord, RunRecord } from './run-record.ts';

// One line per annotation of the job's check run, so that a page can show why a job failed.
const SUMMARY_CHARACTERS_MAX = 65_535;

type RunEvent = Webhook<
  'workflow-run-requested' | 'workflow-run-in-progress' | 'workflow-run-completed'
>;
type JobEvent = {
  [A in 'queued' | 'waiting' | 'in-progress' | 'completed']: Omit<
    Webhook<`workflow-job-${A}`>,
    'deployment'
  >;
}['queued' | 'waiting' | 'in-progress' | 'completed'];

/** Builds the announcements: state of check runs and suites first, then the webhooks about it. */
export function openAnnouncements(
  world: World,
): Pick<ActionsHost, 'announceRun' | 'announceJob' | 'recordJob'> {
  return {
    recordJob: (run, job) => {
      recordCheck(world, run, job);
    },
    announceRun: (run, action) => {
      const payload = runPayload(world, run, action);
      world.emit('workflow_run', run.repository, run.triggeringActor, payload);
      followRun(world, run, action);
    },
    announceJob: (run, job, action) => {
      const isNew = !run.repository.checkRuns.has(job.id);
      const check = recordCheck(world, run, job);
      const sender = run.triggeringActor;
      world.emit('workflow_job', run.repository, sender, jobPayload(world, run, job, action));
      if (isNew) announceCheckRun(world, run.repository, sender, check, 'created');
      if (action === 'completed')
        announceCheckRun(world, run.repository, sender, check, 'completed');
    },
  };
}

function runPayload(
  world: World,
  run: RunRecord,
  action: 'requested' | 'in_progress' | 'completed',
): RunEvent {
  const file = { id: run.workflowId, name: run.workflowName, path: run.workflowPath };
  const workflow = renderWorkflow(world, run.repository, file);
  const workflow_run = renderRun(world, run);
  if (action === 'completed') return { action, workflow, workflow_run };
  // A run that has not ended has no conclusion: the published payloads do not know one.
  const open = { ...workflow_run, conclusion: null };
  if (action === 'requested') return { action, workflow, workflow_run: open };
  return { action, workflow, workflow_run: { ...open, status: 'in_progress' } };
}

// The suite of a run ends with the run, not when its jobs so far have ended.
function followRun(world: World, run: RunRecord, action: string): void {
  const suite = run.repository.checkSuites.get(run.checkSuiteId);
  if (!suite) return;
  if (action === 'requested') {
    reopenSuite(world, suite);
    return;
  }
  suite.status = action === 'completed' ? 'completed' : 'in_progress';
  suite.conclusion = run.conclusion;
  suite.updatedAt = run.updatedAt;
  if (action === 'completed')
    announceSuite(world, run.repository, run.triggeringActor, suite, 'completed');
}

function jobPayload(
  world: World,
  run: RunRecord,
  job: JobRecord,
  action: 'queued' | 'in_progress' | 'completed' | 'waiting',
): JobEvent {
  const workflow_job = renderJob(world, run, job);
  const { conclusion, completed_at } = workflow_job;
  const open = { ...workflow_job, conclusion: null };
  if (action === 'in_progress') return { action, workflow_job: { ...open, status: 'in_progress' } };
  if (action !== 'completed') return { action, workflow_job: open };
  if (conclusion === null || completed_at === null)
    throw new Fault('LOCAL_GITHUB', `expected job ${job.id} to have ended, it has not`);
  return { action, workflow_job: { ...workflow_job, conclusion, completed_at } };
}

function recordCheck(world: World, run: RunRecord, job: JobRecord): CheckRun {
  const check: CheckRun = {
    id: job.id,
    name: job.name,
    headSha: run.headSha,
    appId: ACTIONS_APP_ID,
    suiteId: run.checkSuiteId,
    status: job.status,
    conclusion: job.conclusion,
    externalId: String(job.id),
    detailsUrl: `${world.urls.server}/${world.fullName(run.repository)}/actions/runs/${run.id}/job/${job.id}`,
    output: { title: null, summary: summarize(job), text: null },
    annotations: job.annotations.map((each) => ({
      path: each.path,
      startLine: each.line,
      endLine: each.line,
      startColumn: null,
      endColumn: null,
      level: each.level,
      title: each.title,
      message: each.message,
      rawDetails: null,
    })),
    startedAt: job.startedAt,
    completedAt: job.completedAt,
  };
  run.repository.checkRuns.set(job.id, check);
  return check;
}

function summarize(job: JobRecord): string | null {
  const lines = job.annotations.map((each) => `${each.level}: ${each.message}`);
  return lines.length === 0 ? null : lines.join('\n').slice(0, SUMMARY_CHARACTERS_MAX);
}
