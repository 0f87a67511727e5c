import type { Identity } from '#model/inventory.ts';
import type { KeptPerson } from '#model/person.ts';
import type { Settings } from '../settings.ts';
import { digestPrefix } from './inventory-record.ts';
import { signInPath } from './people.ts';

/** A person's leave as an identity: what the App may do in their name. Never a token's value. */
export function toPersonIdentity(
  person: KeptPerson,
  { publicUrl, serverUrl }: Pick<Settings, 'publicUrl' | 'serverUrl'>,
  now: Date,
): Identity {
  const { account, installations, because } = person;
  const state = stateOf(person, now);
  const where =
    installations.length === 1 ? '1 installation' : `${installations.length} installations`;
  return {
    kind: 'person',
    id: digestPrefix(person.tokenSha256),
    name: `The App as ${account.login}`,
    owner: account.login,
    purpose: 'open pull requests of work that this person asked for',
    scope: `${where}; narrowed to one repository and pull_requests:write before each use`,
    holder: 'the App, encrypted with sealing.key',
    state,
    since: person.signedInAt.toISOString(),
    lastUsedAt: person.lastUsedAt?.toISOString() ?? null,
    expiresAt: person.refreshExpiresAt.toISOString(),
    scopeKey: state === 'live' ? `person:${account.id}` : null,
    revoke:
      state === 'live'
        ? `${account.login} at ${publicUrl}${signInPath} or ${serverUrl}/settings/apps/authorizations; sallyport people forget ${account.id}`
        : `dead: ${because ?? 'it was not renewed in time'}`,
  };
}

function stateOf(
  { endedAt, refreshExpiresAt }: KeptPerson,
  now: Date,
): 'live' | 'expired' | 'revoked' {
  if (endedAt !== null) return 'revoked';
  return refreshExpiresAt <= now ? 'expired' : 'live';
}
