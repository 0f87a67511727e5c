import type { Schema } from './operation.ts';
import type { RateLimits } from './rate-limit.ts';
import { renderRoot } from './render-root.ts';
import { renderPrivateUser, renderPublicUser } from './render-user.ts';
import { type Call, HttpError, routes } from './route.ts';

/** Accounts, limits, the service itself: what belongs to no repository. */
export function buildMetaRoutes(limits: RateLimits) {
  return routes({
    'users/get-authenticated': {
      method: 'GET',
      path: '/user',
      access: 'user',
      handle: ({ world, principal }) => {
        if (principal.kind !== 'user') throw new HttpError(401, 'Requires authentication');
        return { status: 200, body: renderPrivateUser(world, principal.user) };
      },
    },
    'users/get-by-username': {
      method: 'GET',
      path: '/users/{username}',
      access: 'anyone',
      handle: ({ world, params }) => {
        const user = world.userByLogin(params.username ?? '');
        if (!user) throw new HttpError(404, 'Not Found');
        return { status: 200, body: renderPublicUser(world, user) };
      },
    },
    'rate-limit/get': {
      method: 'GET',
      path: '/rate_limit',
      access: 'anyone',
      handle: (call) => ({ status: 200, body: renderLimits(call, limits) }),
    },
    'meta/get': {
      method: 'GET',
      path: '/meta',
      access: 'anyone',
      handle: () => ({ status: 200, body: renderService() }),
    },
    'meta/root': {
      method: 'GET',
      path: '/',
      access: 'anyone',
      handle: (call) => ({ status: 200, body: renderRoot(call.world) }),
    },
  });
}

function renderLimits({ principal }: Call, limits: RateLimits): Schema<'rate-limit-overview'> {
  const core = limits.read(principal, 'core');
  const search = limits.read(principal, 'search');
  return { resources: { core, graphql: limits.read(principal, 'graphql'), search }, rate: core };
}

/** Everything comes from this machine, and goes no further. */
const LOOPBACK = ['127.0.0.1/32', '::1/128'];

function renderService(): Schema<'api-overview'> {
  return {
    verifiable_password_authentication: false,
    ssh_key_fingerprints: {},
    ssh_keys: [],
    hooks: LOOPBACK,
    web: LOOPBACK,
    api: LOOPBACK,
    git: LOOPBACK,
    packages: [],
    pages: [],
    importer: [],
    actions: LOOPBACK,
    domains: { website: ['github.localhost'] },
  };
}
