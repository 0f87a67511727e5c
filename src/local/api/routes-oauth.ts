import type { App, Installation } from '#local/record/app.ts';
import type { UserToken } from '../oauth/user-grants.ts';
import { canSee } from './access.ts';
import { optionalNumber, optionalText, requiredText } from './field.ts';
import { narrowToken, repositoriesOf } from './narrow-token.ts';
import { digestOf } from './opaque-token.ts';
import type { Reply, Schema } from './operation.ts';
import { paginate } from './paginate.ts';
import { renderInstallation, renderPermissions } from './render-app.ts';
import { renderUserById } from './render-user.ts';
import { type Call, HttpError, type Route, routes } from './route.ts';
import type { TokenRegistry } from './token-registry.ts';

/** What an App does with the tokens by which it acts for people; it signs in by its client secret. */
export function buildOauthRoutes(tokens: TokenRegistry): readonly Route[] {
  return routes({
    'apps/check-token': {
      method: 'POST',
      path: '/applications/{client_id}/token',
      access: 'client',
      handle: (call) => ({ status: 200, body: renderToken(call, ...findToken(call, tokens, 404)) }),
    },
    'apps/delete-token': {
      method: 'DELETE',
      path: '/applications/{client_id}/token',
      access: 'client',
      handle: (call) => {
        const [token] = findToken(call, tokens, 422);
        tokens.grants.revokeToken(token);
        return { status: 204 };
      },
    },
    'apps/delete-authorization': {
      method: 'DELETE',
      path: '/applications/{client_id}/grant',
      access: 'client',
      handle: (call) => {
        const [, found] = findToken(call, tokens, 422);
        tokens.grants.revokeConsent(found);
        return { status: 204 };
      },
    },
    'apps/scope-token': {
      method: 'POST',
      path: '/applications/{client_id}/token/scoped',
      access: 'client',
      handle: (call) => scopeToken(call, tokens),
    },
    'apps/list-installations-for-authenticated-user': {
      method: 'GET',
      path: '/user/installations',
      access: 'user',
      handle: listInstallations,
    },
  });
}

function clientOf({ principal, params }: Call): App {
  if (principal.kind === 'client' && principal.app.clientId === params.client_id)
    return principal.app;
  throw new HttpError(404, 'Not Found');
}

/** A token of this App that is still good. */
function findToken(
  call: Call,
  tokens: TokenRegistry,
  status: 404 | 422,
): readonly [string, UserToken] {
  const app = clientOf(call);
  const token = requiredText(call.body, 'access_token', 1000);
  const found = tokens.grants.find(token);
  if (found?.appId === app.id) return [token, found];
  throw new HttpError(status, status === 404 ? 'Not Found' : 'Validation Failed');
}

/**
 * A token for one account’s repositories and fewer permissions, as long as the one it is made of.
 * Throws 422 for what that one cannot reach.
 */
function scopeToken(call: Call, tokens: TokenRegistry): Reply<'apps/scope-token'> {
  const { world } = call;
  const [token, found] = findToken(call, tokens, 404);
  if (found.narrowed.permissions !== null)
    throw new HttpError(422, 'A scoped token cannot be scoped again.');
  const installation = findTarget(call);
  const user = world.users.get(found.userId);
  const { permissions, repositoryIds } = narrowToken(call, installation);
  const reached = repositoryIds ?? repositoriesOf(world, installation).map(({ id }) => id);
  const isVisible = (id: number) => {
    const repository = world.repositories.get(id);
    return user && repository && canSee(world, repository, { kind: 'user', user });
  };
  const own = found.narrowed.repositoryIds;
  if (!reached.every((id) => isVisible(id) && (own?.includes(id) ?? true)))
    throw new HttpError(422, 'There is at least one repository that the token cannot access.');
  const narrower = tokens.grants.narrow(token, { repositoryIds: reached, permissions });
  const kept = narrower === undefined ? undefined : tokens.grants.find(narrower);
  if (narrower === undefined || !kept) throw new HttpError(404, 'Not Found');
  const body = renderToken(call, narrower, kept);
  return { status: 200, body: { ...body, installation: renderReach(call, installation, kept) } };
}

function findTarget(call: Call): Installation {
  const { world, body } = call;
  const login = optionalText(body, 'target');
  const id = optionalNumber(body, 'target_id') ?? (login && world.userByLogin(login)?.id);
  const app = clientOf(call);
  const found = [...world.installations.values()].find(
    (each) => each.appId === app.id && each.accountId === id && each.suspendedAt === null,
  );
  if (!found) throw new HttpError(422, 'The target has not installed this application.');
  return found;
}

function renderReach(call: Call, installation: Installation, { narrowed }: UserToken) {
  const { repositories_url, single_file_name } = renderInstallation(call.world, installation);
  return {
    permissions: renderPermissions(narrowed.permissions ?? {}),
    repository_selection: 'selected',
    single_file_name,
    repositories_url,
    account: renderUserById(call.world, installation.accountId),
  } satisfies NonNullable<Schema<'authorization'>['installation']>;
}

/** `authorization`. */
function renderToken({ world, principal }: Call, token: string, kept: UserToken) {
  const app = principal.kind === 'client' ? principal.app : undefined;
  const at = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`;
  return {
    id: kept.createdAt,
    url: `${world.urls.rest}/authorizations/${kept.createdAt}`,
    scopes: [],
    token,
    token_last_eight: kept.lastEight,
    hashed_token: digestOf(token),
    app: {
      client_id: app?.clientId ?? '',
      name: app?.name ?? '',
      url: `${world.urls.server}/apps/${app?.slug}`,
    },
    note: null,
    note_url: null,
    updated_at: at(kept.createdAt),
    created_at: at(kept.createdAt),
    fingerprint: null,
    user: renderUserById(world, kept.userId),
    expires_at: at(kept.expiresAt),
  } satisfies Schema<'authorization'>;
}

/** Where the App is installed and the person sees at least one repository, or owns the account. */
function listInstallations(call: Call): Reply<'apps/list-installations-for-authenticated-user'> {
  const { principal, world } = call;
  const via = principal.kind === 'user' ? principal.via : undefined;
  if (principal.kind !== 'user' || !via)
    throw new HttpError(
      403,
      'You must authenticate with an access token authorized to a GitHub App',
    );
  const found = [...world.installations.values()].filter(
    (each) =>
      each.appId === via.app.id &&
      (each.accountId === principal.user.id ||
        repositoriesOf(world, each).some(
          (repository) => world.roleOf(repository, principal.user.id) !== 'none',
        )),
  );
  return paginate(
    call,
    found,
    (each) => renderInstallation(world, each),
    (page, total) => ({ total_count: total, installations: page }),
  );
}
