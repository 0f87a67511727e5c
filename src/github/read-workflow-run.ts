import { z } from 'zod';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { GitHub } from './client.ts';
import { GitHubFault } from './github-fault.ts';

const run = z.object({
  id: z.number().int(),
  repository: z.object({ id: z.number().int() }),
  status: z.string().nullable(),
  run_attempt: z.number().int(),
  head_sha: z.string(),
  event: z.string(),
  path: z.string(),
  triggering_actor: z.object({ id: z.number().int() }).nullish(),
});

const jobs = z.object({
  jobs: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      check_run_url: z.string(),
      run_id: z.number().int(),
    }),
  ),
});

/**
 * A workflow run and the jobs of one attempt, as they are now; null when there is no such run.
 *
 * Source  docs.github.com/rest/actions/workflow-jobs#list-jobs-for-a-workflow-run-attempt
 */
export async function readWorkflowRun(
  github: GitHub,
  place: { readonly installationId: number; readonly repository: RepositoryRef },
  workflowRunId: number,
  attempt: number,
) {
  const { repository, installationId } = place;
  const target = {
    stage: 'broker',
    installationId,
    repositoryId: repository.id,
    purpose: 'read',
  } as const;
  const path = { owner: repository.owner, repo: repository.name, run_id: workflowRunId };
  const read = (route: `GET /${string}`, more: object = {}) =>
    github.request<unknown>(target, route, { ...path, ...more }).catch((error: unknown) => {
      if (error instanceof GitHubFault && error.status === 404) return null;
      throw error;
    });
  const [runReply, jobsReply] = await Promise.all([
    read('GET /repos/{owner}/{repo}/actions/runs/{run_id}'),
    read('GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/jobs', {
      attempt_number: attempt,
      per_page: 100,
    }),
  ]);
  if (!runReply || !jobsReply) return null;
  const seen = run.safeParse(runReply.data);
  const listed = jobs.safeParse(jobsReply.data);
  if (!seen.success || !listed.success) {
    throw new GitHubFault('the workflow run', 502, (seen.error ?? listed.error)?.issues[0]);
  }
  return {
    id: seen.data.id,
    repositoryId: seen.data.repository.id,
    status: seen.data.status ?? 'unknown',
    attempt: seen.data.run_attempt,
    headSha: seen.data.head_sha,
    event: seen.data.event,
    path: seen.data.path,
    triggeringActorId: seen.data.triggering_actor?.id ?? null,
    jobs: listed.data.jobs.map((job) => ({
      name: job.name,
      status: job.status,
      checkRunId: Number(/\/check-runs\/(\d{1,16})$/.exec(job.check_run_url)?.[1] ?? 0),
    })),
  };
}
