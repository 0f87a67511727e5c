import { z } from 'zod';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { GitHub } from './client.ts';
import { GitHubFault } from './github-fault.ts';

interface Place {
  readonly installationId: number;
  readonly repository: RepositoryRef;
}

/**
 * Cancel a workflow run; with force, past what would keep it alive. One that ended already (409) or
 * is gone (404) is as good as cancelled.
 *
 * Source  docs.github.com/rest/actions/workflow-runs#force-cancel-a-workflow-run
 */
export async function cancelRun(
  github: GitHub,
  { repository, installationId }: Place,
  workflowRunId: number,
  force = false,
): Promise<void> {
  await github
    .write(
      { stage: 'dispatch', installationId, repositoryId: repository.id },
      force
        ? 'POST /repos/{owner}/{repo}/actions/runs/{run_id}/force-cancel'
        : 'POST /repos/{owner}/{repo}/actions/runs/{run_id}/cancel',
      { owner: repository.owner, repo: repository.name, run_id: workflowRunId },
    )
    .catch((error: unknown) => {
      if (error instanceof GitHubFault && [404, 409].includes(error.status)) return;
      throw error;
    });
}

const state = z.object({ status: z.string().nullable(), conclusion: z.string().nullable() });

/** How far a workflow run is; null when there is none, or the App no longer reaches it. */
export async function readWorkflowState(
  github: GitHub,
  { repository, installationId }: Place,
  workflowRunId: number,
) {
  const reply = await github
    .request<unknown>(
      { stage: 'dispatch', installationId, repositoryId: repository.id, purpose: 'read' },
      'GET /repos/{owner}/{repo}/actions/runs/{run_id}',
      { owner: repository.owner, repo: repository.name, run_id: workflowRunId },
    )
    .catch((error: unknown) => {
      // 401, 403 and 404 also come from minting: the installation is gone or suspended.
      if (error instanceof GitHubFault && [401, 403, 404].includes(error.status)) return null;
      throw error;
    });
  if (!reply) return null;
  const parsed = state.safeParse(reply.data);
  if (!parsed.success) throw new GitHubFault('the workflow run', 502, parsed.error.issues[0]);
  return { status: parsed.data.status ?? 'unknown', conclusion: parsed.data.conclusion };
}
