import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ActionsOptions } from '#local/actions/host.ts';
import type { Seed, SeedRepository } from '#local/seed/seed.ts';
import type { LocalGitHub } from '#local/server.ts';
import { startLocalGitHub } from '#local/server.ts';
import { assert } from '#model/fault.ts';
import { onStop } from '#runner/on-stop.ts';
import type { StartedProcess } from '#runner/process.ts';
import { startProcess } from '#runner/process.ts';
import { readManifest } from '../demo/factory.ts';
import { findFreePort } from '../demo/free-port.ts';
import { organization, people } from '../demo/shop.ts';

/** The one release that the App trusts. */
export const release = 'a'.repeat(40);

/** What runs in the other process: the App, or bare Probot with and without a handler. */
export const programs = {
  sallyport: ['serve'],
  probot: ['bench-receiver'],
  probotWithHandler: ['bench-receiver', '--handler'],
} as const;

/** A local GitHub in this process, and what receives its webhooks in another, which can be killed. */
export interface ServedApp {
  readonly github: LocalGitHub;
  /** Where deliveries go. */
  readonly url: string;
  readonly secret: string;
  /** Of the process that runs now. */
  readonly pid: () => number;
  /** Start it, and wait until it says that it is ready. */
  start(program: keyof typeof programs): Promise<void>;
  /** With SIGKILL there is no teardown and no goodbye. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  close(): Promise<void>;
}

const main = fileURLToPath(new URL('../../main.ts', import.meta.url));
/** A start takes seconds; this is for a machine that is very busy. */
const startLimitMs = 120_000;

/** Open both sides; nothing is started in the other process yet. */
export async function openServedApp(plan: {
  readonly repository: SeedRepository;
  /** PostgreSQL; null for the embedded database. */
  readonly databaseUrl: string | null;
  /** Of the other process, besides what it needs. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly actions?: ActionsOptions;
}): Promise<ServedApp> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-served-'));
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const github = await startLocalGitHub({
    dataDir: join(folder, 'github'),
    seed: await buildSeed(plan.repository),
    ...(plan.actions ? { actions: plan.actions } : {}),
  });
  const { app } = github;
  assert(app, 'the seed registers the App');
  github.setWebhook(`${url}/api/github/webhooks`);
  const environment = {
    PORT: new URL(url).port,
    SALLYPORT_URL: url,
    SALLYPORT_DATA: join(folder, 'app'),
    ...(plan.databaseUrl ? { DATABASE_URL: plan.databaseUrl } : {}),
    APP_ID: String(app.id),
    PRIVATE_KEY: app.privateKeyPem,
    WEBHOOK_SECRET: app.webhookSecret,
    GITHUB_API_URL: github.urls.rest,
    GITHUB_SERVER_URL: github.urls.server,
    SALLYPORT_OIDC_ISSUER: github.urls.oidcIssuer,
    SALLYPORT_JWKS_URL: `${github.urls.oidcIssuer}/.well-known/jwks`,
    SALLYPORT_RELEASES: release,
    SALLYPORT_PARALLEL: '1000',
    SALLYPORT_RUNS_PER_DAY: '100000',
    ...plan.environment,
  };
  let running: StartedProcess | undefined;
  const stop = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const last = running;
    running = undefined;
    await last?.stop(signal);
  };
  const end = async () => {
    await stop('SIGTERM');
    await github.close();
    await rm(folder, { recursive: true, force: true });
  };
  const forget = onStop(end);
  return {
    github,
    url: `${url}/api/github/webhooks`,
    secret: app.webhookSecret,
    pid: () => running?.pid ?? 0,
    start: async (program) => {
      const argv = [process.execPath, main, ...programs[program]];
      running = await startProcess(argv, { environment, stderr: 'ignore' });
      await untilReady(url, running);
    },
    stop,
    close: async () => {
      forget();
      await end();
    },
  };
}

async function buildSeed(repository: SeedRepository): Promise<Seed> {
  const manifest = await readManifest();
  return {
    users: Object.values(people),
    organizations: [{ login: organization, members: { [people.maintainer.login]: 'admin' } }],
    repositories: [repository],
    app: {
      slug: 'sallyport',
      permissions: manifest.default_permissions,
      events: manifest.default_events,
      installOn: organization,
    },
  };
}

async function untilReady(url: string, process: StartedProcess): Promise<void> {
  const limit = AbortSignal.timeout(startLimitMs);
  const ended = process.exited.then((code) => {
    throw new Error(`the process ended with ${code} before it was ready`);
  });
  ended.catch(() => {}); // it ends later too, when it is stopped
  for (;;) {
    const ready = await Promise.race([fetch(`${url}/readyz`).catch(() => undefined), ended]);
    if (ready?.ok) return;
    limit.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Bytes of memory a process holds now, as the kernel counts it. */
export async function readResidentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
