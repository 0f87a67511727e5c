import { actionsOf } from '#local/actions/actions-service.ts';
import type { RunRecord } from '#local/actions/run-record.ts';
import type { LocalGitHub } from '#local/server.ts';
import { assert } from '#model/fault.ts';
import { callerWorkflow } from '#model/names.ts';

/** A workflow run of the caller whose agent job is in progress, as GitHub's API shows it. */
export interface WaitingJob {
  readonly runId: number;
  readonly checkRunId: number;
  readonly sha: string;
  readonly ref: string;
}

/** The caller workflow with one job, of the name that the agent phase's job has. */
export const agentCaller = {
  name: 'sallyport',
  on: { workflow_dispatch: {} },
  jobs: {
    agent: { name: 'agent / agent', 'runs-on': 'ubuntu-latest', steps: [{ run: 'true' }] },
  },
} as const;

/**
 * Start so many runs of the caller, as the App would, on a GitHub without a runner. Their jobs are
 * then said to be in progress: what they would do is not what is measured.
 */
export async function startWaitingJobs(
  github: LocalGitHub,
  place: { readonly owner: string; readonly name: string },
  count: number,
): Promise<readonly WaitingJob[]> {
  const { world, app } = github;
  const repository = world.repositoryByName(place.owner, place.name);
  const bot = world.users.get(world.apps.get(app?.id ?? 0)?.botId ?? 0);
  assert(repository && bot, 'the seed has the repository and the App');
  const { runs, workflows } = actionsOf(world);
  const entry = await workflows.find(repository, callerWorkflow);
  assert(entry, 'the seed has the caller workflow');
  const ref = 'refs/heads/main';
  const sha = await headOf(github, place);
  const started: RunRecord[] = [];
  for (let index = 0; index < count; index += 1) {
    started.push(
      await runs.start({
        ...{ repository, entry, ref, sha, headSha: sha, headBranch: 'main', actor: bot },
        ...{ event: 'workflow_dispatch', payload: {}, inputs: {}, headRef: '', baseRef: '' },
        title: 'sallyport',
      }),
    );
  }
  return Promise.all(started.map((run) => toWaiting(run, { ref, sha })));
}

async function toWaiting(
  run: RunRecord,
  at: { readonly ref: string; readonly sha: string },
): Promise<WaitingJob> {
  while (run.jobs.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const [job] = run.jobs;
  assert(job, 'the run has its job');
  job.status = 'in_progress';
  return { runId: run.id, checkRunId: job.id, ...at };
}

async function headOf(
  { urls, tokens }: LocalGitHub,
  { owner, name }: { owner: string; name: string },
) {
  const token = Object.values(tokens)[0] ?? '';
  const reply = await fetch(`${urls.rest}/repos/${owner}/${name}/git/ref/heads/main`, {
    headers: { authorization: `token ${token}` },
  });
  assert(reply.ok, `the branch is there, got ${reply.status}`);
  const { object } = (await reply.json()) as { object: { sha: string } };
  return object.sha;
}
