import { z } from 'zod';
import type { Sha256 } from '#model/digest.ts';
import { gitBlobSha, sha256 } from '#model/digest.ts';
import { policyPath } from '#model/names.ts';
import { organizationSha256 } from '#model/organization-file.ts';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { StageName } from '#model/stage-name.ts';
import type { GitHub } from './client.ts';
import { GitHubFault } from './github-fault.ts';
import {
  organizationAnswer,
  organizationSelection,
  queryWithOrganization,
  toOrganizationFile,
} from './organization-file.ts';

const answer = z.object({
  organization: organizationAnswer,
  repository: z
    .object({
      databaseId: z.number().int(),
      defaultBranchRef: z
        .object({ name: z.string(), target: z.object({ oid: z.string() }) })
        .nullable(),
      object: z.object({ oid: z.string().optional(), text: z.string().nullish() }).nullable(),
    })
    .nullable(),
});

const document = `query($owner: String!, $name: String!, $policy: String!, $ownRepository: String!) {
  ${organizationSelection}
  repository(owner: $owner, name: $name) {
    databaseId
    defaultBranchRef { name target { oid } }
    object(expression: $policy) { ... on Blob { oid text } }
  }
}`;

/** The default branch as it is now, and the policy there: its text and the digest of its bytes. */
export interface PolicyAtHead {
  readonly ref: string;
  readonly sha: string;
  readonly text: string | null;
  readonly sha256: Sha256 | null;
  /** Of the owner's policy at the same time; null when none can be read. */
  readonly organizationSha256: Sha256 | null;
}

/** Read the policy at the default branch; null when the repository is not the one it was. */
export async function readPolicy(
  github: GitHub,
  place: {
    readonly installationId: number;
    readonly repository: RepositoryRef;
    /** The owner is known to have a policy: it is looked for where it is private, too. */
    readonly looksTwice?: boolean;
  },
  stage: StageName = 'dispatch',
): Promise<PolicyAtHead | null> {
  const { repository, installationId } = place;
  const target = { stage, installationId, repositoryId: repository.id, purpose: 'read' } as const;
  const data = await queryWithOrganization(github, target, document, {
    owner: repository.owner,
    name: repository.name,
    policy: `HEAD:${policyPath}`,
  });
  const parsed = answer.safeParse(data);
  if (!parsed.success) {
    throw new GitHubFault('GraphQL repository.object', 502, parsed.error.issues[0]);
  }
  const seen = parsed.data.repository;
  if (!seen?.defaultBranchRef || seen.databaseId !== repository.id) return null;
  const { object, defaultBranchRef } = seen;
  const text =
    typeof object?.text === 'string' && gitBlobSha(Buffer.from(object.text)) === object.oid
      ? object.text
      : null;
  return {
    ref: `refs/heads/${defaultBranchRef.name}`,
    sha: defaultBranchRef.target.oid,
    text,
    sha256: text === null ? null : sha256(text),
    organizationSha256: organizationSha256(
      await toOrganizationFile(
        github,
        { stage, installationId, repository, looksTwice: place.looksTwice ?? false },
        parsed.data.organization,
      ),
    ),
  };
}
