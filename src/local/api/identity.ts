import type { User } from '#local/record/account.ts';
import type { App } from '#local/record/app.ts';
import type { Principal } from '#local/record/principal.ts';
import type { World } from '../world.ts';
import { verifyAppJwt } from './app-jwt.ts';
import { REST_DOCUMENTATION } from './documentation.ts';
import { digestOf } from './opaque-token.ts';
import { HttpError } from './route.ts';
import type { TokenRegistry } from './token-registry.ts';

/** Longer than any credential of GitHub's; what is longer is not one. */
const CREDENTIAL_CHARS_MAX = 4096;

/**
 * Who calls, from the Authorization header. Accepts `token`, `Bearer` and `Basic` in any case.
 * Throws 401 for a credential that is not good, 403 for a suspended installation.
 */
export async function identify(
  world: World,
  tokens: TokenRegistry,
  authorization: string | undefined,
): Promise<Principal> {
  if (authorization === undefined || authorization === '') return { kind: 'anonymous' };
  const client = findClient(world, authorization);
  if (client) return { kind: 'client', app: client };
  const credential = readCredential(authorization);
  if (credential === undefined) throw badCredentials();
  // Installation tokens hold two dots as well: only the first letters tell a JWT.
  if (credential.startsWith('eyJ')) {
    return { kind: 'app', app: await verifyAppJwt(world, credential) };
  }
  const principal = tokens.find(world, credential);
  if (!principal) throw badCredentials();
  return principal;
}

/** An App by client id and client secret, as Basic; undefined for every other header. */
function findClient(world: World, authorization: string): App | undefined {
  const [, encoded = ''] = /^basic\s+(\S{1,400})\s*$/i.exec(authorization) ?? [];
  const [clientId, secret = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  const app = [...world.apps.values()].find((each) => each.clientId === clientId);
  return app && isSecretOf(app, secret) ? app : undefined;
}

/** Whether this is the client secret of the App. */
export function isSecretOf(app: App, secret: string): boolean {
  return app.clientSecretSha256 !== undefined && app.clientSecretSha256 === digestOf(secret);
}

function badCredentials(): HttpError {
  const error = new HttpError(401, 'Bad credentials');
  error.documentationUrl = REST_DOCUMENTATION;
  return error;
}

function readCredential(authorization: string): string | undefined {
  if (authorization.length > CREDENTIAL_CHARS_MAX) return undefined;
  const [, scheme = '', rest = ''] = /^(\S+)\s+(\S+)\s*$/.exec(authorization) ?? [];
  if (/^(token|bearer)$/i.test(scheme)) return rest;
  if (!/^basic$/i.test(scheme)) return undefined;
  const pair = Buffer.from(rest, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0) return undefined;
  const password = pair.slice(colon + 1);
  // git's older habit: the token as user name, with a fixed password or none.
  return password === '' || password === 'x-oauth-basic' ? pair.slice(0, colon) : password;
}

/** The account that a principal acts as. Throws 401 for no one, 403 for an App as such. */
export function actorOf(principal: Principal): User {
  switch (principal.kind) {
    case 'user':
      return principal.user;
    case 'installation':
    case 'job':
      return principal.bot;
    case 'app':
    case 'client':
      throw new HttpError(403, 'Resource not accessible by integration');
    case 'anonymous':
      throw new HttpError(401, 'Requires authentication');
  }
}
