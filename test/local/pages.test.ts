// What a person sees and does in a browser: real Chromium on the pages of a started local GitHub.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { renderMarkdown } from '#local/page/render-markdown.ts';
import { browserPath } from '../../action/verify/find-browser.ts';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const hostile = [
  '<script>window.hit = 1</script><img src=x onerror="window.hit = 2">',
  '[a](javascript:window.hit=3) <a href="javascript:window.hit=4">b</a>',
  '<iframe src="/login"></iframe><form action="https://evil.example"><input name="token"></form>',
  '<style>body{display:none}</style><div onclick="window.hit=5" style="position:fixed">c</div>',
  '![d](https://evil.example/pixel.png)',
].join('\n\n');

let world: TestGitHub;
let browser: Browser;
let server: string;
let pull: number;

beforeAll(async () => {
  world = await openTestGitHub();
  server = world.github.urls.server;
  browser = await chromium.launch({
    executablePath: browserPath() ?? 'no browser',
    args: ['--no-sandbox'],
  });
  const { ada = '', grace = '' } = world.github.tokens;
  const sha = await world.commitOn('feature', 'cart.js', 'export const sum = 1;\n');
  const blob = await world.call(ada, 'POST', '/repos/acme/shop/git/blobs', {
    content: png.toString('base64'),
    encoding: 'base64',
  });
  const tree = await world.call(ada, 'POST', '/repos/acme/shop/git/trees', {
    tree: [{ path: 'after.png', mode: '100644', type: 'blob', sha: blob.body.sha }],
  });
  const evidence = await world.call(ada, 'POST', '/repos/acme/shop/git/commits', {
    message: 'evidence',
    tree: tree.body.sha,
    parents: [],
  });
  const opened = await world.call(grace, 'POST', '/repos/acme/shop/pulls', {
    title: 'Sum it <b>right</b>',
    head: 'feature',
    base: 'main',
    body: `Fixes #1, see ${sha.slice(0, 7)}\nand @ada\n\n- [x] done\n\n| a | b |\n|---|---|\n| 1 | ![after](${server}/acme/shop/blob/${evidence.body.sha}/after.png?raw=true) |\n\n<details><summary>More</summary>\n\n**inside**\n</details>`,
  });
  pull = opened.body.number;
  await world.call(grace, 'POST', '/repos/acme/shop/issues/1/comments', { body: hostile });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

/** A visitor with a window of their own; what the page complains about is kept. */
async function visit(
  login?: string,
): Promise<{ page: Page; context: BrowserContext; troubles: string[] }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('requestfinished', (request) => {
    if (!request.url().startsWith(server)) troubles.push(request.url());
  });
  page.on('requestfailed', (request) =>
    troubles.push(`${request.failure()?.errorText} ${request.url()}`),
  );
  if (login !== undefined) {
    await page.goto(`${server}/login`);
    await page.fill('input[name=token]', world.github.tokens[login] ?? '');
    await page.click('button');
  }
  return { page, context, troubles };
}

/** A draft whose base has a merge queue and wants a check. */
async function openQueued(): Promise<number> {
  const { ada = '', grace = '' } = world.github.tokens;
  const main = await world.call(ada, 'GET', '/repos/acme/shop/git/ref/heads/main');
  const { sha } = main.body.object;
  await world.call(ada, 'POST', '/repos/acme/shop/git/refs', { ref: 'refs/heads/queued', sha });
  await world.commitOn('queue-me', 'queue.js', 'export const one = 1;\n');
  const ruled = await world.call(ada, 'POST', '/repos/acme/shop/rulesets', {
    name: 'queue',
    enforcement: 'active',
    conditions: { ref_name: { include: ['refs/heads/queued'], exclude: [] } },
    rules: [
      {
        type: 'merge_queue',
        parameters: {
          check_response_timeout_minutes: 60,
          grouping_strategy: 'ALLGREEN',
          max_entries_to_build: 5,
          max_entries_to_merge: 5,
          merge_method: 'MERGE',
          min_entries_to_merge: 1,
          min_entries_to_merge_wait_minutes: 0,
        },
      },
      {
        type: 'required_status_checks',
        parameters: {
          strict_required_status_checks_policy: false,
          required_status_checks: [{ context: 'ci' }],
        },
      },
    ],
  });
  expect(ruled.status).toBe(201);
  const opened = await world.call(grace, 'POST', '/repos/acme/shop/pulls', {
    title: 'Queue me',
    head: 'queue-me',
    base: 'queued',
    draft: true,
  });
  return opened.body.number;
}

async function conclude(number: number, name: string): Promise<void> {
  const { body } = await world.call(null, 'GET', `/repos/acme/shop/pulls/${number}`);
  const check = { name, head_sha: body.head.sha, status: 'completed', conclusion: 'success' };
  const token = await world.installationToken();
  await world.call(token, 'POST', '/repos/acme/shop/check-runs', check);
}

describe('rendering of Markdown', () => {
  const context = { repositoryPath: '/acme/shop', breaks: true };
  it.each(
    [
      '>',
      '- ',
      '[',
      '*',
      '_',
      '<b>',
      '![',
      '`',
      '<details>',
      '[a](',
      '_a*',
      '![a](<',
      '>- ',
      '1. ',
      '<a ',
    ].map((sign) => [sign] as const),
  )('attack: a wall of %j is shown, not worked on for minutes', (sign) => {
    const { text } = renderMarkdown(sign.repeat(65_536 / sign.length), context);
    expect(text.length).toBeGreaterThan(0);
  });

  it('breaks lines where a comment has them, and not where a file has', () => {
    const [comment, file] = [true, false].map(
      (breaks) => renderMarkdown('one\ntwo', { ...context, breaks }).text,
    );
    expect([comment, file]).toEqual(['<p>one<br>two</p>', '<p>one\ntwo</p>']);
  });

  it('keeps references out of code and links, and takes no word for a commit', () => {
    const { text } = renderMarkdown('`#1` [#2](/x) decade 1234567 me@x.org abc#3', context);
    expect(text.match(/<a /g)).toHaveLength(2);
  });
});

describe('pages of the local GitHub', () => {
  it('lead from the list of repositories to code, issues, pull requests and runs', async () => {
    const { page, context } = await visit();
    await page.goto(server);
    await page.click('text=acme/shop');
    expect(await page.textContent('.text h1')).toBe('Shop');
    await page.click('nav >> text=Issues');
    await page.click('text=The sum is wrong');
    expect(await page.textContent('h1')).toBe('The sum is wrong #1');
    await page.click('nav >> text=Pull requests');
    await page.click('text=Sum it <b>right</b>');
    expect(await page.textContent('.talk')).toContain('Fixes #1');
    await page.click('text=Files changed');
    expect(await page.textContent('tr.add')).toContain('+export const sum = 1;');
    await page.click('nav >> text=Actions');
    expect(await page.textContent('main')).toContain('None yet.');
    await context.close();
  });

  it('show GitHub-flavoured Markdown: references, tasks, tables, details, and pictures of any ref', async () => {
    const { page, context, troubles } = await visit();
    await page.goto(`${server}/acme/shop/pull/${pull}`);

    expect(await page.getAttribute('text=#1', 'href')).toBe('/acme/shop/issues/1');
    expect(await page.isChecked('.text input[type=checkbox]')).toBe(true);
    const width = await page.$eval(
      '.text td img',
      (image) => (image as { naturalWidth?: number }).naturalWidth,
    );
    expect(width).toBe(1);
    await page.click('summary');
    expect(await page.isVisible('text=inside')).toBe(true);
    expect(troubles).toEqual([]);
    await context.close();
  });

  it('attack: what people and agents write runs nothing, hides nothing and calls nobody', async () => {
    const { page, context, troubles } = await visit();
    await page.goto(`${server}/acme/shop/issues/1`);
    await page.waitForLoadState('networkidle');

    expect(await page.isVisible('h1')).toBe(true);
    const text = page.locator('.box .text').nth(1);
    expect(await text.locator('script, iframe, form, style, [onclick], [onerror]').count()).toBe(0);
    expect(await text.locator('a[href^="javascript"]').count()).toBe(0);
    await text.locator('text=c').first().click();
    expect(await page.evaluate('window.hit')).toBeUndefined();
    // The address stays in the page; its policy keeps the browser from asking for it.
    expect(troubles).toEqual(['csp https://evil.example/pixel.png']);
    await context.close();
  });

  it('let a person who signed in comment, label, approve and merge, with exactly their rights', async () => {
    const ada = await visit('ada');
    await ada.page.goto(`${server}/acme/shop/pull/${pull}`);
    await ada.page.fill('textarea >> nth=0', 'The evidence shows it.');
    await ada.page.click('button >> text=Approve');
    expect(await ada.page.textContent('.line')).toContain('ada approved these changes');
    expect(await ada.page.textContent('.merge')).toContain(
      'Merging is blocked: Required status check "sallyport / review" is expected.',
    );
    expect(await ada.page.isDisabled('button >> text=Merge')).toBe(true);
    const eve = await visit('eve');
    await eve.page.goto(`${server}/acme/shop/pull/${pull}`);

    expect(await eve.page.locator('button', { hasText: 'Merge' }).count()).toBe(0);
    expect(await eve.page.locator('select[name=label]').count()).toBe(0);
    await eve.page.fill('textarea >> nth=-1', 'Me too');
    await eve.page.click('form[action$="/comment"] button');
    expect(await eve.page.textContent('.talk')).toContain('Me too');
    await eve.page.click('text=sign out');
    expect(await eve.page.isVisible('text=sign in')).toBe(true);
    const head = await world.call(null, 'GET', `/repos/acme/shop/pulls/${pull}`);
    await world.call(await world.installationToken(), 'POST', '/repos/acme/shop/check-runs', {
      name: 'sallyport / review',
      head_sha: head.body.head.sha,
      status: 'completed',
      conclusion: 'success',
    });
    await ada.page.goto(`${server}/acme/shop/pull/${pull}`);
    expect(await ada.page.isVisible('text=This branch can be merged')).toBe(true);
    await ada.page.click('button >> text=Merge');
    expect(await ada.page.isVisible('.state.merged')).toBe(true);
    await ada.context.close();
    await eve.context.close();
  });

  it('keep what was typed when GitHub refuses it, and say why beside it', async () => {
    const { page, context } = await visit('ada');
    await page.goto(`${server}/acme/shop/issues/1`);
    const long = `\n${'x'.repeat(70_000)}`;
    await page.fill('form[action$="/comment"] textarea', long);
    await page.click('form[action$="/comment"] button');

    expect(await page.textContent('[role=alert]')).toMatch(
      /^GitHub refused: Validation Failed: .*body/,
    );
    expect(await page.inputValue('form[action$="/comment"] textarea')).toBe(long);
    await page.fill('form[action$="/comment"] textarea', 'short');
    await page.click('form[action$="/comment"] button');
    expect(await page.textContent('.talk')).toContain('short');
    expect(await page.locator('[role=alert]').count()).toBe(0);
    await context.close();
  });

  it('close and reopen an issue, for its author and people with triage', async () => {
    const ada = await visit('ada');
    await ada.page.goto(`${server}/acme/shop/issues/2`);
    await ada.page.click('text=Close issue');
    expect(await ada.page.isVisible('.state.closed, .state.done')).toBe(true);
    await ada.page.click('text=Reopen issue');
    expect(await ada.page.isVisible('.state.open')).toBe(true);
    const eve = await visit('eve');
    await eve.page.goto(`${server}/acme/shop/issues/2`);
    expect(await eve.page.locator('text=Close issue').count()).toBe(0);
    await ada.context.close();
    await eve.context.close();
  });

  it('let a merge queue merge: when ready, at a position, and out again', async () => {
    const number = await openQueued();
    const { page, context } = await visit('ada');
    await page.goto(`${server}/acme/shop/pull/${number}`);
    await page.click('text=Ready for review');
    expect(await page.textContent('.merge')).toContain('Merging is blocked');
    await page.click('text=Merge when ready');
    expect(await page.textContent('.merge')).toContain(
      'when its requirements are met, as  ada asked',
    );

    await conclude(number, 'ci');
    await world.github.idle();
    await page.reload();
    expect(await page.textContent('.merge')).toContain('position 1 of 1');
    await page.click('text=the merge queue of queued');
    expect(await page.textContent('main')).toContain('checks of its trial merge are running');
    await page.click('text=Queue me');
    await page.click('text=Remove from queue');
    expect(await page.textContent('.merge')).toContain('can be added to the merge queue');
    await context.close();
  });

  it('hide a private repository from strangers and show it to its people', async () => {
    const stranger = await visit('eve');
    const member = await visit('ada');
    const answers = [
      await stranger.page.goto(`${server}/acme/vault`),
      await member.page.goto(`${server}/acme/vault`),
    ];

    expect(answers.map((answer) => answer?.status())).toEqual([404, 200]);
    await stranger.page.goto(server);
    expect(await stranger.page.textContent('main')).not.toContain('vault');
    await stranger.context.close();
    await member.context.close();
  });

  it('attack: a form of another site, or of nobody, changes nothing', async () => {
    const post = (headers: Record<string, string>) =>
      fetch(`${world.github.urls.origin}/acme/shop/issues/1/comment`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: 'body=forged',
      });
    const cookie = `local_session=${world.github.tokens.ada}`;
    const origin = world.github.urls.origin;
    const statuses = [
      (await post({ cookie, origin: 'https://evil.example' })).status,
      (await post({ cookie })).status,
      (await post({ origin })).status,
      (await post({ cookie, origin, 'content-type': 'text/plain' })).status,
      (await post({ cookie, origin })).status,
    ];

    expect(statuses).toEqual([403, 403, 401, 403, 303]);
    const comments = await world.call(null, 'GET', '/repos/acme/shop/issues/1/comments');
    expect(comments.body.filter(({ body }: { body: string }) => body === 'forged')).toHaveLength(1);
  });

  it.each([
    ['no such page', '/acme/shop/wiki'],
    ['no such issue', '/acme/shop/issues/999'],
    ['no such file', '/acme/shop/blob/main/no/such'],
    ['a path out of the tree', '/acme/shop/blob/main/..%2f..%2fetc/passwd'],
    ['a revision that is an option', '/acme/shop/tree/--output=x'],
    ['a name of the prototype', '/acme/shop/constructor'],
    ['a broken escape', '/acme/%E0%A4%A'],
  ])('answer %s with 404', async (_name, path) => {
    expect((await fetch(`${world.github.urls.origin}${path}`)).status).toBe(404);
  });
});
