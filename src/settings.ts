import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Assurance } from '#model/assurance.ts';
import type { InstallationLimits } from '#model/load.ts';
import type { BearerForm } from '#model/possession.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Source } from '#model/source.ts';
import { readCredentials } from './app-credentials.ts';
import { gitHubHost } from './github-host.ts';
import { readSources } from './read-sources.ts';

/** Everything the App is told from outside. This file alone reads `process.env`. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  /** Where runners and GitHub reach the App: the base of the broker's audience. No trailing slash. */
  readonly publicUrl: string;
  /** Empty means the embedded database in `dataDir`. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly appId: number;
  readonly privateKeyPem: string;
  readonly webhookSecret: string;
  /** The secret before, accepted too while GitHub may still sign with it; null outside a rotation. */
  readonly webhookSecretPrevious?: string | null;
  readonly restUrl: string;
  readonly serverUrl: string;
  readonly oidcIssuer: string;
  readonly jwksUrl: string;
  /** `reduced` is chosen by the operator of a GitHub that signs less; anything else refuses its tokens. */
  readonly assurance: Assurance;
  /** `allowed`: a job's token is enough without its key, for actions of before proofs. */
  readonly bearer: BearerForm;
  /** Proxies of the operator's between clients and the App, each of which adds to `X-Forwarded-For`. */
  readonly trustedProxies: number;
  /** `owner/name` of the repository that publishes the reusable workflows. */
  readonly releaseRepository: string;
  /** Commits of that repository whose workflows are trusted. */
  readonly releases: readonly string[];
  readonly runnerEnvironment: 'github-hosted' | 'self-hosted';
  /** GitHub's state is compared with the store this often, and at the start. */
  readonly reconcileMinutes: number;
  /** What one installation may have at work, whatever its policies say. */
  readonly limits: InstallationLimits;
  /** `required`: without an organization policy that can be read nothing starts. */
  readonly organizationPolicy: 'required' | 'optional';
  /** Password of the pages; without it they are served on loopback only. */
  readonly dashboardPassword: string | null;
  /** The App as a client of GitHub's sign-in; null where it opens no pull request as a person. */
  readonly openAsRequester?: { readonly clientId: string; readonly clientSecret: string } | null;
  /** Who may send signals from outside GitHub; empty for nobody. */
  readonly sources: readonly Source[];
}

/** What is known before there is an App: where to create it, where it will be, where to keep it. */
export type FirstRun = Pick<
  Settings,
  'host' | 'port' | 'publicUrl' | 'dataDir' | 'restUrl' | 'serverUrl'
>;

type Environment = Readonly<Record<string, string | undefined>>;

const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ''));
const dataDirDefault = '.sallyport';

const schema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  SALLYPORT_URL: url,
  DATABASE_URL: z.string().min(1).optional(),
  SALLYPORT_DATA: z.string().min(1).default(dataDirDefault),
  APP_ID: z.coerce
    .number({ error: 'the numeric App id is needed, not the client id' })
    .int()
    .positive(),
  PRIVATE_KEY: z.string().optional(),
  PRIVATE_KEY_PATH: z.string().optional(),
  WEBHOOK_SECRET: z.string().default(''),
  WEBHOOK_SECRET_PREVIOUS: z.string().optional(),
  GITHUB_API_URL: url.optional(),
  GITHUB_SERVER_URL: url.default('https://github.com'),
  SALLYPORT_OIDC_ISSUER: url.optional(),
  SALLYPORT_JWKS_URL: url.optional(),
  SALLYPORT_ASSURANCE: z.enum(['full', 'reduced']).default('full'),
  SALLYPORT_BEARER: z.enum(['refused', 'allowed']).default('refused'),
  SALLYPORT_TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
  SALLYPORT_RELEASE_REPOSITORY: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/)
    .default('sallyport/sallyport'),
  SALLYPORT_RELEASES: z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter(Boolean))
    .pipe(z.array(z.string().regex(/^[0-9a-f]{40}$/, 'a commit is 40 hex digits')).min(1)),
  SALLYPORT_RUNNERS: z.enum(['github-hosted', 'self-hosted']).default('github-hosted'),
  SALLYPORT_RECONCILE_MINUTES: z.coerce.number().min(0.05).max(1440).default(5),
  SALLYPORT_PARALLEL: z.coerce.number().int().min(1).max(10_000).default(20),
  SALLYPORT_RUNS_PER_DAY: z.coerce.number().int().min(1).max(1_000_000).default(500),
  SALLYPORT_ORGANIZATION_POLICY: z.enum(['required', 'optional']).default('optional'),
  SALLYPORT_OPEN_AS_REQUESTER: z.enum(['on', 'off']).default('off'),
  CLIENT_ID: z.string().min(1).max(100).optional(),
  CLIENT_SECRET: z.string().min(1).max(1000).optional(),
  SALLYPORT_DASHBOARD_PASSWORD: z.string().min(16, 'at least 16 characters').optional(),
  SALLYPORT_SOURCES: z.string().min(1).optional(),
  SALLYPORT_SOURCES_PATH: z.string().min(1).optional(),
});

/** The variables that say who the App is. One of them is enough for nothing else to be asked. */
const credentialNames = ['APP_ID', 'PRIVATE_KEY', 'PRIVATE_KEY_PATH', 'WEBHOOK_SECRET'] as const;

/**
 * Read the settings; the refusal holds one sentence a variable. Where no variable says who the App
 * is, the credentials are those that the first-run page left in the App's folder.
 */
export function readSettings(
  environment: Environment = process.env,
): Result<Settings, readonly string[]> {
  const whole = withKept(environment);
  if (!whole.ok) return whole;
  const parsed = schema.safeParse(whole.value);
  if (!parsed.success) return refuse(sentencesOf(parsed.error, whole.value));
  const env = parsed.data;
  const trouble = assuranceTrouble(env) ?? clientTrouble(env);
  if (trouble) return refuse([trouble]);
  const privateKeyPem = readKey(env.PRIVATE_KEY, env.PRIVATE_KEY_PATH);
  const sources = openSources(env.SALLYPORT_SOURCES, env.SALLYPORT_SOURCES_PATH, environment);
  if (!sources.ok) return sources;
  if (!privateKeyPem) {
    return refuse(['PRIVATE_KEY or PRIVATE_KEY_PATH: the App’s private key in PEM is needed']);
  }
  return ok(toSettings(env, privateKeyPem, sources.value));
}

/**
 * What the first-run page needs; null when there are credentials, in the environment or kept.
 *
 * Fails  as `readSettings` would for anything else, so that nobody creates an App that cannot start.
 */
export function readFirstRun(
  environment: Environment = process.env,
): Result<FirstRun | null, readonly string[]> {
  if (saysWho(environment)) return ok(null);
  const kept = readKept(environment);
  if (!kept.ok) return kept;
  if (kept.value !== null) return ok(null);
  const parsed = schema.omit({ APP_ID: true }).safeParse(environment);
  if (!parsed.success) return refuse(sentencesOf(parsed.error, environment));
  const env = parsed.data;
  const sources = openSources(env.SALLYPORT_SOURCES, env.SALLYPORT_SOURCES_PATH, environment);
  return sources.ok ? ok(toSettings({ ...env, APP_ID: 0 }, '', [])) : sources;
}

function saysWho(environment: Environment): boolean {
  return credentialNames.some((name) => environment[name]);
}

function readKept(environment: Environment) {
  const kept = readCredentials(environment.SALLYPORT_DATA || dataDirDefault);
  return kept.ok ? kept : refuse([kept.refusal]);
}

/** The environment, with kept credentials where it names none. */
function withKept(environment: Environment): Result<Environment, readonly string[]> {
  if (saysWho(environment)) return ok(environment);
  const kept = readKept(environment);
  if (!kept.ok) return kept;
  if (kept.value === null) return ok(environment);
  const { appId, privateKeyPem, webhookSecret } = kept.value;
  return ok({
    ...environment,
    APP_ID: String(appId),
    PRIVATE_KEY: privateKeyPem,
    WEBHOOK_SECRET: webhookSecret,
  });
}

/** Where GitHub signs everything, less is never needed: it would only hide that something is wrong. */
function assuranceTrouble(env: z.infer<typeof schema>): string | undefined {
  const { kind } = gitHubHost(env.GITHUB_SERVER_URL);
  return env.SALLYPORT_ASSURANCE === 'reduced' && kind !== 'enterprise server'
    ? `SALLYPORT_ASSURANCE: expected full, since ${env.GITHUB_SERVER_URL} signs every claim, got reduced`
    : undefined;
}

function toClient(env: z.infer<typeof schema>): NonNullable<Settings['openAsRequester']> | null {
  const { CLIENT_ID: clientId = '', CLIENT_SECRET: clientSecret = '' } = env;
  return env.SALLYPORT_OPEN_AS_REQUESTER === 'on' ? { clientId, clientSecret } : null;
}

/** Both are shown on the App's page at GitHub; the secret once, when it is made. */
function clientTrouble(env: z.infer<typeof schema>): string | undefined {
  const isWhole = env.CLIENT_ID && env.CLIENT_SECRET;
  return env.SALLYPORT_OPEN_AS_REQUESTER === 'on' && !isWhole
    ? 'SALLYPORT_OPEN_AS_REQUESTER: expected CLIENT_ID and CLIENT_SECRET of the App beside it, got on alone'
    : undefined;
}

function sentencesOf(error: z.ZodError, environment: Environment): readonly string[] {
  return error.issues.map(({ path, message }) => {
    const name = path.join('.');
    return `${name}: ${environment[name] === undefined ? 'it is not set, and is needed' : message}`;
  });
}

function toSettings(
  env: z.infer<typeof schema>,
  privateKeyPem: string,
  sources: readonly Source[],
): Settings {
  const github = gitHubHost(env.GITHUB_SERVER_URL);
  const oidcIssuer = env.SALLYPORT_OIDC_ISSUER ?? github.oidcIssuer;
  return {
    host: env.HOST,
    port: env.PORT,
    publicUrl: env.SALLYPORT_URL,
    databaseUrl: env.DATABASE_URL ?? null,
    dataDir: env.SALLYPORT_DATA,
    appId: env.APP_ID,
    privateKeyPem,
    webhookSecret: env.WEBHOOK_SECRET,
    webhookSecretPrevious: env.WEBHOOK_SECRET_PREVIOUS ?? null,
    restUrl: env.GITHUB_API_URL ?? github.restUrl,
    serverUrl: env.GITHUB_SERVER_URL,
    oidcIssuer,
    jwksUrl: env.SALLYPORT_JWKS_URL ?? `${oidcIssuer}/.well-known/jwks`,
    assurance: env.SALLYPORT_ASSURANCE,
    bearer: env.SALLYPORT_BEARER,
    trustedProxies: env.SALLYPORT_TRUSTED_PROXIES,
    releaseRepository: env.SALLYPORT_RELEASE_REPOSITORY,
    releases: env.SALLYPORT_RELEASES,
    runnerEnvironment: env.SALLYPORT_RUNNERS,
    reconcileMinutes: env.SALLYPORT_RECONCILE_MINUTES,
    limits: { parallel: env.SALLYPORT_PARALLEL, runsPerDay: env.SALLYPORT_RUNS_PER_DAY },
    organizationPolicy: env.SALLYPORT_ORGANIZATION_POLICY,
    dashboardPassword: env.SALLYPORT_DASHBOARD_PASSWORD ?? null,
    openAsRequester: toClient(env),
    sources,
  };
}

/** The list itself or the file that holds it; a file that is named and cannot be read is a mistake. */
function openSources(
  text: string | undefined,
  path: string | undefined,
  environment: Environment,
): Result<readonly Source[], readonly string[]> {
  if (text !== undefined) return readSources(text, environment);
  if (path === undefined) return ok([]);
  try {
    return readSources(readFileSync(path, 'utf8'), environment);
  } catch {
    return refuse([`SALLYPORT_SOURCES_PATH: expected a file that can be read, got ${path}`]);
  }
}

function readKey(text: string | undefined, path: string | undefined): string | undefined {
  if (text) return text.replaceAll('\\n', '\n');
  try {
    return path ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
