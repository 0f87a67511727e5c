import { createAppAuth } from '@octokit/auth-app';
import { withCustomRequest } from '@octokit/graphql';
import { sha256 } from '#model/digest.ts';
import { Fault } from '#model/fault.ts';
import type { LiveToken, TokenKeeper } from '#model/live-token.ts';
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
  /** End one token at GitHub; resolves when it is dead, also when GitHub knows it no more. */
  endToken(token: string): Promise<void>;
  /** Let go of every token for a place and end it: of an installation, or one repository in it. */
  dropTokens(place: {
    readonly installationId: number;
    readonly repositoryId?: number;
  }): Promise<void>;
  /** Every call so far. */
  requests(): readonly ApiRequest[];
  /** Revoke every token still held. */
  close(): Promise<void>;
}

/** A token that this process holds, as an inventory may show it. */
export interface HeldToken extends LiveToken {
  readonly lastUsedAt: number;
}

interface Held {
  readonly token: string;
  readonly live: LiveToken;
  lastUsedAt: number;
}

/** Where there is no store: what this process forgets, GitHub ends within the hour. */
const noKeeper: TokenKeeper = {
  keep: async () => undefined,
  forget: async () => undefined,
  owe: async () => undefined,
};

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
  keeper: TokenKeeper = noKeeper,
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
    const isGood = isAsAsked(data, target) && isShortLived(data, mintedAt);
    const live = toLive(data, target, { mintedAt, dropAt: isGood ? mintedAt + tokenKeptMs : 0 });
    // What cannot be kept is not used, and neither outlives this.
    await keeper.keep(live, data.token).catch(async (error: unknown) => {
      await revoke(data.token);
      throw error;
    });
    if (!isGood) {
      await revoke(data.token);
      throw new Fault(
        'GITHUB_REFUSED',
        'GitHub minted a token for more than was asked; it was revoked',
      );
    }
    return { token: data.token, live, lastUsedAt: mintedAt };
  }

  async function tokenFor(target: Sought): Promise<string> {
    const place = JSON.stringify(placeOf(target));
    const key = `${target.installationId}/${place}/${JSON.stringify(target.permissions)}`;
    const before = held.get(key);
    const known = await before;
    if (known && known.live.dropAt > now()) {
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

  /** Ask for a token's end. What is not confirmed is owed, and asked for again by whoever keeps it. */
  const revoke = (token: string) =>
    endAtGitHub(token).then(
      () => keeper.forget(sha256(token)),
      () => keeper.owe(sha256(token)),
    );

  const endAtGitHub = async (token: string) => {
    await call('broker', token, 'DELETE /installation/token', {}).catch((error: unknown) => {
      // GitHub knows it no more: it is dead.
      if (!(error instanceof GitHubFault && error.status === 401)) throw error;
    });
  };

  /** A token that somebody ended meanwhile is held no more: the next call asks for another. */
  const withToken = async <T>(target: Sought, use: (token: string) => Promise<T>): Promise<T> => {
    const token = await tokenFor(target);
    try {
      return await use(token);
    } catch (error) {
      if (error instanceof GitHubFault && error.status === 401)
        await drop((one) => one.token === token);
      throw error;
    }
  };

  const drop = async (isMeant: (one: Held) => boolean): Promise<void> => {
    for (const [key, minting] of [...held]) {
      const one = await minting.catch(() => null);
      if (!one || !isMeant(one) || held.get(key) !== minting) continue;
      held.delete(key);
      await revoke(one.token);
    }
  };

  return {
    request: async (target, route, parameters = {}) => {
      assertReads(route);
      return withToken(toRead(target), (token) => call(target.stage, token, route, parameters));
    },
    write: async (target, route, parameters) => {
      const sought = { ...target, permissions: permissionsToWrite(route) };
      return withToken(sought, (token) => call(target.stage, token, route, parameters));
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
      const { data } = minted;
      const sought: Sought = {
        ...{ stage, installationId: installation.data.id, repositoryName: name },
        permissions: { metadata: 'read' },
      };
      await keeper.keep(toLive(data, sought, { mintedAt: now(), dropAt: 0 }), data.token);
      await revoke(data.token);
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
    endToken: endAtGitHub,
    dropTokens: ({ installationId, repositoryId }) =>
      drop(
        ({ live }) =>
          live.installationId === installationId &&
          (repositoryId === undefined ||
            live.repository === repositoryId ||
            live.repository === null),
      ),
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

function toHeldToken({ live, lastUsedAt }: Held): HeldToken {
  return { ...live, lastUsedAt };
}

function toLive(
  data: MintAnswer,
  target: Sought,
  times: Pick<LiveToken, 'mintedAt' | 'dropAt'>,
): LiveToken {
  const { installationId, permissions } = target;
  const named = 'repositoryName' in target ? target.repositoryName : null;
  const expiresAt = Date.parse(data.expires_at);
  return {
    sha256: sha256(data.token),
    installationId,
    repository: 'repositoryId' in target ? target.repositoryId : named,
    permissions,
    ...times,
    expiresAt: Number.isNaN(expiresAt) ? times.mintedAt + lifeMs : expiresAt,
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
