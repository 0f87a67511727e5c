import type { Installation } from '#github/delivery-log.ts';
import type { Identity } from '#model/inventory.ts';
import type { LiveToken } from '#model/live-token.ts';
import type { Edges } from './edges.ts';
import { digestPrefix } from './inventory-record.ts';
import { sealingKeyFile } from './sealing-key.ts';

const operator = 'the operator of this App';

/** The App itself, as which everything else is asked for. */
export function toAppIdentity({
  settings,
  identity,
}: Pick<Edges, 'settings' | 'identity'>): Identity {
  return {
    kind: 'app',
    id: String(settings.appId),
    name: identity.botLogin,
    owner: operator,
    purpose: 'decide, start runs, publish their proof, and judge reviews',
    scope: 'the permissions of app.yml, in the repositories it is installed on',
    holder: `this process, at ${settings.publicUrl}`,
    state: 'live',
    since: null,
    lastUsedAt: null,
    expiresAt: null,
    scopeKey: 'app',
    revoke: `sallyport pause --all; then delete its private keys or the App, from ${settings.serverUrl}/apps/${identity.slug}`,
  };
}

/** The App on one account. */
export function toInstallationIdentity(
  { id, account, isSuspended, createdAt, reach }: Installation,
  lastUsedAt: string | null,
): Identity {
  return {
    kind: 'installation',
    id: String(id),
    name: `Installation on ${account || 'a deleted account'}`,
    owner: account || 'a deleted account',
    purpose: 'lets the App work in the repositories of this account',
    scope: `${reach} repositories`,
    holder: 'the App',
    state: isSuspended ? 'suspended' : 'live',
    since: createdAt,
    lastUsedAt,
    expiresAt: null,
    scopeKey: `installation:${id}`,
    revoke: `sallyport revoke installation ${id}; the account suspends or uninstalls the App`,
  };
}

/** One of the App's own short tokens. */
export function toTokenIdentity(
  token: LiveToken & { readonly lastUsedAt: number | null; readonly attempts: number },
  accounts: ReadonlyMap<number, string>,
): Identity {
  const permissions = Object.entries(token.permissions).map(([name, level]) => `${name}:${level}`);
  const writes = permissions.filter((one) => one.endsWith(':write')).join(' ');
  return {
    kind: 'token',
    id: digestPrefix(token.sha256),
    name: `Installation token ${writes || 'for reading'}`,
    owner: accounts.get(token.installationId) ?? `installation ${token.installationId}`,
    purpose: writes ? `the App’s own writes: ${writes}` : 'the App’s own reading',
    scope: `${sayPlace(token.repository)}: ${permissions.join(', ')}`,
    holder: sayHolder(token),
    state: token.attempts > 0 ? 'unconfirmed' : 'live',
    since: new Date(token.mintedAt).toISOString(),
    lastUsedAt: token.lastUsedAt === null ? null : new Date(token.lastUsedAt).toISOString(),
    expiresAt: new Date(token.attempts > 0 ? token.expiresAt : token.dropAt).toISOString(),
    scopeKey: `installation:${token.installationId}`,
    revoke: `sallyport revoke installation ${token.installationId}`,
  };
}

function sayHolder(token: {
  readonly lastUsedAt: number | null;
  readonly attempts: number;
}): string {
  if (token.attempts > 0) return `nobody; its end was asked for ${token.attempts} times`;
  return token.lastUsedAt === null
    ? 'another process of the App, or one that died'
    : 'this process; it never leaves the App';
}

function sayPlace(repository: number | string | null): string {
  if (repository === null) return 'every repository of the installation';
  return typeof repository === 'number' ? `repository ${repository}` : `repository ${repository}`;
}

/** When credentials were used last, as far as the record tells. RFC 3339. */
export interface CredentialUses {
  readonly webhook: string | null;
  readonly evidence: string | null;
  readonly mint: string | null;
  readonly sources: ReadonlyMap<string, string>;
}

/** What the App was given to prove who it is, or who others are: names, never values. */
export function listCredentials(
  { settings, signingKey }: Pick<Edges, 'settings' | 'signingKey'>,
  uses: CredentialUses,
): readonly Identity[] {
  const { webhookSecretPrevious, dashboardPassword, databaseUrl, openAsRequester, sources } =
    settings;
  const all = [
    credential(
      'PRIVATE_KEY',
      'sign as the App',
      'mints tokens of its installations',
      uses.mint,
      'delete the key on the App’s page at GitHub, and set a new one',
    ),
    credential(
      'WEBHOOK_SECRET',
      'know GitHub’s deliveries',
      'POST /api/github/webhooks',
      uses.webhook,
      'change it at GitHub and here, with WEBHOOK_SECRET_PREVIOUS meanwhile',
    ),
    webhookSecretPrevious
      ? credential(
          'WEBHOOK_SECRET_PREVIOUS',
          'know deliveries signed before a rotation',
          'POST /api/github/webhooks',
          null,
          'unset it',
        )
      : null,
    credential(
      'evidence-key.pem',
      `sign evidence, as ${signingKey.keyid.slice(0, 12)}`,
      'statements about pull requests',
      uses.evidence,
      'remove it from the App’s folder; a new one is made, and what was signed still verifies with the public key',
    ),
    openAsRequester
      ? credential(
          'CLIENT_SECRET',
          'know people who let the App act for them, as a client of GitHub’s sign-in',
          `POST ${settings.serverUrl}/login/oauth/access_token, /applications/…/token`,
          null,
          'delete it on the App’s page at GitHub, and set a new one',
        )
      : null,
    credential(
      sealingKeyFile,
      'encrypt what has to be kept and used again',
      'tokens of people, sign-ins under way',
      null,
      'remove it from the App’s folder; people sign in again',
    ),
    dashboardPassword === null
      ? null
      : credential(
          'SALLYPORT_DASHBOARD_PASSWORD',
          'let operators see the pages and pause',
          'pages, /v1/pauses, /v1/inventory',
          null,
          'set another one',
        ),
    databaseUrl === null
      ? null
      : credential(
          'DATABASE_URL',
          'open the database',
          'the App’s own tables',
          null,
          'change the role’s password in PostgreSQL',
        ),
    ...sources.map(({ name, kind, owner, repository }) =>
      credential(
        `source ${name}`,
        `know what ${kind} sends`,
        `issues of ${owner}/${repository}`,
        uses.sources.get(name) ?? null,
        'take the source out of SALLYPORT_SOURCES, and change the secret at its sender',
      ),
    ),
  ];
  return all.filter((one) => one !== null);
}

function credential(
  name: string,
  purpose: string,
  scope: string,
  lastUsedAt: string | null,
  revoke: string,
): Identity {
  return {
    kind: 'credential',
    id: name,
    name,
    owner: operator,
    purpose,
    scope,
    holder: 'the App',
    state: 'live',
    since: null,
    lastUsedAt,
    expiresAt: null,
    revoke,
    scopeKey: null,
  };
}
