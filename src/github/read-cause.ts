import { z } from 'zod';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { Cause } from '#model/trigger.ts';
import type { GitHub } from './client.ts';
import { GitHubFault } from './github-fault.ts';

const answer = z.object({
  node: z
    .object({
      lastEditedAt: z.string().nullable(),
      repository: z.object({ databaseId: z.number().int() }),
      place: z.object({ number: z.number().int() }).nullable(),
    })
    .partial()
    .nullable(),
});

/** A comment has an issue or a pull request: to ask for the one that is not there is an error. */
const documentOf = (field: 'issue' | 'pullRequest') => `query($id: ID!) {
  node(id: $id) {
    ... on IssueComment { lastEditedAt repository { databaseId } place: ${field} { number } }
  }
}`;

/**
 * Whether a comment that asked for work is still there, on that issue or pull request, and was never
 * edited: an edited comment may say now what nobody with a role ever wrote.
 *
 * Source  docs.github.com/graphql/reference/objects#issuecomment
 */
export async function readCause(
  github: GitHub,
  address: {
    readonly installationId: number;
    readonly repository: RepositoryRef;
    /** Of the issue or the pull request. */
    readonly issue: number;
    readonly isPull?: boolean;
  },
  cause: Extract<Cause, { kind: 'comment' }>,
): Promise<boolean> {
  const { installationId, repository, issue } = address;
  const data = await github
    .graphql<unknown>(
      { stage: 'policy', installationId, repositoryId: repository.id, purpose: 'read' },
      documentOf(address.isPull ? 'pullRequest' : 'issue'),
      { id: cause.nodeId },
    )
    .catch((error: unknown) => {
      // GitHub answers a node that is gone with an error and no data.
      if (isNotFound(error)) return { node: null };
      throw error;
    });
  const parsed = answer.safeParse(data);
  if (!parsed.success) throw new GitHubFault('GraphQL node', 502, parsed.error.issues[0]);
  const seen = parsed.data.node;
  return (
    seen?.lastEditedAt === null &&
    seen.repository?.databaseId === repository.id &&
    seen.place?.number === issue
  );
}

function isNotFound(error: unknown): boolean {
  if (!(error instanceof GitHubFault) || !Array.isArray(error.body)) return false;
  return error.body.some((one) => one?.type === 'NOT_FOUND');
}
