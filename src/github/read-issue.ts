import { z } from 'zod';
import { gitBlobSha } from '#model/digest.ts';
import { policyPath } from '#model/names.ts';
import type { Account, RepositoryRef } from '#model/snapshot.ts';
import type { GitHub, Target } from './client.ts';
import { GitHubFault } from './github-fault.ts';
import {
  organizationAnswer,
  organizationSelection,
  queryWithOrganization,
  toOrganizationFile,
} from './organization-file.ts';

const author = z
  .object({ login: z.string(), databaseId: z.number().int().optional() })
  .nullable()
  .transform((one): Account | null =>
    one?.databaseId === undefined ? null : { id: one.databaseId, login: one.login },
  );

const comment = z.object({
  databaseId: z.number().int(),
  author,
  authorAssociation: z.string(),
  body: z.string(),
  createdAt: z.string(),
  lastEditedAt: z.string().nullable(),
});

const answer = z.object({
  organization: organizationAnswer,
  repository: z
    .object({
      databaseId: z.number().int(),
      name: z.string(),
      owner: z.object({ login: z.string(), databaseId: z.number().int() }),
      defaultBranchRef: z
        .object({ name: z.string(), target: z.object({ oid: z.string() }) })
        .nullable(),
      object: z.object({ oid: z.string().optional(), text: z.string().nullish() }).nullable(),
      issue: z
        .object({
          databaseId: z.number().int(),
          number: z.number().int(),
          title: z.string(),
          body: z.string(),
          state: z.enum(['OPEN', 'CLOSED']),
          lastEditedAt: z.string().nullable(),
          updatedAt: z.string(),
          author,
          authorAssociation: z.string(),
          labels: z.object({ nodes: z.array(z.object({ name: z.string() })) }).nullable(),
          subIssuesSummary: z.object({ total: z.number().int() }).nullish(),
          comments: z.object({ totalCount: z.number().int(), nodes: z.array(comment) }),
        })
        .nullable(),
    })
    .nullable(),
});

const actor = 'login ... on User { databaseId } ... on Bot { databaseId }';
const document = `query($owner: String!, $name: String!, $number: Int!, $policy: String!, $ownRepository: String!) {
  ${organizationSelection}
  repository(owner: $owner, name: $name) {
    databaseId name
    owner { login ... on User { databaseId } ... on Organization { databaseId } }
    defaultBranchRef { name target { oid } }
    object(expression: $policy) { ... on Blob { oid text } }
    issue(number: $number) {
      databaseId number title body state lastEditedAt updatedAt authorAssociation
      author { ${actor} }
      labels(first: 100) { nodes { name } }
      subIssuesSummary { total }
      comments(first: 100) {
        totalCount
        nodes { databaseId authorAssociation body createdAt lastEditedAt author { ${actor} } }
      }
    }
  }
}`;

interface IssueAddress {
  readonly installationId: number;
  readonly repository: RepositoryRef;
  readonly issue: number;
}

/**
 * One look at a repository: default branch, policy file and one issue, in one query, so that they
 * belong together. Null when the App cannot reach it.
 *
 * Source  docs.github.com/graphql/reference/objects#issue; `HEAD` names the default branch.
 */
export async function readIssue(github: GitHub, address: IssueAddress) {
  return (await look(github, address))?.view ?? null;
}

/** The same look with the owner's policy: all that a decision is made from. */
export async function readView(github: GitHub, address: IssueAddress) {
  const seen = await look(github, address);
  if (!seen) return null;
  const place = { ...address, stage: 'policy', looksTwice: true } as const;
  const organization = await toOrganizationFile(github, place, seen.organization);
  return { ...seen.view, organization };
}

async function look(github: GitHub, { repository, installationId, issue }: IssueAddress) {
  const target: Target = {
    stage: 'policy',
    installationId,
    repositoryId: repository.id,
    purpose: 'read',
  };
  const data = await queryWithOrganization(github, target, document, {
    owner: repository.owner,
    name: repository.name,
    number: issue,
    policy: `HEAD:${policyPath}`,
  }).catch(asUnreachable);
  const seen = data === null ? null : toAnswer(data);
  if (!seen?.repository?.defaultBranchRef) return null;
  const view = toView(seen.repository, seen.repository.defaultBranchRef);
  return { view, organization: seen.organization };
}

type Repository = NonNullable<z.infer<typeof answer>['repository']>;

function toView(seen: Repository, branch: NonNullable<Repository['defaultBranchRef']>) {
  const { owner, issue } = seen;
  return {
    repository: {
      id: seen.databaseId,
      ownerId: owner.databaseId,
      owner: owner.login,
      name: seen.name,
    },
    baseRef: `refs/heads/${branch.name}`,
    baseSha: branch.target.oid,
    policyText: toText(seen.object),
    issue: issue && {
      id: issue.databaseId,
      number: issue.number,
      title: issue.title,
      body: issue.body,
      state: issue.state,
      lastEditedAt: issue.lastEditedAt,
      updatedAt: issue.updatedAt,
      author: issue.author,
      association: issue.authorAssociation,
      labels: issue.labels?.nodes.map((label) => label.name) ?? [],
      comments: issue.comments.nodes.map(({ databaseId, authorAssociation, ...rest }) => ({
        id: databaseId,
        association: authorAssociation,
        ...rest,
      })),
      commentCount: issue.comments.totalCount,
      subIssueCount: issue.subIssuesSummary?.total ?? 0,
    },
  };
}

/** The text when it is the file's very bytes: truncated or re-encoded text has another blob name. */
function toText(object: Repository['object']): string | null {
  if (object?.oid === undefined || typeof object.text !== 'string') return null;
  return gitBlobSha(Buffer.from(object.text)) === object.oid ? object.text : null;
}

function toAnswer(data: unknown): z.infer<typeof answer> {
  const parsed = answer.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new GitHubFault('GraphQL repository.issue', 502, parsed.error.issues[0]);
}

/** A suspended or removed installation answers 403 or 404; a repository out of reach NOT_FOUND. */
function asUnreachable(error: unknown): null {
  if (!(error instanceof GitHubFault)) throw error;
  if (error.status === 403 || error.status === 404 || error.status === 410) return null;
  const mints = error.status === 422 && !Array.isArray(error.body);
  const notFound =
    Array.isArray(error.body) &&
    error.body.some((one: unknown) => /NOT_FOUND/.test(JSON.stringify(one)));
  if (mints || notFound) return null;
  throw error;
}
