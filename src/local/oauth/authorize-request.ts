import type { App } from '#local/record/app.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { World } from '../world.ts';

/** What an App asks a person for, by the address it sends the browser to. */
export interface AuthorizeRequest {
  readonly app: App;
  readonly redirectUri: string;
  readonly state: string | null;
  /** The S256 challenge of PKCE; null when the App sent none. */
  readonly challenge: string | null;
}

/** How long a state may be; it comes back in an address. */
const STATE_CHARS_MAX = 2000;

/**
 * Read the query of `/login/oauth/authorize`. Nothing is sent anywhere for an address that the App
 * has not named as its callback, so what is wrong is said on a page.
 *
 * Source  docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
 */
export function readAuthorizeRequest(
  world: World,
  query: URLSearchParams,
): Result<AuthorizeRequest, string> {
  const app = [...world.apps.values()].find((each) => each.clientId === query.get('client_id'));
  if (!app) return refuse('There is no such App.');
  const callbacks = app.callbackUrls ?? [];
  const redirectUri = query.get('redirect_uri') ?? callbacks[0];
  if (redirectUri === undefined || !callbacks.includes(redirectUri)) {
    return refuse('The redirect_uri is not associated with this application.');
  }
  const challenge = query.get('code_challenge');
  const method = query.get('code_challenge_method');
  const isPlain = challenge === null && method === null;
  const isHashed = /^[\w-]{43}$/.test(challenge ?? '') && method === 'S256';
  if (!isPlain && !isHashed) {
    return refuse('The code_challenge is a SHA-256 hash in 43 characters, with the method S256.');
  }
  const state = query.get('state');
  if ((state?.length ?? 0) > STATE_CHARS_MAX) return refuse('The state is too long.');
  return ok({ app, redirectUri, state, challenge });
}
