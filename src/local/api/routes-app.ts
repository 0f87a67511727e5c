import type { Installation } from '#local/record/app.ts';
import { hasPermission, isWithinReach } from './access.ts';
import { numberParam } from './field.ts';
import { narrowToken, repositoriesOf } from './narrow-token.ts';
import type { Reply } from './operation.ts';
import { paginate } from './paginate.ts';
import { renderApp, renderInstallation, renderPermissions } from './render-app.ts';
import { renderRepository } from './render-repository.ts';
import { renderUserById } from './render-user.ts';
import { type Call, HttpError, type Route, routes } from './route.ts';
import { repositoryOf } from './serve-api.ts';
import type { TokenRegistry } from './token-registry.ts';

/** An App as such: itself, its installations, its tokens. */
export function buildAppRoutes(tokens: TokenRegistry): readonly Route[] {
  return routes({
    'apps/get-authenticated': {
      method: 'GET',
      path: '/app',
      access: 'app-jwt',
      handle: (call) => ({ status: 200, body: renderApp(call.world, appOf(call)) }),
    },
    'apps/get-installation': {
      method: 'GET',
      path: '/app/installations/{installation_id}',
      access: 'app-jwt',
      handle: (call) => ({
        status: 200,
        body: renderInstallation(call.world, findInstallation(call)),
      }),
    },
    'apps/get-repo-installation': {
      method: 'GET',
      path: '/repos/{owner}/{repo}/installation',
      access: 'app-jwt',
      handle: (call) => {
        const { id, ownerId } = repositoryOf(call);
        const installation = [...call.world.installations.values()].find(
          (each) =>
            each.appId === appOf(call).id &&
            each.accountId === ownerId &&
            (each.repositoryIds?.includes(id) ?? true),
        );
        if (!installation) throw new HttpError(404, 'Not Found');
        return { status: 200, body: renderInstallation(call.world, installation) };
      },
    },
    'apps/revoke-installation-access-token': {
      method: 'DELETE',
      path: '/installation/token',
      access: 'any-token',
      handle: ({ principal }) => {
        if (principal.kind !== 'installation')
          throw new HttpError(403, 'Resource not accessible by integration');
        tokens.revoke(principal.token);
        return { status: 204 };
      },
    },
    'apps/list-installations': {
      method: 'GET',
      path: '/app/installations',
      access: 'app-jwt',
      handle: (call) => {
        const own = [...call.world.installations.values()].filter(
          (each) => each.appId === appOf(call).id,
        );
        return paginate(call, own, (each) => renderListed(call, each));
      },
    },
    'apps/create-installation-access-token': {
      method: 'POST',
      path: '/app/installations/{installation_id}/access_tokens',
      access: 'app-jwt',
      handle: (call) => mintToken(call, tokens),
    },
    'apps/list-repos-accessible-to-installation': {
      method: 'GET',
      path: '/installation/repositories',
      access: 'any-token',
      handle: listRepositories,
    },
  });
}

/**
 * An installation in a list. There GitHub's description asks for a person's account and an
 * enterprise's in one, so it has the fields of both.
 */
function renderListed(call: Call, installation: Installation) {
  const account = renderUserById(call.world, installation.accountId);
  return {
    ...renderInstallation(call.world, installation),
    account: {
      ...account,
      name: account.login,
      slug: account.login,
      description: null,
      website_url: null,
      created_at: null,
      updated_at: null,
    },
  };
}

/** The App that signed in. Throws 401 for anyone else. */
export function appOf(call: Call) {
  if (call.principal.kind === 'app') return call.principal.app;
  throw new HttpError(401, 'A JSON web token could not be decoded');
}

function findInstallation(call: Call): Installation {
  const installation = call.world.installations.get(numberParam(call.params, 'installation_id'));
  if (installation?.appId !== appOf(call).id) throw new HttpError(404, 'Not Found');
  return installation;
}

function mintToken(
  call: Call,
  tokens: TokenRegistry,
): Reply<'apps/create-installation-access-token'> {
  const app = appOf(call);
  const installation = findInstallation(call);
  if (installation.suspendedAt !== null)
    throw new HttpError(403, 'This installation has been suspended');
  const scope = narrowToken(call, installation);
  const { token, expiresAt } = tokens.mintInstallation(
    app,
    installation,
    scope,
    // While both forms live, a caller may ask for the older one.
    call.headers['x-github-stateless-s2s-token'] === 'disabled' ? 'short' : 'stateless',
  );
  const chosen = repositoriesOf(call.world, installation).filter((each) =>
    scope.repositoryIds?.includes(each.id),
  );
  return {
    status: 201,
    body: {
      token,
      expires_at: `${expiresAt.toISOString().slice(0, 19)}Z`,
      permissions: renderPermissions(scope.permissions),
      repository_selection: scope.repositoryIds || installation.repositoryIds ? 'selected' : 'all',
      ...(scope.repositoryIds
        ? { repositories: chosen.map((each) => renderRepository(call.world, each)) }
        : {}),
    },
  };
}

function listRepositories(call: Call): Reply<'apps/list-repos-accessible-to-installation'> {
  const { principal, world } = call;
  if (principal.kind !== 'installation' || !hasPermission(principal, 'metadata:read'))
    throw new HttpError(403, 'Resource not accessible by integration');
  const own = [...world.repositories.values()].filter((each) => isWithinReach(each, principal));
  return paginate(
    call,
    own,
    (each) => renderRepository(world, each),
    (page, total) => ({
      total_count: total,
      repository_selection:
        principal.repositoryIds || principal.installation.repositoryIds ? 'selected' : 'all',
      repositories: page,
    }),
  );
}
