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

/** GitHub allows about fifty blockers an issue, and a hundred below it; one page holds them all. */
const pageMax = 100;

interface Address {
  readonly installationId: number;
  readonly repository: RepositoryRef;
  readonly issue: number;
}

/**
 * What an issue waits for: the issues that block it, and those below it, of which there are so many
 * (0: they are not asked for). A server without issue dependencies answers 404: nothing blocks.
 *
 * Source  docs.github.com/rest/issues/issue-dependencies and /rest/issues/sub-issues
 */
export async function listBlockers(
  github: GitHub,
  address: Address,
  subIssueCount: number,
): Promise<readonly { repository: string; number: number; open: boolean }[]> {
  const [blockers, below] = await Promise.all([
    list(github, address, 'dependencies/blocked_by'),
    subIssueCount > 0 ? list(github, address, 'sub_issues') : [],
  ]);
  const isKnown = (one: (typeof below)[number]) =>
    blockers.some((other) => other.repository === one.repository && other.number === one.number);
  return [...blockers, ...below.filter((one) => !isKnown(one))];
}

async function list(
  github: GitHub,
  { repository, installationId, issue: number }: Address,
  of: 'dependencies/blocked_by' | 'sub_issues',
) {
  const reply = await github
    .request<unknown>(
      { stage: 'policy', installationId, repositoryId: repository.id, purpose: 'read' },
      `GET /repos/{owner}/{repo}/issues/{issue_number}/${of}`,
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
  if (!parsed.success) throw new GitHubFault(of, 502, parsed.error.issues[0]);
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
