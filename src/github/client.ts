import { createAppAuth } from '@octokit/auth-app';
import { withCustomRequest } from '@octokit/graphql';
import { sha256 } from '#model/digest.ts';
import { Fault } from '#model/fault.ts';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { StageName } from '#model/stage-name.ts';
import { toFound } from './found-repository.ts';
import { GitHubFault } from './github-fault.ts';
import type { Permissions, Reading, WriteRoute } from './permitted.ts';
import { assertOwn, assertReads, permissionsToWrite, readings } from './permitted.ts';
import type { ApiRequest, Reply, Requester } from './requester.ts';
import { apiVersion, openRequester } from './requester.ts';

/** Who the App is, and where GitHub is. */
export interface GitHubSettings {
  readonly appId: number;
  readonly privateKeyPem: string;
  /** `https://api.github.com`, or `https://HOST/api/v3`. */
  readonly restUrl: string;
}

/** Where a call reads and on whose account it is counted. */
export type Target = {
  readonly stage: StageName;
  readonly installationId: number;
  readonly purpose: Reading;
} & Place;

/** Where a call writes: one repository, by its id. The route says which permission it needs. */
export interface WriteTarget {
  readonly stage: StageName;
  readonly installationId: number;
  readonly repositoryId: number;
}

type Place =
  | { readonly repositoryId: number }
  /** Of the installation's own account, where no id is known. */
  | { readonly repositoryName: string }
  /** Every repository of the installation, to learn which one an item of a project is in. */
  | { readonly purpose: 'project'; readonly everyRepository: true };

/** A repository that the App is installed on. */
export interface FoundRepository {
  readonly installationId: number;
  readonly repository: RepositoryRef;
}

/** Who the App is on this GitHub. */
export interface AppIdentity {
  readonly slug: string;
  readonly botLogin: string;
  readonly botId: number;
}

/** The App's way to GitHub: one repository and one purpose at a time. */
export interface GitHub {
  /** `route` as documented, `GET /repos/{owner}/{repo}/pulls`. Fails with a Fault that keeps the status. */
  request<T>(
    target: Target,
    route: `GET /${string}`,
    parameters?: Record<string, unknown>,
  ): Promise<Reply<T>>;
  /** The only way to change anything in a repository: by a route of the table, with its permissions. */
  write<T>(
    target: WriteTarget,
    route: WriteRoute,
    parameters: Record<string, unknown>,
  ): Promise<Reply<T>>;
  /** The same as the App itself, by its JWT: its installations, its deliveries. */
  requestAsApp<T>(
    stage: StageName,
    route: string,
    parameters?: Record<string, unknown>,
  ): Promise<Reply<T>>;
  /** One GraphQL document; errors become a Fault. */
  graphql<T>(target: Target, document: string, variables: Record<string, unknown>): Promise<T>;
  /**
   * The installation and the ids of a repository known by its name; null when the App is not
   * installed there. The name may be written in any case.
   */
  findRepository(
    stage: StageName,
    name: { readonly owner: string; readonly name: string },
  ): Promise<FoundRepository | null>;
  /** The App's own name and the account it acts as; asked once, at the start. */
  readIdentity(): Promise<AppIdentity>;
  /** The tokens that the App holds now, without the tokens. */
  tokens(): Promise<readonly HeldToken[]>;
  /** Every call so far. */
  requests(): readonly ApiRequest[];
  /** Revoke every token still held. */
  close(): Promise<void>;
}

/** A token of the App, as an inventory may show it. Times in Unix milliseconds. */
export interface HeldToken {
  readonly tokenSha256: string;
  readonly installationId: number;
  /** An id, a name within the installation's account, or null for every repository. */
  readonly repository: number | string | null;
  readonly permissions: Permissions;
  readonly mintedAt: number;
  readonly lastUsedAt: number;
  /** When the App revokes it; GitHub would let it live an hour. */
  readonly dropAt: number;
}

interface Held {
  readonly token: string;
  readonly target: Sought;
  readonly mintedAt: number;
  readonly dropAt: number;
  lastUsedAt: number;
}

/** A token is kept no longer than this and then revoked; GitHub would let it live an hour. */
const tokenKeptMs = 10 * 60_000;
/**
 * Open the edge to GitHub. Tokens are minted by direct request with the App's JWT, for one
 * repository and a fixed set of permissions: the shared cache of auth-app would hand one run's
 * token to another.
 */
export function openGitHub(
  settings: GitHubSettings,
  now: () => number = Date.now,
  requester: Requester = openRequester(settings.restUrl, now),
): GitHub {
  const held = new Map<string, Promise<Held>>();
  const auth = createAppAuth({ appId: settings.appId, privateKey: settings.privateKeyPem });
  const query = withCustomRequest(requester.request);
  const call = <T>(
    stage: StageName,
    token: string | null,
    route: string,
    parameters: Record<string, unknown>,
  ): Promise<Reply<T>> =>
    requester.call(stage, token === null ? null : `Bearer ${token}`, { route, parameters });

  async function mint(target: Sought): Promise<Held> {
    const { token: jwt } = await auth({ type: 'app' });
    const { permissions } = target;
    const { data } = await call<MintAnswer>(
      target.stage,
      jwt,
      'POST /app/installations/{installation_id}/access_tokens',
      {
        installation_id: target.installationId,
        ...placeOf(target),
        permissions,
      },
    );
    const mintedAt = now();
    if (!isAsAsked(data, target) || !isShortLived(data, mintedAt)) {
      await call(target.stage, data.token, 'DELETE /installation/token', {});
      throw new Fault(
        'GITHUB_REFUSED',
        'GitHub minted a token for more than was asked; it was revoked',
      );
    }
    const dropAt = mintedAt + tokenKeptMs;
    return { token: data.token, target, mintedAt, dropAt, lastUsedAt: mintedAt };
  }

  async function tokenFor(target: Sought): Promise<string> {
    const place = JSON.stringify(placeOf(target));
    const key = `${target.installationId}/${place}/${JSON.stringify(target.permissions)}`;
    const before = held.get(key);
    const known = await before;
    if (known && known.dropAt > now()) {
      known.lastUsedAt = now();
      return known.token;
    }
    // Somebody else began while this waited: a second token would be forgotten, and live its hour.
    if (held.get(key) !== before) return tokenFor(target);
    if (known) void revoke(known.token);
    const minted = mint(target);
    held.set(key, minted);
    minted.catch(() => held.delete(key));
    return (await minted).token;
  }

  const revoke = (token: string) =>
    call('broker', token, 'DELETE /installation/token', {}).then(
      () => undefined,
      () => undefined, // already dead, or it dies within the hour
    );

  return {
    request: async (target, route, parameters = {}) => {
      assertReads(route);
      return call(target.stage, await tokenFor(toRead(target)), route, parameters);
    },
    write: async (target, route, parameters) => {
      const sought = { ...target, permissions: permissionsToWrite(route) };
      return call(target.stage, await tokenFor(sought), route, parameters);
    },
    requestAsApp: async (stage, route, parameters = {}) => {
      assertOwn(route);
      return call(stage, (await auth({ type: 'app' })).token, route, parameters);
    },
    graphql: async <T>(target: Target, document: string, variables: Record<string, unknown>) => {
      assertReads(document);
      const authorization = `Bearer ${await tokenFor(toRead(target))}`;
      const { data } = await requester.observe(target.stage, 'POST /graphql', async () => ({
        status: 200,
        data: await query<T>(document, { ...variables, headers: { ...apiVersion, authorization } }),
        headers: {},
      }));
      return data;
    },
    findRepository: async (stage, { owner, name }) => {
      const { token: jwt } = await auth({ type: 'app' });
      const installation = await call<{ id: number }>(
        stage,
        jwt,
        'GET /repos/{owner}/{repo}/installation',
        { owner, repo: name },
      ).catch(asNotThere);
      if (!installation) return null;
      // Nothing but a token for it says its ids; this one is for nothing else.
      const minted = await call<MintAnswer>(
        stage,
        jwt,
        'POST /app/installations/{installation_id}/access_tokens',
        {
          installation_id: installation.data.id,
          repositories: [name],
          permissions: { metadata: 'read' },
        },
      ).catch(asNotThere);
      if (!minted) return null;
      await revoke(minted.data.token);
      return toFound(installation.data.id, minted.data.repositories ?? [], { owner, name });
    },
    readIdentity: async () => {
      const { token: jwt } = await auth({ type: 'app' });
      const app = await call<{ slug: string }>('ingress', jwt, 'GET /app', {});
      const botLogin = `${app.data.slug}[bot]`;
      const user = await call<{ id: number }>('ingress', null, 'GET /users/{username}', {
        username: botLogin,
      });
      return { slug: app.data.slug, botLogin, botId: user.data.id };
    },
    tokens: async () => {
      const all = await Promise.allSettled(held.values());
      return all.flatMap((one) => (one.status === 'fulfilled' ? toHeldToken(one.value) : []));
    },
    requests: requester.requests,
    close: async () => {
      const tokens = await Promise.allSettled(held.values());
      held.clear();
      await Promise.all(
        tokens.map((one) => (one.status === 'fulfilled' ? revoke(one.value.token) : undefined)),
      );
    },
  };
}

/** What a token is asked for. */
type Sought = {
  readonly stage: StageName;
  readonly installationId: number;
  readonly permissions: Permissions;
} & Place;

function toHeldToken({ token, target, ...times }: Held): HeldToken {
  const { installationId, permissions } = target;
  const named = 'repositoryName' in target ? target.repositoryName : null;
  return {
    tokenSha256: sha256(token),
    installationId,
    repository: 'repositoryId' in target ? target.repositoryId : named,
    permissions,
    ...times,
  };
}

function toRead(target: Target): Sought {
  return { ...target, permissions: readings[target.purpose] };
}

interface MintAnswer {
  readonly token: string;
  readonly expires_at: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly repository_selection?: string;
  readonly repositories?: readonly { readonly id: number; readonly name?: string }[];
}

/** Not installed, out of the installation's reach, or suspended. */
function asNotThere(error: unknown): null {
  if (error instanceof GitHubFault && [403, 404, 410, 422].includes(error.status)) return null;
  throw error;
}

/** The part of a mint that says where the token is good. */
function placeOf(target: Place): object {
  if ('repositoryId' in target) return { repository_ids: [target.repositoryId] };
  return 'repositoryName' in target ? { repositories: [target.repositoryName] } : {};
}

/** Exactly the one repository, and no permission that was not asked (metadata:read always comes along). */
function isAsAsked(answer: MintAnswer, target: Sought): boolean {
  return (
    ('everyRepository' in target || isPlace(target, answer)) &&
    Object.entries(answer.permissions).every(
      ([name, level]) =>
        target.permissions[name] === level || (name === 'metadata' && level === 'read'),
    )
  );
}

/** GitHub's tokens live an hour; the minute is for clocks. A date that is none is no bound. */
const lifeMs = 61 * 60_000;

function isShortLived({ expires_at }: MintAnswer, mintedAt: number): boolean {
  return Date.parse(expires_at) <= mintedAt + lifeMs;
}

function isPlace(
  target: Exclude<Place, { readonly everyRepository: true }>,
  { repository_selection, repositories = [] }: MintAnswer,
): boolean {
  const [given] = repositories;
  if (repository_selection !== 'selected' || repositories.length !== 1) return false;
  return 'repositoryId' in target
    ? given?.id === target.repositoryId
    : given?.name?.toLowerCase() === target.repositoryName.toLowerCase();
}
