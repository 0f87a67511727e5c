import { z } from 'zod';
import { callerWorkflow, callerWorkflowPath } from '#model/names.ts';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { GitHub, Target } from './client.ts';
import { GitHubFault } from './github-fault.ts';

interface Place {
  readonly installationId: number;
  readonly repository: RepositoryRef;
}

const details = z.object({ workflow_run_id: z.number().int().positive() });

/**
 * Ask for a run of the caller workflow, with the grant as its only input. GitHub names the run when
 * it is asked to (2026-02); a server that does not know the question is asked again without it.
 *
 * Source  docs.github.com/rest/actions/workflows#create-a-workflow-dispatch-event
 */
export async function requestRun(
  github: GitHub,
  place: Place,
  ref: string,
  grantId: string,
): Promise<
  | { readonly kind: 'started'; readonly workflowRunId: number }
  | { readonly kind: 'unnamed' }
  | { readonly kind: 'refused'; readonly sentence: string }
> {
  const branch = ref.replace(/^refs\/heads\//, '');
  const body = { ref: branch, inputs: { grant: grantId } };
  try {
    const reply = await post(github, place, { ...body, return_run_details: true });
    const parsed = details.safeParse(reply.data);
    return parsed.success
      ? { kind: 'started', workflowRunId: parsed.data.workflow_run_id }
      : { kind: 'unnamed' };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (!/return_run_details/.test(messageOf(error))) return toRefusal(error);
  }
  try {
    await post(github, place, body);
    return { kind: 'unnamed' };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return toRefusal(error);
  }
}

function post(github: GitHub, { installationId, repository }: Place, body: object) {
  return github.write<unknown>(
    { stage: 'dispatch', installationId, repositoryId: repository.id },
    'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
    { owner: repository.owner, repo: repository.name, workflow_id: callerWorkflow, ...body },
  );
}

function isRefusal(error: unknown): error is GitHubFault {
  return error instanceof GitHubFault && [400, 403, 404, 422].includes(error.status);
}

function messageOf(error: GitHubFault): string {
  return JSON.stringify(error.body ?? null);
}

function toRefusal(error: GitHubFault) {
  return { kind: 'refused', sentence: sayRefusal(error.status) } as const;
}

function sayRefusal(status: number): string {
  if (status === 404) {
    return `expected ${callerWorkflowPath} on the default branch, got none: add it as the documentation shows`;
  }
  if (status === 403) {
    return `expected that the App may start ${callerWorkflowPath}, but GitHub answered 403: see that the installation is not suspended, has agreed to Actions: write, and that Actions are on`;
  }
  return `GitHub does not start ${callerWorkflowPath} (${status}): it must be on the default branch and have workflow_dispatch with the input grant`;
}

const list = z.object({
  workflow_runs: z.array(
    z.object({
      id: z.number().int(),
      event: z.string(),
      head_sha: z.string(),
      path: z.string(),
      run_attempt: z.number().int(),
      created_at: z.string(),
      display_title: z.string(),
      actor: z.object({ id: z.number().int() }).nullable(),
    }),
  ),
});

/** Runs of the caller workflow that were dispatched lately, newest first. */
export async function listDispatched(github: GitHub, place: Place, since: string) {
  const { repository, installationId } = place;
  const target: Target = {
    stage: 'dispatch',
    installationId,
    repositoryId: repository.id,
    purpose: 'read',
  };
  const reply = await github.request<unknown>(
    target,
    'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
    {
      owner: repository.owner,
      repo: repository.name,
      workflow_id: callerWorkflow,
      event: 'workflow_dispatch',
      created: `>=${new Date(Date.parse(since) - 60_000).toISOString().replace(/\.\d+Z$/, 'Z')}`,
      per_page: 100,
    },
  );
  const parsed = list.safeParse(reply.data);
  if (!parsed.success) throw new GitHubFault('workflow runs', 502, parsed.error.issues[0]);
  return parsed.data.workflow_runs.map((run) => ({
    id: run.id,
    event: run.event,
    headSha: run.head_sha,
    path: run.path,
    actorId: run.actor?.id ?? 0,
    attempt: run.run_attempt,
    createdAt: run.created_at,
    title: run.display_title,
  }));
}
