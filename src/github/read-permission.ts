import { z } from 'zod';
import type { Role } from '#model/policy.ts';
import { roles } from '#model/policy.ts';
import type { Account, RepositoryRef } from '#model/snapshot.ts';
import type { StageName } from '#model/stage-name.ts';
import type { GitHub } from './client.ts';
import { GitHubFault } from './github-fault.ts';

const answer = z.object({
  permission: z.string(),
  role_name: z.string().optional(),
  user: z.object({ id: z.number().int() }).nullable(),
});

/**
 * The role an account has now. The route takes a login, and logins are reused: the answer counts
 * only when it is about the same id.
 *
 * Source  docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user
 */
export async function readRole(
  github: GitHub,
  place: { readonly installationId: number; readonly repository: RepositoryRef },
  account: Account,
  stage: StageName = 'policy',
): Promise<Role | 'none'> {
  const { repository, installationId } = place;
  const reply = await github
    .request<unknown>(
      { stage, installationId, repositoryId: repository.id, purpose: 'read' },
      'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
      { owner: repository.owner, repo: repository.name, username: account.login },
    )
    .catch((error: unknown) => {
      if (error instanceof GitHubFault && error.status === 404) return undefined;
      throw error;
    });
  const parsed = answer.safeParse(reply?.data);
  if (!parsed.success || parsed.data.user?.id !== account.id) return 'none';
  const { role_name, permission } = parsed.data;
  // A custom role has a name of its own; `permission` is then the role it is built on.
  return (
    roles.find((role) => role === role_name) ?? roles.find((role) => role === permission) ?? 'none'
  );
}
