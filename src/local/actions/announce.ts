import type { CheckRun, World } from '#local/world.ts';
import type { JsonObject } from '#model/json.ts';
import { simpleUser } from './account-json.ts';
import type { ActionsHost } from './host.ts';
import { jobToJson, nodeId, repositoryUrl, runToJson, workflowToJson } from './run-json.ts';
import type { JobRecord, RunRecord } from './run-record.ts';

/** The App that owns the check runs of workflow jobs: GitHub Actions' own id. */
export const ACTIONS_APP_ID = 15368;

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
        check_run: checkRunToJson(world, run, check),
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

function checkRunToJson(world: World, run: RunRecord, check: CheckRun): JsonObject {
  const url = `${repositoryUrl(world, run.repository)}/check-runs/${check.id}`;
  return {
    id: check.id,
    node_id: nodeId('CheckRun', check.id),
    name: check.name,
    head_sha: check.headSha,
    external_id: check.externalId,
    url,
    html_url: check.detailsUrl,
    details_url: check.detailsUrl,
    status: check.status,
    conclusion: check.conclusion,
    started_at: check.startedAt,
    completed_at: check.completedAt,
    output: {
      ...check.output,
      annotations_count: 0,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.checkSuiteId, head_branch: run.headBranch, head_sha: run.headSha },
    app: actionsApp(world),
    pull_requests: [],
  };
}

function actionsApp(world: World): JsonObject {
  const owner = { id: 9919, login: 'github', type: 'Organization', name: 'GitHub' } as const;
  return {
    id: ACTIONS_APP_ID,
    node_id: nodeId('App', ACTIONS_APP_ID),
    slug: 'github-actions',
    name: 'GitHub Actions',
    client_id: 'Iv1.actions',
    owner: simpleUser(world, owner),
    description: 'Automate your workflow from idea to production',
    external_url: 'https://help.github.com/en/actions',
    html_url: `${world.urls.server}/apps/github-actions`,
    created_at: '2018-07-30T09:30:17Z',
    updated_at: '2019-12-10T19:04:12Z',
    permissions: { actions: 'write', checks: 'write', contents: 'write', metadata: 'read' },
    events: [],
  };
}
