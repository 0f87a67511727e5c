import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { documentationUrl, REST_DOCUMENTATION } from '#local/api/documentation.ts';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

const SHOP = '/repos/acme/shop';
let test: TestGitHub;
beforeAll(async () => {
  test = await openTestGitHub();
});
afterAll(() => test.close());

/** One call with headers of its own, as ada. */
async function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
) {
  const response = await fetch(`${test.github.urls.rest}${path}`, {
    method,
    headers: { authorization: `Bearer ${test.github.tokens.ada}`, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

describe('an error', () => {
  it('names the page of the operation that refused', async () => {
    const missing = await ask('GET', `${SHOP}/issues/999`);
    const invalid = await ask('POST', `${SHOP}/issues`, {}, '{"title":{}}');
    const stranger = await fetch(`${test.github.urls.rest}/user`);

    expect([missing.status, invalid.status, stranger.status]).toEqual([404, 422, 401]);
    expect(JSON.parse(missing.text)).toEqual({
      message: 'Not Found',
      documentation_url: 'https://docs.github.com/rest/issues/issues#get-an-issue',
      status: '404',
    });
    expect(JSON.parse(invalid.text)).toMatchObject({
      documentation_url: 'https://docs.github.com/rest/issues/issues#create-an-issue',
    });
    expect(await stranger.json()).toEqual({
      message: 'Requires authentication',
      documentation_url: 'https://docs.github.com/rest/users/users#get-the-authenticated-user',
      status: '401',
    });
  });

  it('has a page for every operation that is built', () => {
    const without = test.github.routes.filter(
      ({ operation }) => documentationUrl(operation) === REST_DOCUMENTATION,
    );

    expect(test.github.routes.length).toBeGreaterThan(100);
    expect(without.map(({ operation }) => operation)).toEqual([]);
  });

  it.each([
    ['no JSON', '{"title":', 400, 'Problems parsing JSON'],
    [
      'nested beyond reason',
      `{"title":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
      400,
      'Problems parsing JSON',
    ],
    ['a list', '["title"]', 400, 'Body should be a JSON object'],
    ['a number', '7', 400, 'Body should be a JSON object'],
    [
      'larger than any issue',
      `{"body":"${'a'.repeat(9 * 1024 * 1024)}"}`,
      413,
      'Request body is too large',
    ],
  ])('refuses a body that is %s', async (_, body, status, message) => {
    const reply = await ask('POST', `${SHOP}/issues`, {}, body);

    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.text).message).toBe(message);
  });

  it('refuses a form that GitHub does not speak, and takes its own and a browser’s', async () => {
    const foreign = await ask('GET', SHOP, { accept: 'image/png' });
    const own = await ask('GET', SHOP, { accept: 'application/vnd.github+json' });
    const browser = await ask('GET', SHOP, { accept: 'text/html,*/*;q=0.8' });

    expect([foreign.status, own.status, browser.status]).toEqual([415, 200, 200]);
    expect(JSON.parse(foreign.text).message).toBe(
      "Unsupported 'Accept' header: 'image/png'. Must accept 'application/json'.",
    );
  });

  it('tells what is not built from what is not there', async () => {
    const unbuilt = await ask('GET', `${SHOP}/traffic/views`);
    const hidden = await test.call(null, 'GET', '/repos/acme/vault/traffic/views');
    const odd = await ask('PROPFIND', SHOP);
    const preflight = await ask('OPTIONS', SHOP);

    expect([unbuilt.status, hidden.status, odd.status]).toEqual([501, 404, 404]);
    expect([preflight.status, preflight.headers.get('x-local-unimplemented')]).toEqual([
      501,
      `OPTIONS ${SHOP}`,
    ]);
    expect(unbuilt.headers.get('x-local-unimplemented')).toBe(`GET ${SHOP}/traffic/views`);
  });
});

describe('an answer', () => {
  it('is not sent again to who holds it, and costs nothing then', async () => {
    const first = await ask('GET', SHOP);
    const etag = first.headers.get('etag') ?? '';
    const used = Number(first.headers.get('x-ratelimit-used'));
    const again = await ask('GET', SHOP, { 'if-none-match': `"other", ${etag}` });
    const changed = first.headers.get('last-modified') ?? '';
    const since = await ask('GET', SHOP, { 'if-modified-since': changed });
    const other = await ask('GET', SHOP, { 'if-none-match': '"other"' });

    expect([again.status, since.status, other.status]).toEqual([304, 304, 200]);
    expect(again.text).toBe('');
    expect(again.headers.get('x-ratelimit-used')).toBe(String(used));
    expect(other.headers.get('x-ratelimit-used')).toBe(String(used + 1));
  });

  it('to HEAD is that to GET without its body', async () => {
    const get = await ask('GET', SHOP);
    const head = await ask('HEAD', SHOP);

    expect([head.status, head.text]).toEqual([200, '']);
    expect(head.headers.get('etag')).toBe(get.headers.get('etag'));
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(get.text)));
  });

  it('says which permission or scope it wanted, and carries a number of its own', async () => {
    const token = await test.installationToken();
    const app = await test.call(token, 'GET', `${SHOP}/labels`);
    const person = await ask('GET', `${SHOP}/labels`);

    expect(app.headers.get('x-accepted-github-permissions')).toBe(
      'issues=read; pull_requests=read',
    );
    expect(person.headers.get('x-oauth-scopes')).toContain('repo');
    expect(person.headers.get('x-accepted-github-permissions')).toBeNull();
    const ids = [app, person].map(({ headers }) => headers.get('x-github-request-id'));
    expect(ids[0]).toMatch(/^[0-9A-F]{4}:[0-9A-F]{6}:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });
});

describe('a version of the API', () => {
  it('that does not exist is refused with those that do', async () => {
    const reply = await ask('GET', SHOP, { 'x-github-api-version': '2020-01-01' });

    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.text).message).toBe(
      'The version you specified in the "X-GitHub-API-Version" request header, "2020-01-01", is not a supported version. The following versions are currently supported: "2026-03-10" (most recent), "2022-11-28".',
    );
  });

  it.each([
    ['an issue’s one assignee', `${SHOP}/issues/1`, 'assignee', 'assignees'],
    ['the rate of all', '/rate_limit', 'rate', 'resources'],
    ['a repository’s downloads', SHOP, 'has_downloads', 'has_issues'],
  ])('of 2026-03-10 has lost %s', async (_, path, gone, kept) => {
    const older = await ask('GET', path);
    const newer = await ask('GET', path, { 'x-github-api-version': '2026-03-10' });

    expect(newer.headers.get('x-github-api-version-selected')).toBe('2026-03-10');
    expect(Object.keys(JSON.parse(older.text))).toEqual(expect.arrayContaining([gone, kept]));
    expect(Object.keys(JSON.parse(newer.text))).toContain(kept);
    expect(Object.keys(JSON.parse(newer.text))).not.toContain(gone);
  });
});
