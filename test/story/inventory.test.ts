import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';
import { askFor, findRun } from '#cli/demo/journey.ts';
import { until } from '#cli/demo/until.ts';
import { askListener } from '#http/ask-listener.ts';
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
    const stopped = await sallyport('pause', '--run', run.id);
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
        revoke: `sallyport pause --run ${run.id}`,
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

    expect(stopped.code).toBe(0);
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

  it('is for operators: another name of this machine’s address is asked for a password', async () => {
    const { port } = new URL(story.factory.app.url);
    for (const path of ['/inventory', '/v1/inventory']) {
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
