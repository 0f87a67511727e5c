import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App } from '#local/record/app.ts';
import { isSecretOf } from '../api/identity.ts';
import { BODY_BYTES_MAX, readBody } from '../api/read-body.ts';
import type { TokenRegistry } from '../api/token-registry.ts';
import type { World } from '../world.ts';
import { REFRESH_SECONDS, TOKEN_SECONDS, type TokenPair } from './user-grants.ts';

export interface AccessTokenParts {
  readonly world: World;
  readonly tokens: TokenRegistry;
}

/** GitHub's errors of this address, which are answered with 200. */
const ERRORS = {
  incorrect_client_credentials: 'The client_id and/or client_secret passed are incorrect.',
  redirect_uri_mismatch:
    'The redirect_uri MUST match the registered callback URL for this application.',
  bad_verification_code: 'The code passed is incorrect or expired.',
  bad_refresh_token: 'The refresh token passed is incorrect or expired.',
  unsupported_grant_type: 'The grant type must be refresh_token, or left out with a code.',
} as const;
type Trouble = keyof typeof ERRORS;

const HELP =
  'https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors';

/**
 * `POST /login/oauth/access_token`: trade a code or a refresh token for a token. Parameters come as
 * query, form or JSON; the answer is a form, or JSON for who accepts that.
 *
 * Source  docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens
 */
export async function serveAccessToken(
  { world, tokens }: AccessTokenParts,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (request.method !== 'POST') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('Not Found\n');
    return;
  }
  const given = await readParameters(request, url);
  const granted = trade(world, tokens, given);
  const body =
    typeof granted === 'string'
      ? { error: granted, error_description: ERRORS[granted], error_uri: HELP }
      : {
          access_token: granted.token,
          expires_in: TOKEN_SECONDS,
          refresh_token: granted.refreshToken,
          refresh_token_expires_in: REFRESH_SECONDS,
          token_type: 'bearer',
          scope: '',
        };
  const isJson = (request.headers.accept ?? '').includes('json');
  const type = isJson ? 'application/json' : 'application/x-www-form-urlencoded';
  const pairs = Object.entries(body).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  response
    .writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' })
    .end(isJson ? JSON.stringify(body) : new URLSearchParams(pairs).toString());
}

function trade(world: World, tokens: TokenRegistry, given: URLSearchParams): TokenPair | Trouble {
  const clientId = given.get('client_id');
  const app = [...world.apps.values()].find((each) => each.clientId === clientId);
  if (!app || !isSecretOf(app, given.get('client_secret') ?? ''))
    return 'incorrect_client_credentials';
  const kind = given.get('grant_type');
  if (kind === 'refresh_token')
    return tokens.grants.refresh(app.id, given.get('refresh_token') ?? '') ?? 'bad_refresh_token';
  if (kind !== null && kind !== 'authorization_code') return 'unsupported_grant_type';
  return redeem(world, tokens, app, given);
}

function redeem(
  world: World,
  tokens: TokenRegistry,
  app: App,
  given: URLSearchParams,
): TokenPair | Trouble {
  const redirectUri = given.get('redirect_uri');
  if (redirectUri !== null && !(app.callbackUrls ?? []).includes(redirectUri))
    return 'redirect_uri_mismatch';
  const terms = tokens.grants.redeem(given.get('code') ?? '');
  if (terms?.appId !== app.id) return 'bad_verification_code';
  if (redirectUri !== null && redirectUri !== terms.redirectUri) return 'redirect_uri_mismatch';
  if (terms.challenge !== null && terms.challenge !== challengeOf(given.get('code_verifier')))
    return 'bad_verification_code';
  // As documented, a repository that cannot be reached is ignored rather than refused.
  const repository = world.repositories.get(Number(given.get('repository_id')));
  return tokens.grants.mint(terms, repository ? [repository.id] : null);
}

/** RFC 7636 §4.6, S256. */
function challengeOf(verifier: string | null): string {
  return createHash('sha256')
    .update(verifier ?? '')
    .digest('base64url');
}

async function readParameters(request: IncomingMessage, url: URL): Promise<URLSearchParams> {
  const all = new URLSearchParams(url.search);
  const text = (await readBody(request, BODY_BYTES_MAX)).toString('utf8');
  const isJson = (request.headers['content-type'] ?? '').includes('json');
  const fields = isJson ? fieldsOf(text) : [...new URLSearchParams(text)];
  for (const [name, value] of fields) all.set(name, value);
  return all;
}

function fieldsOf(text: string): readonly (readonly [string, string])[] {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).map(([name, each]) => [name, String(each)] as const);
  } catch {
    return [];
  }
}
