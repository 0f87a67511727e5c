import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

const SHOP = '/repos/acme/shop';
let test: TestGitHub;
let sha: string;
beforeAll(async () => {
  test = await openTestGitHub();
  sha = await test.commitOn('topic', 'cart.txt', 'apples\n');
  await test.call(test.github.tokens.grace ?? '', 'POST', `${SHOP}/pulls`, {
    title: 'Apples',
    head: 'topic',
    base: 'main',
  });
});
afterAll(() => test.close());

async function askFor(form: string, path: string) {
  const accept = `application/vnd.github.${form}`;
  const response = await fetch(`${test.github.urls.rest}${path}`, { headers: { accept } });
  return {
    type: response.headers.get('content-type'),
    media: response.headers.get('x-github-media-type'),
    etag: response.headers.get('etag'),
    text: await response.text(),
  };
}

describe('a change', () => {
  it.each([
    ['a commit', () => `${SHOP}/commits/${sha}`],
    ['a comparison', () => `${SHOP}/compare/main...topic`],
    ['a pull request', () => `${SHOP}/pulls/3`],
  ])('in %s can be had as JSON, as a diff and as a mail', async (_, path) => {
    const json = await askFor('v3+json', path());
    const diff = await askFor('diff', path());
    const patch = await askFor('v3.patch', path());

    expect(json.type).toBe('application/json; charset=utf-8');
    expect(diff).toMatchObject({
      type: 'application/vnd.github.diff; charset=utf-8',
      media: 'github.v3; param=diff; format=json',
    });
    expect(diff.text).toMatch(/^diff --git a\/cart\.txt b\/cart\.txt\nnew file mode 100644\n/);
    expect(diff.text).toContain('\n+apples\n');
    expect(patch.text).toMatch(new RegExp(`^From ${sha} `));
    expect(patch.text).toContain('Subject: [PATCH] Change cart.txt');
    expect(new Set([json.etag, diff.etag, patch.etag]).size).toBe(3);
  });

  it('to a file can be had as the file', async () => {
    const raw = await askFor('raw+json', `${SHOP}/contents/cart.txt?ref=topic`);

    expect(raw.text).toBe('apples\n');
  });
});

describe('what people wrote', () => {
  it.each([
    ['raw+json', { body: 'See *cart*.' }],
    ['html+json', { body_html: '<p>See <em>cart</em>.</p>' }],
    ['text+json', { body_text: 'See cart.' }],
    [
      'full+json',
      { body: 'See *cart*.', body_html: '<p>See <em>cart</em>.</p>', body_text: 'See cart.' },
    ],
  ])('can be had as %s, of one issue and in lists', async (form, expected) => {
    const read = async (path: string) => JSON.parse((await askFor(form, path)).text);
    const textsOf = (issue: object) =>
      Object.fromEntries(Object.entries(issue).filter(([name]) => /^body/.test(name)));
    const list = (await read(`${SHOP}/issues`)) as { readonly number: number }[];

    expect(textsOf(await read(`${SHOP}/issues/1`))).toEqual(expected);
    expect(textsOf(list.find(({ number }) => number === 1) ?? {})).toEqual(expected);
  });

  it('is plain text without its marks, and nothing in it is HTML of its own', async () => {
    const grace = test.github.tokens.grace ?? '';
    const hostile = 'a < b & **c** <script>alert(1)</script>';
    await test.call(grace, 'POST', `${SHOP}/issues/1/comments`, { body: hostile });
    const comments = JSON.parse((await askFor('full+json', `${SHOP}/issues/1/comments`)).text);

    expect(comments[0].body).toBe(hostile);
    expect(comments[0].body_text.trim()).toBe('a < b & c');
    expect(comments[0].body_html).not.toContain('script');
  });
});
