import { personRoutes } from '#github/permitted.ts';
import type { PersonGitHub } from '#github/person.ts';
import { openPersonGitHub } from '#github/person.ts';
import type { CheckDeps } from '#people/check-people.ts';
import { checkPeople } from '#people/check-people.ts';
import { forgetPerson, onRevoked } from '#people/people.ts';
import type { Edges } from './edges.ts';

/** Where people let the App open pull requests as them. */
export const signInPath = '/attribution';
/** Where GitHub sends them back to: a callback URL of the App. */
export const signInDonePath = `${signInPath}/done`;

/** The tokens of people, wired: GitHub as their client, the store, and what both are for. */
export interface People {
  readonly github: PersonGitHub;
  readonly deps: CheckDeps;
}

/** Null where the operator has not switched it on. */
export function composePeople(
  edges: Pick<Edges, 'settings' | 'requester' | 'people' | 'sealer' | 'now'>,
): People | null {
  const { settings, requester, people: store, sealer, now } = edges;
  const { openAsRequester, publicUrl } = settings;
  if (!openAsRequester) return null;
  const redirectUri = `${publicUrl}${signInDonePath}`;
  const tradeUrl = toTradeUrl(settings);
  const github = openPersonGitHub(requester, { ...openAsRequester, tradeUrl, redirectUri });
  const [openPull] = personRoutes;
  return {
    github,
    deps: {
      now,
      sealer,
      ...github,
      narrow: (token, repository) => github.narrow(token, repository, openPull),
      ...store,
    },
  };
}

/** Codes are traded beside the pages; a GitHub of one's own has them where its API is. */
function toTradeUrl({ restUrl, serverUrl }: Edges['settings']): string {
  return restUrl.endsWith('/api/v3') ? restUrl.slice(0, -'/api/v3'.length) : serverUrl;
}

/** A person took their leave back at GitHub, which tells every App that had it. */
export async function onAuthorizationRevoked(edges: Edges, userId: number): Promise<string> {
  const people = composePeople(edges);
  if (people) return onRevoked(people.deps, userId);
  const ended = await edges.people.end(userId, 'they took it back on GitHub', 'github');
  return ended ? 'what was kept for this person is forgotten' : 'nothing was kept for this person';
}

/** The App was uninstalled somewhere: whoever let it act for them there alone did so for nothing. */
export async function onUninstalled(edges: Edges, installationId: number): Promise<void> {
  for (const userId of await edges.people.leave(installationId))
    await edges.people.end(userId, 'the App was uninstalled', 'github');
}

/** Ask GitHub about those who were not asked about for a while; an outage is for the next time. */
export async function checkEverybody(edges: Edges): Promise<void> {
  const people = composePeople(edges);
  await (people && checkPeople(people.deps))?.catch((error: unknown) =>
    edges.say(`the look at people: ${String(error)}`),
  );
}

/** Forget what ended. Switched off, the App cannot revoke at GitHub; what it held dies with its copy. */
export async function forget(edges: Edges, userId: number): Promise<void> {
  const people = composePeople(edges);
  await (people ? forgetPerson(people.deps, userId) : edges.people.forget(userId));
}
