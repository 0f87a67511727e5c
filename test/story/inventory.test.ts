import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';
import { askFor, findRun } from '#cli/demo/journey.ts';
import { until } from '#cli/demo/until.ts';
import { askListener } from '#http/ask-listener.ts';
import { sha256 } from '#model/digest.ts';
import type { Identity, Inventory } from '#model/inventory.ts';
import { identityKinds, inventorySchema } from '#model/inventory.ts';
import type { Run } from '#model/run.ts';
import { browserPath } from '../../action/verify/find-browser.ts';
import { seedSmall } from './a-small-repository.ts';
import type { Story } from './a-story.ts';
import { openStory } from './a-story.ts';

let story: Story;
let browser: Browser;
let keyFile: string;
let run: Run;

beforeAll(async () => {
  story = await openStory(async (caller) => [
    seedSmall({ name: 'listed', agent: 'sleep 60' }, caller),
  ]);
  keyFile = join(story.dataDir, 'operator.pem');
  await writeFile(keyFile, story.factory.github.app?.privateKeyPem ?? '', { mode: 0o600 });
  browser = await chromium.launch({
    executablePath: browserPath() ?? 'no browser',
    args: ['--no-sandbox'],
  });
  const stage = story.stage('listed');
  await askFor(stage, 1);
  run = await until('the agent to be at work', stage.limitMs, async () => {
    const found = await findRun(stage, 1);
    return found?.state === 'working' ? found : undefined;
  });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await story.close();
}, 60_000);

/** The command line, as an operator on the machine of the App uses it. */
async function sallyport(...words: string[]): Promise<{ code: number | null; out: string }> {
  const { app, github } = story.factory;
  const child = spawn(process.execPath, ['src/main.ts', ...words], {
    cwd: new URL('../../', import.meta.url),
    env: {
      PATH: process.env.PATH ?? '',
      PORT: new URL(app.url).port,
      SALLYPORT_URL: app.url,
      APP_ID: String(github.app?.id),
      PRIVATE_KEY_PATH: keyFile,
      SALLYPORT_RELEASES: '0'.repeat(40),
    },
  });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out };
}

async function readInventory(): Promise<Inventory> {
  const { code, out } = await sallyport('inventory', '--json');
  expect(code).toBe(0);
  return inventorySchema.parse(JSON.parse(out));
}

const of = ({ identities }: Inventory, kind: Identity['kind']) =>
  identities.filter((one) => one.kind === kind);

describe('the inventory', () => {
  it('run:identity: names what lives while an agent works, each with owner, use and end; and after a stop that it is dead', async () => {
    const during = await readInventory();
    const [listed] = of(during, 'grant');
    const stopped = await sallyport('revoke', 'run', run.id, '--because', 'it looks odd');
    const after = await readInventory();

    // Nobody let the App act for them here (test/story/as-the-requester.test.ts).
    const expected = new Set(identityKinds.filter((kind) => kind !== 'person'));
    expect(new Set(during.identities.map(({ kind }) => kind))).toEqual(expected);
    expect(of(during, 'session')).toEqual([
      expect.objectContaining({
        state: 'live',
        owner: run.requester.login,
        holder: expect.stringMatching(/^job \d+, phase agent$/),
        scope: expect.stringContaining('issue.read (0 of '),
        revoke: `sallyport revoke run ${run.id}`,
      }),
    ]);
    expect(listed).toMatchObject({ state: 'open', holder: `workflow run ${run.workflowRunId}` });
    expect(of(during, 'tool').map(({ id, holder }) => [id, holder])).toContainEqual([
      'issue.read',
      '1 open grant',
    ]);
    const [installation] = of(during, 'installation');
    expect(installation).toMatchObject({ owner: run.repository.owner, state: 'live' });
    expect(of(during, 'token').every(({ scope }) => scope.includes('repository'))).toBe(true);
    const unfinished = during.identities.filter(
      ({ owner, purpose, scope, holder, revoke }) =>
        ![owner, purpose, scope, holder, revoke].every(Boolean),
    );
    expect(unfinished).toEqual([]);

    expect(stopped).toMatchObject({
      code: 0,
      out: `run:${run.id} is revoked; 1 run was stopped\nsallyport resume --run ${run.id} gives it back\n`,
    });
    expect((await findRun(story.stage('listed'), 1))?.because).toContain('it looks odd');
    expect(of(after, 'session')).toMatchObject([
      { state: 'revoked', id: of(during, 'session')[0]?.id },
    ]);
    expect(of(after, 'grant')).toMatchObject([{ state: 'closed', id: listed?.id }]);
  }, 60_000);

  it('door:one-at-a-time: shows no secret, on the page, in JSON or on the terminal', async () => {
    const { app, github } = story.factory;
    const texts = await Promise.all([
      fetch(`${app.url}/inventory`).then((reply) => reply.text()),
      fetch(`${app.url}/v1/inventory`).then((reply) => reply.text()),
      sallyport('inventory').then(({ out }) => out),
    ]);
    const secrets = [
      ...[...story.appTokens, ...story.jobTokens].map(({ token }) => token),
      app.edges.settings.webhookSecret,
      github.app?.privateKeyPem.split('\n')[1] ?? '',
    ];

    expect(secrets.length).toBeGreaterThan(4);
    for (const text of texts) {
      expect(text).toContain('WEBHOOK_SECRET');
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
      expect(text).not.toMatch(/gh[sup]_\w{8}|agm_\w{8}|PRIVATE KEY-/);
    }
  }, 30_000);

  it('is a page that a browser shows whole, wide or narrow, with nothing refused', async () => {
    for (const width of [1280, 400]) {
      const page = await (await browser.newContext({ viewport: { width, height: 900 } })).newPage();
      const troubles: string[] = [];
      page.on('console', (message) => troubles.push(message.text()));
      page.on('pageerror', (error) => troubles.push(error.message));
      await page.goto(`${story.factory.app.url}/runs`);
      await page.click('nav >> text=Inventory');

      expect(await page.textContent('h1')).toBe('Inventory');
      expect(await page.locator('section.card').count()).toBe(identityKinds.length + 1);
      expect(await page.locator('#session tbody tr').count()).toBe(1);
      expect(await page.locator('#session .badge').textContent()).toBe('revoked');
      // Tables scroll in their own card; the page itself never does.
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      expect(troubles).toEqual([]);
      await page.close();
    }
  }, 60_000);

  it('takes a tool back and gives it back by a button that asks first', async () => {
    const { app } = story.factory;
    const page = await (await browser.newContext()).newPage();
    const troubles: string[] = [];
    page.on('console', (message) => troubles.push(message.text()));
    const row = page.locator('#tool tr', { hasText: 'issue.read' });
    await page.goto(`${app.url}/inventory`);
    await row.locator('text=Revoke').first().click();
    expect(await page.textContent('h1')).toBe('Revoke the context tool issue.read?');
    await page.fill('input[name=because]', 'its provider <b>leaks</b>');
    await page.click('button');

    expect(new URL(page.url()).pathname).toBe('/inventory');
    expect(await row.locator('.badge').textContent()).toBe('paused');
    const [pause] = await app.edges.pauses
      .list()
      .then((all) => all.filter(({ scope }) => scope.kind === 'tool'));
    expect(pause).toMatchObject({ by: 'operator', because: 'its provider <b>leaks</b>' });
    await row.locator('text=Give back').click();
    expect(await page.textContent('section')).toContain('its provider <b>leaks</b>');
    await page.click('button');
    expect(await row.locator('.badge').textContent()).toBe('live');
    expect(troubles).toEqual([]);
    await page.close();
  }, 60_000);

  it('takes nothing back for another site, a wrong scope, or a tool that is none', async () => {
    const { app } = story.factory;
    const send = (body: string, origin: string) =>
      fetch(`${app.url}/revoke`, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
        body,
      }).then(({ status }) => status);
    expect([
      await send('scope=app&intent=revoke', 'https://evil.example'),
      await send('scope=everything&intent=revoke', app.url),
      await send('scope=tool:no.such&intent=revoke', app.url),
      await send('scope=tool:issue.read&intent=burn', app.url),
    ]).toEqual([403, 422, 422, 422]);
    expect((await sallyport('revoke', 'everything', 'x')).code).toBe(2);
    expect((await sallyport('revoke', 'tool', 'no.such')).code).toBe(2);
    expect(await app.edges.pauses.list()).toHaveLength(1);
  }, 60_000);

  it('run:identity: an installation that is revoked has no token left that GitHub knows', async () => {
    const { app } = story.factory;
    const held = await app.edges.github.tokens();
    const alive = story.appTokens.filter(({ token }) =>
      held.some((one) => one.sha256 === sha256(token)),
    );
    const revoked = await sallyport('revoke', 'installation', String(run.installationId));
    const status = ({ token }: { token: string }) =>
      fetch(`${story.factory.github.urls.rest}/installation/repositories`, {
        headers: { authorization: `Bearer ${token}` },
      }).then((answer) => answer.status);

    expect(revoked.code).toBe(0);
    expect(alive.length).toBeGreaterThan(0);
    expect(await Promise.all(alive.map(status))).toEqual(alive.map(() => 401));
  }, 60_000);

  it('is for operators: another name of this machine’s address is asked for a password', async () => {
    const { port } = new URL(story.factory.app.url);
    for (const path of ['/inventory', '/v1/inventory', '/revoke?scope=app']) {
      const url = `http://127.0.0.1:${port}${path}`;
      const foreign = await askListener(url, {
        method: 'GET',
        headers: { host: 'evil.test' },
        timeoutMs: 5_000,
      });
      const own = await askListener(url, { method: 'GET', headers: {}, timeoutMs: 5_000 });
      expect([foreign.status, own.status]).toEqual([401, 200]);
    }
  });
});
