import { randomBytes } from 'node:crypto';
import type { App, Installation } from '#local/record/app.ts';
import type { Principal } from '#local/record/principal.ts';
import { openUserGrants, type SavedGrants, type UserGrants } from '../oauth/user-grants.ts';
import type { World } from '../world.ts';
import { ACTIONS_BOT_ID } from '../world-state.ts';
import { digestOf, makeToken } from './opaque-token.ts';
import { HttpError } from './route.ts';

/** GitHub's lifetime of an installation token. */
const INSTALLATION_TOKEN_MS = 60 * 60_000;

/** What a registry can be opened with again. Jobs do not outlive the process, nor do their tokens. */
export interface SavedTokens {
  /** Digest → account id. */
  readonly personal: ReadonlyMap<string, number>;
  readonly installations: ReadonlyMap<string, InstallationToken>;
  /** Absent in what an earlier version saved. */
  readonly grants?: SavedGrants;
}

interface InstallationToken {
  readonly installationId: number;
  readonly repositoryIds: readonly number[] | null;
  readonly permissions: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
}

interface JobToken {
  readonly repositoryId: number;
  readonly permissions: Readonly<Record<string, string>>;
  readonly workflowRunId: number;
}

/** The long form of 2026, or the forty characters of before. */
export type TokenForm = 'stateless' | 'short';

/** Every opaque credential of the local GitHub. Kept by digest, as a service that could leak must. */
export interface TokenRegistry {
  mintPersonal(userId: number): string;
  mintInstallation(
    app: App,
    installation: Installation,
    scope: {
      readonly repositoryIds: readonly number[] | null;
      readonly permissions: Readonly<Record<string, string>>;
    },
    form?: TokenForm,
  ): { readonly token: string; readonly expiresAt: Date };
  mintJob(
    repositoryId: number,
    permissions: Readonly<Record<string, string>>,
    workflowRunId: number,
  ): string;
  /** What people authorized Apps to. */
  readonly grants: UserGrants;
  revoke(token: string): void;
  /** Undefined for a token that is unknown, ended or expired. */
  find(world: World, token: string): Principal | undefined;
  /** Everything that is worth keeping over a restart. */
  save(): SavedTokens;
}

/** Open a registry: empty, or with what an earlier one saved. */
export function openTokenRegistry(now: () => Date, saved?: SavedTokens): TokenRegistry {
  const personal = new Map(saved?.personal);
  const installations = new Map(saved?.installations);
  const jobs = new Map<string, JobToken>();
  const grants = openUserGrants(now, saved?.grants);
  return {
    grants,
    mintPersonal: (userId) => {
      const token = makeToken('ghp_', 36);
      personal.set(digestOf(token), userId);
      return token;
    },
    mintInstallation: (app, installation, scope, form = 'stateless') => {
      const expiresAt = new Date(now().getTime() + INSTALLATION_TOKEN_MS);
      const token =
        form === 'short'
          ? makeToken('ghs_', 36)
          : statelessToken(app, installation, expiresAt, now());
      const kept = { installationId: installation.id, ...scope, expiresAt };
      installations.set(digestOf(token), kept);
      return { token, expiresAt };
    },
    mintJob: (repositoryId, permissions, workflowRunId) => {
      const token = makeToken('ghs_', 36);
      jobs.set(digestOf(token), { repositoryId, permissions, workflowRunId });
      return token;
    },
    revoke: (token) => {
      installations.delete(digestOf(token));
      jobs.delete(digestOf(token));
    },
    save: () => {
      const alive = [...installations].filter(([, { expiresAt }]) => expiresAt > now());
      return { personal, installations: new Map(alive), grants: grants.save() };
    },
    find: (world, token) => {
      const key = digestOf(token);
      const userId = personal.get(key);
      const user = userId === undefined ? undefined : world.users.get(userId);
      if (user) return { kind: 'user', user };
      if (token.startsWith('ghu_')) return grantedPrincipal(world, grants, token);
      const job = jobs.get(key);
      if (job) return jobPrincipal(world, token, job);
      const installed = installations.get(key);
      if (!installed || installed.expiresAt <= now()) return undefined;
      return installationPrincipal(world, token, installed);
    },
  };
}

function grantedPrincipal(world: World, grants: UserGrants, token: string): Principal | undefined {
  const found = grants.find(token);
  const user = found && world.users.get(found.userId);
  const app = found && world.apps.get(found.appId);
  return user && app && { kind: 'user', user, via: { app, ...found.narrowed } };
}

function jobPrincipal(world: World, token: string, job: JobToken): Principal | undefined {
  const bot = world.users.get(ACTIONS_BOT_ID);
  return bot && { kind: 'job', ...job, bot, token };
}

function installationPrincipal(
  world: World,
  token: string,
  kept: InstallationToken,
): Principal | undefined {
  const installation = world.installations.get(kept.installationId);
  const app = installation && world.apps.get(installation.appId);
  const bot = app && world.users.get(app.botId);
  if (!installation || !bot) return undefined;
  if (installation.suspendedAt !== null)
    throw new HttpError(403, 'This installation has been suspended');
  const { repositoryIds, permissions } = kept;
  return { kind: 'installation', app, installation, repositoryIds, permissions, bot, token };
}

/**
 * The long form that GitHub mints since 2026-04: `ghs_<app>_<jwt>`, about 520 characters. Nothing
 * may be read from it; the signature part is random, and only the registry decides.
 */
function statelessToken(
  app: App,
  installation: Installation,
  expiresAt: Date,
  issuedAt: Date,
): string {
  const header = { alg: 'RS256', typ: 'JWT', kid: randomBytes(8).toString('hex') };
  const claims = {
    iss: 'local-github',
    sub: String(installation.id),
    iat: Math.floor(issuedAt.getTime() / 1000),
    exp: Math.floor(expiresAt.getTime() / 1000),
    jti: randomBytes(8).toString('hex'),
  };
  const parts = [toBase64Url(header), toBase64Url(claims), randomBytes(180).toString('base64url')];
  return `ghs_${app.id}_${parts.join('.')}`;
}

function toBase64Url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
