import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { findFreePort } from '#cli/demo/free-port.ts';
import type { Person } from '#cli/demo/people.ts';
import { openPerson } from '#cli/demo/people.ts';
import { callerWorkflow } from '#dispatch/caller-workflow.ts';
import type { LocalGitHub } from '#local/server.ts';
import { startLocalGitHub } from '#local/server.ts';
import { readTestRelease } from '../fake/release.ts';

/** The App as an owner runs it, `sallyport serve` in a process of its own, which can be killed. */
export interface ServedApp {
  readonly github: LocalGitHub;
  readonly url: string;
  readonly maintainer: Person;
  readonly reviewer: Person;
  /** Start it with these options, and wait until it is ready. */
  start(...options: string[]): Promise<void>;
  /** `kill -9`: no teardown, no goodbye. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

const root = new URL('../../', import.meta.url);

/** A repository with one failing behaviour and a command that repairs it: quick, no screens. */
export function quickRepository(agent: string): Record<string, { content: string }> {
  const policy = {
    version: 1,
    agent: { use: 'command', run: agent, minutes: 2 },
    verify: {
      commands: [
        {
          name: 'test',
          run: 'node --test --test-reporter=junit --test-reporter-destination=junit.xml',
          report: 'junit.xml',
        },
      ],
    },
  };
  return {
    'sum.mjs': { content: 'export const sum = (a, b) => a - b;\n' },
    'test/zero.test.mjs': {
      content:
        "import { test } from 'node:test';\nimport assert from 'node:assert';\nimport { sum } from '../sum.mjs';\ntest('adds nothing', () => assert.equal(sum(2, 0), 2));\n",
    },
    '.github/sallyport.yml': { content: JSON.stringify(policy) },
  };
}

/** Repairs `sum` and adds a test that was red before. */
export const repairSum = [
  "printf 'export const sum = (a, b) => a + b;\\n' > sum.mjs",
  `printf "import { test } from 'node:test';\\nimport assert from 'node:assert';\\nimport { sum } from '../sum.mjs';\\ntest('adds two', () => assert.equal(sum(2, 2), 4));\\n" > test/two.test.mjs`,
].join(' && ');

export async function openServedApp(agent: string): Promise<ServedApp> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-served-'));
  const { gitDir: releaseDir, sha } = await readTestRelease();
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const caller = callerWorkflow({ repository: 'sallyport/sallyport', sha, broker: url });
  const manifest = parse(await readFile(new URL('app.yml', root), 'utf8'));
  const github = await startLocalGitHub({
    dataDir: join(folder, 'github'),
    seed: {
      users: [{ login: 'mara' }, { login: 'rene' }],
      organizations: [
        { login: 'sallyport', members: {} },
        { login: 'acme', members: { mara: 'admin' } },
      ],
      repositories: [
        { owner: 'sallyport', name: 'sallyport', source: { kind: 'git', path: releaseDir } },
        {
          owner: 'acme',
          name: 'sums',
          source: {
            kind: 'files',
            files: {
              ...quickRepository(agent),
              '.github/workflows/sallyport.yml': { content: caller },
            },
          },
          collaborators: { rene: 'write' },
          labels: [{ name: 'sallyport' }],
          issues: [{ title: 'Sums are differences', body: '2 + 2 is 0.', author: 'mara' }],
        },
      ],
      app: {
        slug: 'sallyport',
        permissions: manifest.default_permissions,
        events: manifest.default_events,
        installOn: 'acme',
      },
    },
  });
  github.setWebhook(`${url}/api/github/webhooks`);
  const key = join(folder, 'app.pem');
  await writeFile(key, github.app?.privateKeyPem ?? '', { mode: 0o600 });
  const environment = {
    PATH: process.env.PATH ?? '',
    PORT: String(port),
    SALLYPORT_URL: url,
    SALLYPORT_DATA: join(folder, 'app'),
    APP_ID: String(github.app?.id),
    PRIVATE_KEY_PATH: key,
    WEBHOOK_SECRET: github.app?.webhookSecret ?? '',
    GITHUB_API_URL: github.urls.rest,
    GITHUB_SERVER_URL: github.urls.server,
    SALLYPORT_OIDC_ISSUER: github.urls.oidcIssuer,
    SALLYPORT_JWKS_URL: `${github.urls.oidcIssuer}/.well-known/jwks`,
    SALLYPORT_RELEASES: sha,
  };
  let child: ChildProcess | undefined;
  const stop = async (signal: 'SIGKILL' | 'SIGTERM') => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null) return;
    const exited = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await exited;
  };
  const person = (login: string) => openPerson(github.urls.rest, login, github.tokens[login] ?? '');
  return {
    github,
    url,
    maintainer: person('mara'),
    reviewer: person('rene'),
    start: async (...options) => {
      const main = new URL('src/main.ts', root).pathname;
      child = spawn(process.execPath, [main, 'serve', ...options], {
        env: environment,
        stdio: 'ignore',
      });
      for (;;) {
        const ready = await fetch(`${url}/readyz`).catch(() => undefined);
        if (ready?.ok) return;
        if (child.exitCode !== null) throw new Error(`the App ended with ${child.exitCode}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    kill: () => stop('SIGKILL'),
    close: async () => {
      await github.close();
      await stop('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
