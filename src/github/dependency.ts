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

/** GitHub's largest page; an issue has at most about fifty edges in one direction, and a hundred below. */
const pageMax = 100;

/** Issues that this one waits for, with their state: those that block it, and those below it. */
export async function readBlockers(github: GitHub, place: Place) {
  const found = await Promise.all([
    list(github, place, 'dependencies/blocked_by'),
    list(github, place, 'sub_issues'),
  ]);
  const states = found.flat().map((issue) => ({
    key: `${fullNameOf(issue, place.repository)}#${issue.number}`,
    state: issue.state,
    stateReason: issue.state_reason ?? null,
  }));
  return [...new Map(states.map((one) => [one.key, one])).values()];
}

/**
 * Issues of the same repository that wait for this one: those it blocks, and the one above it. Others
 * are another token's reach.
 */
export async function readDependents(github: GitHub, place: Place): Promise<readonly Place[]> {
  const here = `${place.repository.owner}/${place.repository.name}`;
  const found = await Promise.all([
    list(github, place, 'dependencies/blocking'),
    list(github, place, 'parent'),
  ]);
  const numbers = found
    .flat()
    .filter((issue) => fullNameOf(issue, place.repository) === here)
    .map((issue) => issue.number);
  return [...new Set(numbers)].map((issue) => ({ ...place, issue }));
}

type Edge = 'dependencies/blocked_by' | 'dependencies/blocking' | 'sub_issues' | 'parent';

async function list(github: GitHub, place: Place, edge: Edge) {
  const { installationId, repository, issue } = place;
  const reply = await github
    .request<unknown>(
      { stage: 'schedule', installationId, repositoryId: repository.id, purpose: 'read' },
      `GET /repos/{owner}/{repo}/issues/{issue_number}/${edge}`,
      { owner: repository.owner, repo: repository.name, issue_number: issue, per_page: pageMax },
    )
    .catch((error: unknown) => {
      // A server without issue dependencies answers 404, and so does an issue with none above it.
      if (error instanceof GitHubFault && error.status === 404) return null;
      throw error;
    });
  if (reply === null) return [];
  return issues.parse(Array.isArray(reply.data) ? reply.data : [reply.data]);
}

function fullNameOf(issue: z.infer<typeof issues>[number], here: RepositoryRef): string {
  if (issue.repository) return `${issue.repository.owner.login}/${issue.repository.name}`;
  const [, owner, name] = /\/repos\/([^/]+)\/([^/]+)$/.exec(issue.repository_url ?? '') ?? [];
  return owner && name ? `${owner}/${name}` : `${here.owner}/${here.name}`;
}
