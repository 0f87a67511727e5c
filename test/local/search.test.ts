import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

const SHOP = '/repos/acme/shop';
let test: TestGitHub;
let ada: string;
let grace: string;
let eve: string;
beforeAll(async () => {
  test = await openTestGitHub();
  ({ ada = '', grace = '', eve = '' } = test.github.tokens);
  const open = (token: string, path: string, fields: object) =>
    test.call(token, 'POST', `${path}/issues`, fields);
  await open(ada, SHOP, { title: 'Broken till', body: 'cc @grace', labels: ['good first issue'] });
  await open(eve, SHOP, { title: 'A question', body: 'Is the till broken?' });
  await open(ada, '/repos/acme/vault', { title: 'The till is empty' });
  await test.call(ada, 'PATCH', `${SHOP}/issues/4`, { state: 'closed', assignees: ['ada'] });
  await test.call(ada, 'POST', `${SHOP}/issues/1/comments`, { body: 'About the till.' });
  await test.commitOn('till', 'till.txt', '1\n');
  await test.call(grace, 'POST', `${SHOP}/pulls`, { title: 'Mend', head: 'till', base: 'main' });
});
afterAll(() => test.close());

async function search(token: string, q: string, more = '') {
  const path = `/search/issues?q=${encodeURIComponent(q)}${more}`;
  return (await test.call(token, 'GET', path)).body;
}

/** Results as `repository#number`, the newest first. */
async function find(token: string, q: string, more = ''): Promise<string[]> {
  const { items } = await search(token, q, more);
  return items.map((item: { repository_url: string; number: number }) =>
    [item.repository_url.split('/').at(-1), item.number].join('#'),
  );
}

describe('the search over issues', () => {
  it('finds only what the caller may see', async () => {
    expect(await find(ada, 'till in:title')).toEqual(['vault#1', 'shop#3']);
    expect(await find(eve, 'till in:title')).toEqual(['shop#3']);
    expect((await test.call(null, 'GET', '/search/issues?q=till')).status).toBe(401);
  });

  it('gives an App the kinds that its token may read', async () => {
    const issues = await test.installationToken({ permissions: { issues: 'read' } });
    const pulls = await test.installationToken({ permissions: { pull_requests: 'read' } });
    const neither = await test.installationToken({ permissions: { contents: 'read' } });
    const refused = await test.call(neither, 'GET', '/search/issues?q=is:open');

    expect(await find(issues, 'repo:acme/shop is:open')).toEqual(['shop#3', 'shop#2', 'shop#1']);
    expect(await find(pulls, 'repo:acme/shop is:open')).toEqual(['shop#5']);
    expect(refused.status).toBe(403);
  });

  it.each([
    ['repo:acme/shop is:issue is:open', ['shop#3', 'shop#2', 'shop#1']],
    ['repo:acme/shop state:closed', ['shop#4']],
    ['repo:acme/shop type:pr', ['shop#5']],
    ['repo:acme/shop is:pull-request head:till base:main', ['shop#5']],
    ['repo:acme/vault repo:acme/shop till in:title,body', ['vault#1', 'shop#4', 'shop#3']],
    ['org:acme label:bug', ['shop#1']],
    ['label:bug,"good first issue"', ['shop#3', 'shop#1']],
    ['is:issue no:label -author:eve repo:acme/shop', ['shop#2']],
    ['author:@me is:issue repo:acme/shop', ['shop#3', 'shop#2']],
    ['assignee:ada', ['shop#4']],
    ['is:open no:assignee repo:acme/shop is:issue', ['shop#3', 'shop#2', 'shop#1']],
    ['"sum is wrong"', ['shop#1']],
    ['mentions:grace', ['shop#3']],
    ['involves:grace is:issue', ['shop#3', 'shop#1']],
    ['commenter:ada comments:>=1', ['shop#1']],
    ['NOT till is:issue repo:acme/shop', ['shop#2']],
    ['is:issue label:bug OR author:eve', ['shop#4', 'shop#1']],
    ['is:issue repo:acme/shop (label:bug OR author:eve) NOT is:closed', ['shop#1']],
    ['is:issue repo:acme/shop -(label:bug OR author:eve)', ['shop#3', 'shop#2']],
    ['created:<2020-01-01', []],
    ['created:>=2020-01-01 label:bug', ['shop#1']],
    ['created:*..2019-12-31', []],
    ['closed:2020-01-01..* is:issue', ['shop#4']],
    ['is:merged', []],
  ])('understands %s', async (q, expected) => {
    expect(await find(ada, q)).toEqual(expected);
  });

  it('orders, pages and counts', async () => {
    const oldest = await find(ada, 'repo:acme/shop is:issue', '&sort=created&order=asc');
    const discussed = await find(ada, 'repo:acme/shop is:issue sort:comments-desc');
    const page = await test.call(ada, 'GET', '/search/issues?q=repo:acme/shop&per_page=2&page=2');

    expect(oldest).toEqual(['shop#1', 'shop#2', 'shop#3', 'shop#4']);
    expect(discussed[0]).toBe('shop#1');
    expect(page.body).toMatchObject({ total_count: 5, incomplete_results: false });
    expect(page.body.items).toHaveLength(2);
    expect(page.headers.get('link')).toContain('rel="next"');
  });

  it('refuses to be empty, too long, or to look where the caller may not', async () => {
    // One person's budget is thirty searches a minute, as on GitHub: grace has some left.
    const status = async (token: string, query: string) =>
      (await test.call(token, 'GET', `/search/issues${query}`)).status;

    expect(await status(grace, '')).toBe(422);
    expect(await status(grace, '?q=%20')).toBe(422);
    expect(await status(grace, `?q=${'x'.repeat(257)}`)).toBe(422);
    expect(await status(grace, '?q=till&sort=size')).toBe(422);
    expect(await status(eve, '?q=repo:acme/vault')).toBe(422);
    expect(await status(ada, '?q=repo:acme/vault')).toBe(200);
    expect(await status(grace, '?q=author:nobody')).toBe(422);
    expect(await status(grace, `?q=${'a+OR+'.repeat(6)}b`)).toBe(422);
    expect(await status(grace, `?q=${'a+OR+'.repeat(5)}b`)).toBe(200);
    expect(await status(grace, '?q=label:%22a%20-:%20%22%22(')).toBe(200);
  });
});
