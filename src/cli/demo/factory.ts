import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { callerWorkflow } from '#dispatch/caller-workflow.ts';
import type { Seed, SeedRepository } from '#local/seed/seed.ts';
import type { LocalGitHub } from '#local/server.ts';
import { startLocalGitHub } from '#local/server.ts';
import { assert } from '#model/fault.ts';
import type { Source } from '#model/source.ts';
import { machineNetwork } from '#runner/machine-network.ts';
import type { SallyportApp } from '../../app.ts';
import { openApp } from '../../app.ts';
import { findFreePort } from './free-port.ts';
import type { Person } from './people.ts';
import { openPerson } from './people.ts';
import type { Release } from './release-repository.ts';
import { buildReleaseRepository } from './release-repository.ts';

/** A local GitHub with people and repositories, and the App at work on it: all in this process. */
export interface Factory {
  readonly github: LocalGitHub;
  readonly app: SallyportApp;
  person(login: string): Person;
  /** Ends runs with their processes, then the App, then the local GitHub. */
  close(): Promise<void>;
}

export interface FactoryPlan {
  /** How often the App compares itself with GitHub; hourly when absent. */
  readonly reconcileMinutes?: number;
  /** Everything the factory writes goes below it. */
  readonly dataDir: string;
  readonly appPort: number;
  readonly githubPort: number;
  readonly organization: string;
  readonly people: Seed['users'];
  /** The repositories, given the caller workflow that fits this App. */
  readonly repositories: (caller: string) => Promise<readonly SeedRepository[]>;
  readonly databaseTemplate?: Blob;
  /** A release that was built before, to open many factories on; one is built when absent. */
  readonly release?: Release;
  /** PostgreSQL instead of the embedded database. */
  readonly databaseUrl?: string;
  /** What time it is at GitHub; the machine's time when absent. */
  readonly githubNow?: () => Date;
  /** GitHub is a server of one's own: it signs less, and the App is told to take that. */
  readonly enterpriseServer?: boolean;
  /** Who may send signals from outside GitHub. */
  readonly sources?: readonly Source[];
  /** People may let the App open pull requests as them. */
  readonly openAsRequester?: boolean;
  readonly say: (line: string) => void;
}

const manifestSchema = z.object({
  default_permissions: z.record(z.string(), z.enum(['read', 'write', 'admin'])),
  default_events: z.array(z.string()),
});

/** The release repository's name on the local GitHub. */
const release = { owner: 'sallyport', name: 'sallyport' } as const;

/** Open a factory. The App is the same as in production: only addresses differ. */
export async function openFactory(plan: FactoryPlan): Promise<Factory> {
  await mkdir(plan.dataDir, { recursive: true });
  const [{ gitDir, sha }, port] = await Promise.all([
    plan.release ?? buildReleaseRepository(join(plan.dataDir, 'release.git')),
    plan.appPort === 0 ? findFreePort() : plan.appPort,
  ]);
  const broker = `http://127.0.0.1:${port}`;
  const caller = callerWorkflow({ repository: `${release.owner}/${release.name}`, sha, broker });
  const github = await startLocalGitHub({
    port: plan.githubPort,
    dataDir: join(plan.dataDir, 'github'),
    seed: await buildSeed(plan, gitDir, caller),
    ...(plan.githubNow ? { now: plan.githubNow } : {}),
    actions: {
      jobEnvironment: machineNetwork(),
      ...(plan.enterpriseServer ? { enterpriseServer: true } : {}),
    },
  });
  try {
    const app = await openAppOn(github, plan, { broker, port, sha });
    github.setWebhook(`${broker}/api/github/webhooks`);
    github.admin.setCallbackUrls('sallyport', [`${broker}/attribution/done`]);
    return {
      github,
      app,
      person: (login) => openPerson(github.urls.rest, login, github.tokens[login] ?? ''),
      close: async () => {
        await github.close();
        await app.close();
      },
    };
  } catch (error) {
    await github.close();
    throw error;
  }
}

/** What `app.yml` asks for. */
export async function readManifest() {
  const text = await readFile(new URL('../../../app.yml', import.meta.url), 'utf8');
  return manifestSchema.parse(parse(text));
}

async function buildSeed(plan: FactoryPlan, releaseDir: string, caller: string): Promise<Seed> {
  const manifest = await readManifest();
  const [owner] = plan.people;
  return {
    users: plan.people,
    organizations: [
      { login: release.owner, members: {} },
      { login: plan.organization, members: owner ? { [owner.login]: 'admin' } : {} },
    ],
    repositories: [
      { ...release, source: { kind: 'git', path: releaseDir } },
      ...(await plan.repositories(caller)),
    ],
    app: {
      slug: 'sallyport',
      permissions: manifest.default_permissions,
      events: manifest.default_events,
      installOn: plan.organization,
    },
  };
}

function openAppOn(
  github: LocalGitHub,
  plan: FactoryPlan,
  at: { readonly broker: string; readonly port: number; readonly sha: string },
): Promise<SallyportApp> {
  assert(github.app, 'the seed registers the App');
  return openApp(
    {
      host: '127.0.0.1',
      port: at.port,
      publicUrl: at.broker,
      databaseUrl: plan.databaseUrl ?? null,
      dataDir: join(plan.dataDir, 'app'),
      appId: github.app.id,
      privateKeyPem: github.app.privateKeyPem,
      webhookSecret: github.app.webhookSecret,
      restUrl: github.urls.rest,
      serverUrl: github.urls.server,
      oidcIssuer: github.urls.oidcIssuer,
      jwksUrl: `${github.urls.oidcIssuer}/.well-known/jwks`,
      bearer: 'refused',
      trustedProxies: 0,
      assurance: plan.enterpriseServer ? 'reduced' : 'full',
      releaseRepository: `${release.owner}/${release.name}`,
      releases: [at.sha],
      runnerEnvironment: 'github-hosted',
      reconcileMinutes: plan.reconcileMinutes ?? 60,
      limits: { parallel: 50, runsPerDay: 1000 },
      organizationPolicy: 'optional',
      dashboardPassword: null,
      openAsRequester: plan.openAsRequester ? clientOf(github) : null,
      sources: plan.sources ?? [],
    },
    plan.say,
    plan.databaseTemplate ? { databaseTemplate: plan.databaseTemplate } : {},
  );
}

function clientOf({ app }: LocalGitHub) {
  assert(app, 'the seed registers the App');
  const { clientId, clientSecret } = app;
  return { clientId, clientSecret };
}
