import { sha256 } from '#model/digest.ts';

/** What the browser is sent to GitHub with. */
export interface SignIn {
  /** GitHub's address for people. */
  readonly serverUrl: string;
  readonly clientId: string;
  /** One of the App's callback URLs, exactly. */
  readonly redirectUri: string;
  /** What comes back has to carry it: 43 random characters, for this browser alone. */
  readonly state: string;
  /** Of PKCE: kept here, while GitHub gets its hash. */
  readonly verifier: string;
}

/**
 * GitHub's page of consent, for one browser.
 *
 * Source  docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app;
 *         RFC 7636 §4.2 (S256)
 */
export function authorizeUrl({
  serverUrl,
  clientId,
  redirectUri,
  state,
  verifier,
}: SignIn): string {
  const challenge = Buffer.from(sha256(verifier), 'hex').toString('base64url');
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    allow_signup: 'false',
  });
  return `${serverUrl}/login/oauth/authorize?${query}`;
}
