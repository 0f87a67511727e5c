import { z } from 'zod';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { GitHub } from './client.ts';
import { GitHubFault } from './github-fault.ts';

const issue = z.object({
  number: z.number().int(),
  state: z.string(),
  repository_url: z.string().optional(),
  repository: z.object({ full_name: z.string() }).optional(),
});

/** GitHub allows about fifty blockers an issue; one page of a hundred holds them all. */
const pageMax = 100;

/**
 * What an issue is blocked by. A server without issue dependencies answers 404: nothing blocks.
 *
 * Source  docs.github.com/rest/issues/issue-dependencies
 */
export async function listBlockers(
  github: GitHub,
  address: {
    readonly installationId: number;
    readonly repository: RepositoryRef;
    readonly issue: number;
  },
): Promise<readonly { repository: string; number: number; open: boolean }[]> {
  const { repository, installationId, issue: number } = address;
  const reply = await github
    .request<unknown>(
      { stage: 'policy', installationId, repositoryId: repository.id, purpose: 'read' },
      'GET /repos/{owner}/{repo}/issues/{issue_number}/dependencies/blocked_by',
      {
        owner: repository.owner,
        repo: repository.name,
        issue_number: number,
        per_page: pageMax,
      },
    )
    .catch((error: unknown) => {
      if (error instanceof GitHubFault && [404, 410].includes(error.status)) return { data: [] };
      throw error;
    });
  const parsed = z.array(issue).max(pageMax).safeParse(reply.data);
  if (!parsed.success) throw new GitHubFault('blocked_by', 502, parsed.error.issues[0]);
  const here = `${repository.owner}/${repository.name}`;
  return parsed.data.map((one) => ({
    repository: one.repository?.full_name ?? nameOf(one.repository_url) ?? here,
    number: one.number,
    open: one.state !== 'closed',
  }));
}

function nameOf(url: string | undefined): string | undefined {
  return url?.split('/').slice(-2).join('/');
}
