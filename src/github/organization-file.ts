import { GraphqlResponseError } from '@octokit/graphql';
import { z } from 'zod';
import { gitBlobSha, sha256 } from '#model/digest.ts';
import type { OrganizationFile } from '#model/organization-file.ts';
import { organizationPaths, organizationRepository } from '#model/organization-file.ts';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { StageName } from '#model/stage-name.ts';
import type { GitHub } from './client.ts';
import { GitHubFault } from './github-fault.ts';

/** What a query must declare and be given to ask for the owner's policy along with its own. */
export const organizationVariables = { ownRepository: organizationRepository } as const;
const blob = '... on Blob { oid text }';
const fields = `
  databaseId
  defaultBranchRef { target { oid } }
  root: object(expression: "HEAD:${organizationPaths[0]}") { ${blob} }
  folder: object(expression: "HEAD:${organizationPaths[1]}") { ${blob} }`;

/** To be put beside `repository` in a query that has `$owner` and `$ownRepository: String!`. */
export const organizationSelection = `organization: repository(owner: $owner, name: $ownRepository) { ${fields} }`;

const object = z.object({ oid: z.string().optional(), text: z.string().nullish() }).nullable();
/** What `organizationSelection` answers. */
export const organizationAnswer = z
  .object({
    databaseId: z.number().int(),
    defaultBranchRef: z.object({ target: z.object({ oid: z.string() }) }).nullable(),
    root: object,
    folder: object,
  })
  .nullable();

/**
 * Send a query that asks for the owner's policy too. The owner's repository may not be there for
 * us: that error alone is no failure, and the rest of the answer stands.
 */
export async function queryWithOrganization(
  github: GitHub,
  target: Parameters<GitHub['graphql']>[0],
  document: string,
  variables: Record<string, unknown>,
): Promise<unknown> {
  try {
    return await github.graphql<unknown>(target, document, {
      ...variables,
      ...organizationVariables,
    });
  } catch (error) {
    const answered = error instanceof GitHubFault ? error.cause : undefined;
    if (!(answered instanceof GraphqlResponseError)) throw error;
    const isHidden = (one: { type?: string; path?: readonly unknown[] }) =>
      one.path?.[0] === 'organization' && /^(?:NOT_FOUND|FORBIDDEN)$/.test(one.type ?? '');
    if (!answered.errors?.every(isHidden) || !answered.data) throw error;
    return answered.data;
  }
}

/**
 * What the answer says; a repository that this token does not see is asked for once more, with a
 * token of its own: it may be private and yet among those the App is installed on.
 */
export async function toOrganizationFile(
  github: GitHub,
  place: {
    readonly stage: StageName;
    readonly installationId: number;
    readonly repository: RepositoryRef;
    /** False when nothing speaks for one: a repository that is not seen is then taken as hidden. */
    readonly looksTwice: boolean;
  },
  seen: z.infer<typeof organizationAnswer>,
): Promise<OrganizationFile> {
  const { stage, installationId, repository, looksTwice } = place;
  if (seen) return fileOf(seen);
  if (!looksTwice) return { kind: 'hidden' };
  const data = await github
    .graphql<unknown>(
      { stage, installationId, repositoryName: organizationRepository, purpose: 'read' },
      `query($owner: String!, $ownRepository: String!) { ${organizationSelection} }`,
      { owner: repository.owner, ...organizationVariables },
    )
    .catch((error: unknown) => {
      // GitHub mints nothing for a repository that the installation does not have.
      if (isUnminted(error)) return { organization: null };
      throw error;
    });
  const parsed = z.object({ organization: organizationAnswer }).safeParse(data);
  if (!parsed.success) throw new GitHubFault('GraphQL organization', 502, parsed.error.issues[0]);
  return parsed.data.organization ? fileOf(parsed.data.organization) : { kind: 'hidden' };
}

/** GraphQL's own errors carry this status too, with a list as their body. */
function isUnminted(error: unknown): boolean {
  return error instanceof GitHubFault && error.status === 422 && !Array.isArray(error.body);
}

type Seen = NonNullable<z.infer<typeof organizationAnswer>>;

function fileOf({ root, folder, defaultBranchRef }: Seen): OrganizationFile {
  const path = root ? organizationPaths[0] : organizationPaths[1];
  const found = root ?? folder;
  if (!found || !defaultBranchRef) return { kind: 'absent' };
  const { oid, text } = found;
  // Truncated or re-encoded text has another blob name, and a folder has none.
  if (typeof text !== 'string' || gitBlobSha(Buffer.from(text)) !== oid) {
    return { kind: 'unreadable', path };
  }
  return { kind: 'found', path, sha: defaultBranchRef.target.oid, text, sha256: sha256(text) };
}
