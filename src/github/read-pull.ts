import { z } from 'zod';
import { sha256 } from '#model/digest.ts';
import { policyPath } from '#model/names.ts';
import type { Run } from '#model/run.ts';
import type { GitHub } from './client.ts';
import { GitHubFault } from './github-fault.ts';
import {
  organizationAnswer,
  organizationSelection,
  queryWithOrganization,
  toOrganizationFile,
} from './organization-file.ts';

// One query for one pull request: head, base as it is now, policy there, reviews, who made its
// commits. Read cold each time, so that no delivery has to be believed or waited for.
const document = `query ($owner: String!, $name: String!, $number: Int!, $policy: String!, $ownRepository: String!) {
  ${organizationSelection}
  repository(owner: $owner, name: $name) {
    object(expression: $policy) { ... on Blob { text } }
    pullRequest(number: $number) {
      state headRefOid baseRefName
      baseRef { target { oid } }
      reviews(first: 100) {
        pageInfo { hasNextPage }
        nodes { state author { __typename login ... on User { databaseId } ... on Bot { databaseId } } commit { oid } }
      }
      commits(first: 100) {
        totalCount
        nodes { commit { author { user { login databaseId } } committer { user { login databaseId } } } }
      }
      head: commits(last: 1) {
        nodes { commit { oid associatedPullRequests(first: 20) { pageInfo { hasNextPage } nodes { number state headRefOid } } } }
      }
    }
  }
}`;

const account = z.object({ login: z.string(), databaseId: z.number().int().nullable() });
const answer = z.object({
  organization: organizationAnswer,
  repository: z
    .object({
      object: z.object({ text: z.string().nullish() }).nullable(),
      pullRequest: z
        .object({
          state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
          headRefOid: z.string(),
          baseRefName: z.string(),
          baseRef: z.object({ target: z.object({ oid: z.string() }) }).nullable(),
          reviews: z.object({
            pageInfo: z.object({ hasNextPage: z.boolean() }),
            nodes: z.array(
              z.object({
                state: z.enum([
                  'APPROVED',
                  'CHANGES_REQUESTED',
                  'COMMENTED',
                  'DISMISSED',
                  'PENDING',
                ]),
                author: z
                  .object({
                    __typename: z.string(),
                    login: z.string(),
                    databaseId: z.number().int().nullish(),
                  })
                  .nullable(),
                commit: z.object({ oid: z.string() }).nullable(),
              }),
            ),
          }),
          commits: z.object({
            totalCount: z.number().int(),
            nodes: z.array(
              z.object({
                commit: z.object({
                  author: z.object({ user: account.nullable() }).nullable(),
                  committer: z.object({ user: account.nullable() }).nullable(),
                }),
              }),
            ),
          }),
          head: z.object({
            nodes: z.array(
              z.object({
                commit: z.object({
                  associatedPullRequests: z
                    .object({
                      pageInfo: z.object({ hasNextPage: z.boolean() }),
                      nodes: z.array(
                        z.object({
                          number: z.number().int(),
                          state: z.string(),
                          headRefOid: z.string(),
                        }),
                      ),
                    })
                    .nullable(),
                }),
              }),
            ),
          }),
        })
        .nullable(),
    })
    .nullable(),
});

/** More commits are no pull request of ours: the gate fails instead of missing some. */
const listedMax = 100;

/** A pull request with everything its gate depends on, but roles. */
export async function readPull(github: GitHub, run: Run, number: number, looksTwice = false) {
  const { repository, installationId } = run;
  const target = {
    stage: 'review',
    installationId,
    repositoryId: repository.id,
    purpose: 'read',
  } as const;
  const data = await queryWithOrganization(github, target, document, {
    owner: repository.owner,
    name: repository.name,
    number,
    policy: `HEAD:${policyPath}`,
  });
  const { repository: seen, organization } = answer.parse(data);
  const pull = seen?.pullRequest;
  if (!pull) throw new GitHubFault('GraphQL repository.pullRequest', 404, undefined);
  const commits = pull.commits.nodes.flatMap(({ commit }) => [
    commit.author?.user,
    commit.committer?.user,
  ]);
  const text = seen?.object?.text;
  const sisters = pull.head.nodes.map(({ commit }) => commit.associatedPullRequests);
  return {
    pull: number,
    state: pull.state === 'OPEN' ? ('open' as const) : ('closed' as const),
    headSha: pull.headRefOid,
    baseRef: `refs/heads/${pull.baseRefName}`,
    baseSha: pull.baseRef?.target.oid ?? '',
    policySha256: typeof text === 'string' ? sha256(text) : null,
    organization: await toOrganizationFile(
      github,
      { stage: 'review', installationId, repository, looksTwice },
      organization,
    ),
    reviews: pull.reviews.nodes.map(({ state, author, commit }) => ({
      state,
      author:
        author && typeof author.databaseId === 'number'
          ? { id: author.databaseId, login: author.login, isPerson: author.__typename === 'User' }
          : null,
      commitId: commit?.oid ?? null,
    })),
    pushers: commits.flatMap((user) =>
      user && user.databaseId !== null ? [{ id: user.databaseId, login: user.login }] : [],
    ),
    // Open pull requests whose head is this commit: a check on it speaks for all of them.
    alsoHeadOf: sisters
      .flatMap((found) => found?.nodes ?? [])
      .filter((other) => other.state === 'OPEN' && other.headRefOid === pull.headRefOid)
      .map((other) => other.number),
    isWhole:
      !pull.reviews.pageInfo.hasNextPage &&
      pull.commits.totalCount <= listedMax &&
      !sisters.some((found) => found?.pageInfo.hasNextPage),
  };
}
