// The way of an owner: `sallyport serve` without an App, a browser, GitHub, and the first delivery.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';
import { findFreePort } from '#cli/demo/free-port.ts';
import { until } from '#cli/demo/until.ts';
import { type LocalGitHub, startLocalGitHub } from '#local/server.ts';
import { browserPath } from '../../action/verify/find-browser.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;

let folder: string;
let github: LocalGitHub;
let browser: Browser;
let url: string;
let child: ChildProcess;
const said: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'first-run-'));
  github = await startLocalGitHub({
    dataDir: join(folder, 'github'),
    seed: {
      users: [{ login: 'mara' }],
      organizations: [{ login: 'acme', members: { mara: 'admin' } }],
      repositories: [{ owner: 'acme', name: 'shop', source: { kind: 'empty' } }],
    },
  });
  browser = await chromium.launch({
    executablePath: browserPath() ?? 'no browser',
    args: ['--no-sandbox'],
  });
  const port = await findFreePort();
  url = `http://127.0.0.1:${port}`;
  child = spawn(process.execPath, [main, 'serve'], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      SALLYPORT_URL: url,
      SALLYPORT_RELEASES: 'a'.repeat(40),
      SALLYPORT_DATA: join(folder, 'app'),
      GITHUB_API_URL: github.urls.rest,
      GITHUB_SERVER_URL: github.urls.server,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (child.stderr) createInterface(child.stderr).on('line', (line) => said.push(line));
}, 60_000);
afterAll(async () => {
  await browser?.close();
  if (child.exitCode === null) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await github?.close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

it('an owner creates the App, installs it, and its first delivery is accepted', async () => {
  const page = await (await browser.newContext()).newPage();
  const opened = await until('the page’s address', 20_000, async () =>
    said
      .join('\n')
      .match(/Create it here: (\S+)/)
      ?.at(1),
  );
  await page.goto(opened);
  expect(page.url()).toBe(`${url}/setup`); // the key is gone from the address
  await page.fill('input[name=organization]', 'acme');
  await page.click('text=Choose');
  await page.click('#create');

  expect(new URL(page.url()).pathname).toBe('/setup/done');
  expect(await page.textContent('h1')).toBe('The App sallyport is created');
  expect(await page.getAttribute('#install', 'href')).toBe(
    `${github.urls.server}/apps/sallyport/installations/new`,
  );
  expect(await page.content()).not.toMatch(/PRIVATE KEY|webhook_secret|key=/);

  await until('the App to be ready', 40_000, async () => {
    const ready = await fetch(`${url}/readyz`).catch(() => undefined);
    return ready?.ok ? true : undefined;
  });
  await page.goto(`${github.urls.server}/login`);
  await page.fill('input[name=token]', github.tokens.mara ?? '');
  await page.click('button');
  await page.goto(`${github.urls.server}/apps/sallyport/installations/new`);
  await page.selectOption('select[name=account]', 'acme');
  await page.click('#install');
  expect(await page.textContent('h1')).toBe('Sallyport is installed on acme');
  await github.idle();
  const [delivery] = github.deliveries();

  expect(delivery).toMatchObject({ event: 'installation', action: 'created', statusCode: 202 });
  // Closed for ever, also for who still has the key and the cookie.
  await page.goto(opened);
  expect(await page.textContent('body')).toContain('not_found');
  expect(said.join('\n')).not.toMatch(/PRIVATE KEY|secret/i);
}, 120_000);
