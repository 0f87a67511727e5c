import { z } from 'zod';
import { gitBlobSha } from '#model/digest.ts';
import type { OrganizationFile } from '#model/organization-file.ts';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { GitHub, Target } from './client.ts';
import { GitHubFault } from './github-fault.ts';
import {
  organizationAnswer,
  organizationSelection,
  queryWithOrganization,
  toOrganizationFile,
} from './organization-file.ts';

interface Pull {
  readonly installationId: number;
  readonly repository: RepositoryRef;
  readonly pull: number;
}

/** Files are listed up to this; a longer pull request is looked at as if it changed the policy. */
const filesMax = 100;
/** Git's mode of a plain file, executable or not; a link is 0o120000. */
const plainModes = [0o100644, 0o100755];

const pullAnswer = z.object({
  repository: z.object({
    pullRequest: z
      .object({
        state: z.string(),
        headRefOid: z.string(),
        files: z
          .object({
            pageInfo: z.object({ hasNextPage: z.boolean() }),
            nodes: z.array(z.object({ path: z.string() })),
          })
          .nullable(),
      })
      .nullable(),
  }),
});

/** The head of an open pull request that may change a file; null when it does not. */
export async function findChangedHead(
  github: GitHub,
  { pull, ...place }: Pull,
  path: string,
): Promise<string | null> {
  const data = await github.graphql<unknown>(
    targetOf(place),
    `query($owner: String!, $name: String!, $number: Int!) {
      repository(owner: $owner, name: $name) {
        pullRequest(number: $number) {
          state headRefOid
          files(first: ${filesMax}) { pageInfo { hasNextPage } nodes { path } }
        }
      }
    }`,
    { owner: place.repository.owner, name: place.repository.name, number: pull },
  );
  const parsed = pullAnswer.safeParse(data);
  if (!parsed.success) throw new GitHubFault('GraphQL files', 502, parsed.error.issues[0]);
  const seen = parsed.data.repository.pullRequest;
  if (seen?.state !== 'OPEN') return null;
  const { files } = seen;
  const mayChange = files?.pageInfo.hasNextPage || files?.nodes.some((one) => one.path === path);
  return mayChange ? seen.headRefOid : null;
}

const blob = z
  .object({
    oid: z.string().optional(),
    byteSize: z.number().optional(),
    isBinary: z.boolean().nullish(),
    text: z.string().nullish(),
  })
  .nullable();
const filesAnswer = z.object({
  organization: organizationAnswer,
  repository: z.object({
    defaultBranchRef: z.object({ target: z.object({ oid: z.string() }) }).nullable(),
    base: blob,
    head: blob,
    folder: z
      .object({ entries: z.array(z.object({ name: z.string(), mode: z.number() })).nullish() })
      .nullable(),
  }),
});

/** A file at a head, as far as it may be read. */
export type FileAtHead =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly because: string };

/**
 * The file at a head, at the default branch, and the owner's policy: one query. The head may be a
 * fork's: its commits are in this repository's own object store, so the fork is never asked.
 */
export async function readPolicyChange(
  github: GitHub,
  {
    path,
    headSha,
    bytesMax,
    ...place
  }: Omit<Pull, 'pull'> & {
    readonly path: string;
    readonly headSha: string;
    readonly bytesMax: number;
  },
): Promise<{
  readonly head: FileAtHead;
  readonly baseText: string | null;
  readonly isChanged: boolean;
  readonly organization: OrganizationFile;
}> {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const data = await queryWithOrganization(
    github,
    targetOf(place),
    `query($owner: String!, $name: String!, $ownRepository: String!, $base: String!, $head: String!, $folder: String!) {
      ${organizationSelection}
      repository(owner: $owner, name: $name) {
        defaultBranchRef { target { oid } }
        base: object(expression: $base) { ... on Blob { oid text } }
        head: object(expression: $head) { ... on Blob { oid byteSize isBinary text } }
        folder: object(expression: $folder) { ... on Tree { entries { name mode } } }
      }
    }`,
    {
      owner: place.repository.owner,
      name: place.repository.name,
      base: `HEAD:${path}`,
      head: `${headSha}:${path}`,
      folder: `${headSha}:${folder}`,
    },
  );
  const parsed = filesAnswer.safeParse(data);
  if (!parsed.success) throw new GitHubFault('GraphQL policy', 502, parsed.error.issues[0]);
  const { base, head, folder: tree } = parsed.data.repository;
  const mode = tree?.entries?.find((one) => one.name === path.split('/').at(-1))?.mode;
  const at = { ...place, stage: 'policy', looksTwice: true } as const;
  return {
    head: fileOf(head, { path, mode, bytesMax }),
    baseText: base?.text ?? null,
    isChanged: base?.oid !== head?.oid,
    organization: await toOrganizationFile(github, at, parsed.data.organization),
  };
}

function fileOf(
  seen: z.infer<typeof blob>,
  { path, mode, bytesMax }: { path: string; mode: number | undefined; bytesMax: number },
): FileAtHead {
  if (!seen && mode === undefined) return { kind: 'gone' };
  const refused = (what: string) =>
    ({ kind: 'refused', because: `expected ${path} to be a text file, got ${what}` }) as const;
  if (mode === undefined || !plainModes.includes(mode)) return refused('a link or a folder');
  if ((seen?.byteSize ?? 0) > bytesMax) return refused(`${seen?.byteSize} bytes, over ${bytesMax}`);
  const { text, oid, isBinary } = seen ?? {};
  if (isBinary || typeof text !== 'string') return refused('something binary');
  if (gitBlobSha(Buffer.from(text)) !== oid) return refused('text that is not UTF-8');
  return { kind: 'text', text };
}

function targetOf({ installationId, repository }: Omit<Pull, 'pull'>): Target {
  return { stage: 'policy', installationId, repositoryId: repository.id, purpose: 'read' };
}
