import { z } from 'zod';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { GitHub } from './client.ts';
import { GitHubFault } from './github-fault.ts';

interface Place {
  readonly installationId: number;
  readonly repository: RepositoryRef;
  readonly issue: number;
}

const issues = z.array(
  z.object({
    number: z.number().int(),
    state: z.enum(['open', 'closed']),
    state_reason: z.string().nullish(),
    repository: z
      .object({
        id: z.number().int(),
        name: z.string(),
        owner: z.object({ id: z.number().int(), login: z.string() }),
      })
      .nullish(),
    repository_url: z.string().optional(),
  }),
);

/** GitHub's largest page; an issue has at most about fifty edges in one direction. */
const pageMax = 100;

/** Issues that block this one, with their state. */
export async function readBlockers(github: GitHub, place: Place) {
  const found = await list(github, place, 'blocked_by');
  return found.map((issue) => ({
    key: `${fullNameOf(issue, place.repository)}#${issue.number}`,
    state: issue.state,
    stateReason: issue.state_reason ?? null,
  }));
}

/** Issues of the same repository that this one blocks. Others are another token's reach. */
export async function readDependents(github: GitHub, place: Place): Promise<readonly Place[]> {
  const here = `${place.repository.owner}/${place.repository.name}`;
  const found = await list(github, place, 'blocking');
  return found
    .filter((issue) => fullNameOf(issue, place.repository) === here)
    .map((issue) => ({ ...place, issue: issue.number }));
}

async function list(github: GitHub, place: Place, direction: 'blocked_by' | 'blocking') {
  const { installationId, repository, issue } = place;
  const reply = await github
    .request<unknown>(
      { stage: 'schedule', installationId, repositoryId: repository.id, purpose: 'read' },
      `GET /repos/{owner}/{repo}/issues/{issue_number}/dependencies/${direction}`,
      { owner: repository.owner, repo: repository.name, issue_number: issue, per_page: pageMax },
    )
    .catch((error: unknown) => {
      // A server without issue dependencies answers 404: there are no edges.
      if (error instanceof GitHubFault && error.status === 404) return null;
      throw error;
    });
  return reply === null ? [] : issues.parse(reply.data);
}

function fullNameOf(issue: z.infer<typeof issues>[number], here: RepositoryRef): string {
  if (issue.repository) return `${issue.repository.owner.login}/${issue.repository.name}`;
  const [, owner, name] = /\/repos\/([^/]+)\/([^/]+)$/.exec(issue.repository_url ?? '') ?? [];
  return owner && name ? `${owner}/${name}` : `${here.owner}/${here.name}`;
}
