import { renderCheckRun } from '#local/api/render-check.ts';
import type { CheckRun, World } from '#local/world.ts';
import { ACTIONS_APP_ID } from '#local/world-state.ts';
import type { JsonObject } from '#model/json.ts';
import type { ActionsHost } from './host.ts';
import { jobToJson, runToJson, workflowToJson } from './run-json.ts';
import type { JobRecord, RunRecord } from './run-record.ts';

// One line per annotation of the job's check run, so that a page can show why a job failed.
const SUMMARY_CHARACTERS_MAX = 65_535;

/** Builds the announcements: state of check runs first, then the webhooks about it. */
export function openAnnouncements(
  world: World,
  headCommit: (run: RunRecord) => JsonObject,
): Pick<ActionsHost, 'announceRun' | 'announceJob'> {
  return {
    announceRun: (run, action) => {
      const workflow = { id: run.workflowId, name: run.workflowName, path: run.workflowPath };
      world.emit('workflow_run', run.repository, run.triggeringActor, {
        action,
        workflow_run: runToJson(world, run, headCommit(run)),
        workflow: workflowToJson(world, run.repository, workflow),
      });
    },
    announceJob: (run, job, action) => {
      const check = updateCheckRun(world, run, job);
      const sender = run.triggeringActor;
      world.emit('workflow_job', run.repository, sender, {
        action,
        workflow_job: jobToJson(world, run, job),
      });
      if (action === 'in_progress') return;
      world.emit('check_run', run.repository, sender, {
        action: action === 'queued' ? 'created' : 'completed',
        check_run: renderCheckRun(world, run.repository, check),
      });
    },
  };
}

function updateCheckRun(world: World, run: RunRecord, job: JobRecord): CheckRun {
  const check = run.repository.checkRuns.get(job.id) ?? {
    id: job.id,
    name: job.name,
    headSha: run.headSha,
    appId: ACTIONS_APP_ID,
    status: job.status,
    conclusion: null,
    externalId: String(job.id),
    detailsUrl: `${world.urls.server}/${world.fullName(run.repository)}/actions/runs/${run.id}/job/${job.id}`,
    output: { title: null, summary: null, text: null },
    startedAt: job.startedAt,
    completedAt: null,
  };
  check.status = job.status;
  check.conclusion = job.conclusion;
  check.completedAt = job.completedAt;
  check.output.summary = summarize(job);
  run.repository.checkRuns.set(job.id, check);
  return check;
}

function summarize(job: JobRecord): string | null {
  const lines = job.annotations.map((each) => `${each.level}: ${each.message}`);
  return lines.length === 0 ? null : lines.join('\n').slice(0, SUMMARY_CHARACTERS_MAX);
}
