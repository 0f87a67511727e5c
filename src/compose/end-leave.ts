import type { Leave, LeaveEnd } from '#model/leave.ts';
import type { KeptPerson } from '#model/person.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import { openToken } from '#people/people.ts';
import type { Edges } from './edges.ts';
import { digestPrefix } from './inventory-record.ts';
import { composePeople, forget } from './people.ts';

/** Everybody who let the App act for them, whoever lives first; of a token only its digest's start. */
export async function listLeaves({ people, now }: Edges): Promise<readonly Leave[]> {
  const at = now();
  return (await people.list()).map((person) => toLeave(person, at));
}

/**
 * The one leave that somebody names by an account's id or its login, if it has not ended.
 *
 * Fails  with a sentence; also when a login was taken over by another account, and both have one.
 */
export async function findLeave(
  { people }: Pick<Edges, 'people'>,
  who: string,
): Promise<Result<KeptPerson, string>> {
  const byId = /^[1-9]\d{0,15}$/.test(who) ? await people.find(Number(who)) : undefined;
  if (byId && byId.endedAt === null) return ok(byId);
  const [first, ...others] = await people.listByLogin(who);
  if (!first)
    return refuse(
      `expected the login or the account id of a person who lets this App act for them, got ${who.slice(0, 100)}`,
    );
  return others.length === 0
    ? ok(first)
    : refuse(
        `expected an account id, since ${others.length + 1} people were called ${who}: ${[first, ...others].map(({ account }) => account.id).join(', ')}`,
      );
}

/**
 * End what a person let the App do: recorded, then taken back at GitHub and forgotten here before it
 * is answered. While GitHub is away a job goes on asking. Null when it had ended by then.
 */
export async function endLeave(
  edges: Edges,
  person: KeptPerson,
  because: string,
): Promise<LeaveEnd | null> {
  const { account } = person;
  if (!(await edges.people.end(account.id, because, 'operator'))) return null;
  const mayTell = composePeople(edges) !== null && openToken(person, edges) !== null;
  const told = await forget(edges, account.id).then(
    () => true,
    (error: unknown) => {
      edges.say(`what ${account.login} let this App do: ${String(error)}`);
      return false;
    },
  );
  const atGitHub = told ? 'revoked' : 'pending';
  return { id: account.id, login: account.login, atGitHub: mayTell ? atGitHub : 'out_of_reach' };
}

function toLeave(person: KeptPerson, now: Date): Leave {
  const { account, installations, because, endedAt, refreshExpiresAt } = person;
  const isOver = refreshExpiresAt <= now;
  return {
    id: account.id,
    login: account.login,
    state: endedAt === null ? (isOver ? 'expired' : 'live') : 'ended',
    token: digestPrefix(person.tokenSha256),
    isKept: person.tokenSealed !== null,
    installations: [...installations],
    since: person.signedInAt.toISOString(),
    lastUsedAt: person.lastUsedAt?.toISOString() ?? null,
    expiresAt: refreshExpiresAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    because,
  };
}
