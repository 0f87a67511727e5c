import { z } from 'zod';
import type { Role } from '#model/policy.ts';
import { hasRole, roles } from '#model/policy.ts';
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
  return judgeRole(parsed.data);
}

/** The four old words, and the strongest role that each may stand for: the weakest has its name. */
const strongest: Readonly<Record<string, Role>> = {
  admin: 'admin',
  write: 'maintain',
  read: 'triage',
};

/**
 * GitHub says it twice: `role_name` is exact, `permission` is one of four old words. A custom role
 * has a name of its own; `permission` is then what it is built on. Where the two do not agree, nobody
 * is taken for more than either says.
 */
function judgeRole({ permission, role_name }: z.infer<typeof answer>): Role | 'none' {
  const old = roles.find((role) => role === permission);
  const most = old && strongest[old];
  if (!old || !most) return 'none';
  const named = roles.find((role) => role === role_name);
  if (!named) return old;
  return hasRole(most, named) ? named : old;
}
