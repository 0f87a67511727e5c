// The history of a pull request, as REST and GraphQL tell it: commits, a forced push, reviews, the end.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

const SHOP = '/repos/acme/shop';
let test: TestGitHub;
let ada: string;
let grace: string;
let number: number;
let first: string;
let second: string;

beforeAll(async () => {
  test = await openTestGitHub();
  ({ ada = '', grace = '' } = test.github.tokens);
  first = await test.commitOn('story', 'a.js', 'export const a = 1;\n');
  const opened = await test.call(grace, 'POST', `${SHOP}/pulls`, {
    title: 'A story',
    head: 'story',
    base: 'main',
    draft: true,
  });
  number = opened.body.number;
  second = await amend(first);
  await test.call(ada, 'POST', `${SHOP}/pulls/${number}/reviews`, {
    event: 'COMMENT',
    body: 'Hm.',
  });
  await test.call(ada, 'PATCH', `${SHOP}/pulls/${number}`, { title: 'A better story' });
  await test.call(ada, 'PATCH', `${SHOP}/pulls/${number}`, { state: 'closed' });
});
afterAll(() => test.close());

/** Another commit in the place of the branch's own. */
async function amend(sha: string): Promise<string> {
  const old = (await test.call(grace, 'GET', `${SHOP}/git/commits/${sha}`)).body;
  const made = await test.call(grace, 'POST', `${SHOP}/git/commits`, {
    message: 'Said better',
    tree: old.tree.sha,
    parents: old.parents.map((each: { sha: string }) => each.sha),
  });
  const moved = await test.call(grace, 'PATCH', `${SHOP}/git/refs/heads/story`, {
    sha: made.body.sha,
    force: true,
  });
  expect(moved.status).toBe(200);
  await test.github.idle();
  return made.body.sha;
}

it('is told by REST, with the commits that are in it now', async () => {
  const { body } = await test.call(ada, 'GET', `${SHOP}/issues/${number}/timeline`);
  const kinds = body.map(({ event }: { event: string }) => event);
  const find = (name: string) => body.find(({ event }: { event: string }) => event === name);

  expect([...kinds].sort()).toEqual([
    'closed',
    'committed',
    'head_ref_force_pushed',
    'renamed',
    'reviewed',
  ]);
  expect(find('committed')).toMatchObject({ sha: second, message: 'Said better' });
  expect(find('head_ref_force_pushed')).toMatchObject({ commit_id: second });
});

it('is told by GraphQL, filtered by kind', async () => {
  const { body } = await test.call(ada, 'POST', test.github.urls.graphql, {
    query: `query($number: Int!) { repository(owner: "acme", name: "shop") { pullRequest(number: $number) {
      all: timelineItems(first: 20) { totalCount nodes { __typename } }
      moved: timelineItems(first: 5, itemTypes: [HEAD_REF_FORCE_PUSHED_EVENT, PULL_REQUEST_COMMIT, PULL_REQUEST_REVIEW]) {
        filteredCount
        nodes {
          ... on HeadRefForcePushedEvent { beforeCommit { oid } afterCommit { oid } actor { login } }
          ... on PullRequestCommit { commit { oid } pullRequest { number } }
          ... on PullRequestReview { state body }
        }
      }
    } } }`,
    variables: { number },
  });
  const { all, moved } = body.data.repository.pullRequest;

  expect(all.totalCount).toBe(5);
  expect(moved.filteredCount).toBe(3);
  expect(moved.nodes).toEqual(
    expect.arrayContaining([
      { beforeCommit: { oid: first }, afterCommit: { oid: second }, actor: { login: 'grace' } },
      { commit: { oid: second }, pullRequest: { number } },
      { state: 'COMMENTED', body: 'Hm.' },
    ]),
  );
});
