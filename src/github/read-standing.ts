import { z } from 'zod';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { FirstCause } from '#model/trigger.ts';
import type { GitHub } from './client.ts';
import { GitHubFault, isGone } from './github-fault.ts';
import { readCause } from './read-cause.ts';
import { readProjectItem } from './read-project-item.ts';

interface Address {
  readonly installationId: number;
  readonly repository: RepositoryRef;
  readonly issue: number;
}

/** Whether what was done to ask for work is still so; what a label did, the issue itself shows. */
export async function readStanding(
  github: GitHub,
  address: Address,
  cause: Exclude<FirstCause, { kind: 'label' }>,
  botUserId: number,
): Promise<boolean> {
  switch (cause.kind) {
    case 'comment':
      return readCause(github, address, cause);
    case 'assigned':
      return isAssigned(github, address, botUserId);
    case 'project_status': {
      const item = await readProjectItem(github, address.installationId, cause);
      return (
        item?.repository.id === address.repository.id &&
        item.issue === address.issue &&
        item.project === cause.project &&
        item.status === cause.status
      );
    }
  }
}

const issue = z.object({ assignees: z.array(z.object({ id: z.number().int() })) });

/**
 * Whether the issue is assigned to this account; REST lists people and bots alike.
 *
 * Source  docs.github.com/rest/issues/issues#get-an-issue
 */
export async function isAssigned(
  github: GitHub,
  { installationId, repository, issue: number }: Address,
  accountId: number,
): Promise<boolean> {
  const reply = await github
    .request<unknown>(
      { stage: 'policy', installationId, repositoryId: repository.id, purpose: 'read' },
      'GET /repos/{owner}/{repo}/issues/{issue_number}',
      { owner: repository.owner, repo: repository.name, issue_number: number },
    )
    .catch((error: unknown) => {
      if (isGone(error)) return null;
      throw error;
    });
  if (!reply) return false;
  const parsed = issue.safeParse(reply.data);
  if (!parsed.success) throw new GitHubFault('issue', 502, parsed.error.issues[0]);
  return parsed.data.assignees.some((one) => one.id === accountId);
}
