import { z } from 'zod';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { Cause } from '#model/trigger.ts';
import type { GitHub } from './client.ts';
import { GitHubFault, isGone } from './github-fault.ts';

/** An issue that is an item of an organization's project, as it is now. */
export interface ProjectIssue {
  readonly repository: RepositoryRef;
  readonly issue: number;
  readonly project: number;
  /** Its column; null when it has none. */
  readonly status: string | null;
}

const answer = z.object({
  node: z
    .object({
      project: z.object({ number: z.number().int() }),
      fieldValueByName: z.object({ name: z.string().nullish() }).nullable(),
      content: z
        .object({
          number: z.number().int(),
          repository: z.object({
            databaseId: z.number().int(),
            name: z.string(),
            owner: z.object({ login: z.string(), databaseId: z.number().int() }),
          }),
        })
        .or(z.object({}).transform(() => null))
        .nullable(),
    })
    .or(z.object({}).transform(() => null))
    .nullable(),
});

const document = `query($id: ID!, $field: String!) {
  node(id: $id) {
    ... on ProjectV2Item {
      project { number }
      fieldValueByName(name: $field) { ... on ProjectV2ItemFieldSingleSelectValue { name } }
      content {
        ... on Issue {
          number
          repository {
            databaseId name
            owner { login ... on User { databaseId } ... on Organization { databaseId } }
          }
        }
      }
    }
  }
}`;

/**
 * Which issue an item of a project is, and the column it is in; null when it is no issue, is gone, or
 * is out of the App's reach.
 *
 * Source  docs.github.com/graphql/reference/objects#projectv2item
 */
export async function readProjectItem(
  github: GitHub,
  installationId: number,
  { itemNodeId, field }: Pick<Extract<Cause, { kind: 'project_status' }>, 'itemNodeId' | 'field'>,
): Promise<ProjectIssue | null> {
  const data = await github
    .graphql<unknown>(
      { stage: 'policy', installationId, purpose: 'project', everyRepository: true },
      document,
      { id: itemNodeId, field },
    )
    .catch((error: unknown) => {
      if (isGone(error)) return { node: null };
      throw error;
    });
  const parsed = answer.safeParse(data);
  if (!parsed.success) throw new GitHubFault('GraphQL node', 502, parsed.error.issues[0]);
  const item = parsed.data.node;
  if (!item?.content) return null;
  const { number, repository } = item.content;
  const { login, databaseId } = repository.owner;
  return {
    repository: {
      id: repository.databaseId,
      ownerId: databaseId,
      owner: login,
      name: repository.name,
    },
    issue: number,
    project: item.project.number,
    status: item.fieldValueByName?.name ?? null,
  };
}
