import { sha256 } from '#model/digest.ts';
import { Fault } from '#model/fault.ts';
import type { KeptPerson, Person, TokenPair } from '#model/person.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Sealer } from '#model/seal.ts';
import type { Account, RepositoryRef } from '#model/snapshot.ts';

/** What the tokens of people need outside. A refusal is GitHub's; an outage is thrown. */
export interface PeopleDeps {
  readonly now: () => Date;
  readonly sealer: Sealer;
  /** A code, with the verifier it was asked for with, against tokens. */
  readonly trade: (code: string, verifier: string) => Promise<Result<TokenPair, string>>;
  readonly refresh: (refreshToken: string) => Promise<Result<TokenPair, string>>;
  /** Whose token it is, and which installations they reach; null when it works no more. */
  readonly readPerson: (
    token: string,
  ) => Promise<{ readonly account: Account; readonly installations: readonly number[] } | null>;
  /** A token of the same person for one repository's pull requests alone. */
  readonly narrow: (token: string, repository: RepositoryRef) => Promise<Result<string, string>>;
  readonly revokeToken: (token: string) => Promise<void>;
  /** End everything that the person let the App do, on GitHub. */
  readonly revokeGrant: (token: string) => Promise<void>;
  readonly find: (userId: number) => Promise<KeptPerson | undefined>;
  readonly keep: (person: Person) => Promise<void>;
  /** True for one at a time: a refresh token works once. Recorded before it is used. */
  readonly claim: (userId: number) => Promise<boolean>;
  /** False when it ended meanwhile: what is kept then is there to be revoked. */
  readonly renew: (person: Person) => Promise<boolean>;
  readonly noteUse: (userId: number) => Promise<void>;
  /** Record the end, and have what is left forgotten; false when there was nothing to end. */
  readonly end: (userId: number, because: string, actor: string) => Promise<boolean>;
  readonly forget: (userId: number) => Promise<void>;
}

/** What came back from GitHub, and what it was asked for. */
export interface Return {
  readonly code: string;
  readonly verifier: string;
  /** `begin` lets the App act for the person from now on, `end` takes that back. */
  readonly intent: 'begin' | 'end';
}

/** A token that is about to expire is renewed first: the work must not end in between. */
const renewedBeforeMs = 5 * 60_000;

/**
 * Finish a sign-in. To end it is to sign in once more: nobody but the person can.
 *
 * Fails  with a sentence for the page; what GitHub gave until then is taken back.
 */
export async function finishSignIn(
  deps: PeopleDeps,
  { code, verifier, intent }: Return,
): Promise<Result<Account, string>> {
  const pair = await deps.trade(code, verifier);
  if (!pair.ok) return pair;
  const { token } = pair.value;
  const read = await deps.readPerson(token);
  if (!read) return refuse('GitHub does not know the token that it just gave. Begin again.');
  const { account, installations } = read;
  if (intent === 'end') {
    await deps.end(account.id, `${account.login} took it back`, actorOf(account));
    await deps.revokeGrant(token);
    return ok(account);
  }
  if (installations.length === 0) {
    await deps.revokeGrant(token);
    return refuse(`This App is installed nowhere that ${account.login} works. Nothing was kept.`);
  }
  const before = await deps.find(account.id);
  await deps.keep(toPerson(pair.value, account, installations, deps));
  const old = before && !before.endedAt && openToken(before, deps);
  if (old) await deps.revokeToken(old);
  return ok(account);
}

/** Where a pull request is to be opened. */
export interface Place {
  readonly installationId: number;
  readonly repository: RepositoryRef;
}

/** Whether the App may act for this person there, as far as is known without asking GitHub. */
export async function findLeave(
  { find }: Pick<PeopleDeps, 'find'>,
  account: Account,
  { installationId }: Pick<Place, 'installationId'>,
): Promise<Result<KeptPerson, string>> {
  const found = await find(account.id);
  if (!found) return refuse(`${account.login} has not signed in`);
  if (found.endedAt) return refuse(sayEnd(found));
  return found.installations.includes(installationId)
    ? ok(found)
    : refuse(`${account.login} signed in before this App was installed here`);
}

/**
 * A token that opens a pull request in one repository as this person, or why there is none. Whoever
 * gets it revokes it when it was used.
 */
export async function lendToken(
  deps: PeopleDeps,
  account: Account,
  place: Place,
): Promise<Result<string, string>> {
  const found = await findLeave(deps, account, place);
  if (!found.ok) return found;
  const token = await freshToken(found.value, deps);
  if (!token.ok) return token;
  const narrow = await deps.narrow(token.value, place.repository);
  if (narrow.ok) {
    await deps.noteUse(account.id);
    return narrow;
  }
  return (await deps.readPerson(token.value))
    ? refuse(`GitHub lends nothing of ${account.login} for this repository: ${narrow.refusal}`)
    : lose(found.value, `${account.login} took it back on GitHub`, deps);
}

/** GitHub says that a person took their leave back; a late delivery says so of a leave since renewed. */
export async function onRevoked(deps: PeopleDeps, userId: number): Promise<string> {
  const found = await deps.find(userId);
  if (!found || found.endedAt) return 'nothing was kept for this person';
  const token = openToken(found, deps);
  if (token !== null && found.tokenExpiresAt > deps.now() && (await deps.readPerson(token))) {
    return 'the person has let the App act for them since';
  }
  await deps.end(userId, `${found.account.login} took it back on GitHub`, 'github');
  return 'what was kept for this person is forgotten';
}

/**
 * Take back at GitHub what ended here, and forget it. A token that expired is renewed for that: the
 * refresh token would live for months.
 */
export async function forgetPerson(deps: PeopleDeps, userId: number): Promise<void> {
  const found = await deps.find(userId);
  if (!found?.endedAt || found.tokenSealed === null) return;
  const live =
    found.tokenExpiresAt > deps.now() ? openToken(found, deps) : await lastToken(found, deps);
  if (live !== null) await deps.revokeGrant(live);
  await deps.forget(userId);
}

async function lastToken(found: KeptPerson, deps: PeopleDeps): Promise<string | null> {
  const refreshToken = openRefresh(found, deps);
  if (refreshToken === null || found.refreshExpiresAt <= deps.now()) return null;
  const pair = await claimRefresh(found, refreshToken, deps);
  if (!pair.ok) return null;
  // Kept before it is revoked: GitHub may be away by then, and the refresh token is spent.
  await deps.renew(toPerson(pair.value, found.account, found.installations, deps));
  return pair.value.token;
}

/** A refresh token works once, so one at a time uses it; the others come back. */
async function claimRefresh(
  { account }: KeptPerson,
  refreshToken: string,
  deps: PeopleDeps,
): Promise<Result<TokenPair, string>> {
  if (await deps.claim(account.id)) return deps.refresh(refreshToken);
  throw new Fault('GITHUB_UNAVAILABLE', `the token of ${account.login} is being renewed`);
}

async function freshToken(found: KeptPerson, deps: PeopleDeps): Promise<Result<string, string>> {
  const { account } = found;
  const isFresh = found.tokenExpiresAt.getTime() - deps.now().getTime() > renewedBeforeMs;
  const token = openToken(found, deps);
  if (isFresh && token !== null) return ok(token);
  const refreshToken = openRefresh(found, deps);
  if (refreshToken === null)
    return lose(found, 'it cannot be read with this App’s sealing key', deps);
  const pair = await claimRefresh(found, refreshToken, deps);
  if (!pair.ok) return lose(found, pair.refusal, deps);
  const { token: renewed } = pair.value;
  if (await deps.renew(toPerson(pair.value, account, found.installations, deps)))
    return ok(renewed);
  await deps.revokeGrant(renewed);
  return refuse(`what ${account.login} let this App do ended just now`);
}

/** What cannot be used again is not kept: the person is told to sign in. */
async function lose(
  { account }: KeptPerson,
  because: string,
  deps: PeopleDeps,
): Promise<Result<never, string>> {
  await deps.end(account.id, because, 'app');
  return refuse(`what ${account.login} let this App do ended: ${because}`);
}

function sayEnd({ account, because, endedAt }: KeptPerson): string {
  const day = endedAt?.toISOString().slice(0, 10);
  return `what ${account.login} let this App do ended on ${day} (${because})`;
}

function toPerson(
  pair: TokenPair,
  account: Account,
  installations: readonly number[],
  { now, sealer }: PeopleDeps,
): Person {
  const inSeconds = (seconds: number) => new Date(now().getTime() + seconds * 1000);
  return {
    account,
    tokenSealed: sealer.seal(pair.token, contextOf(account.id, 'token')),
    refreshSealed: sealer.seal(pair.refreshToken, contextOf(account.id, 'refresh')),
    tokenSha256: sha256(pair.token),
    tokenExpiresAt: inSeconds(pair.tokenSeconds),
    refreshExpiresAt: inSeconds(pair.refreshSeconds),
    installations,
  };
}

/** The token itself; null when it is forgotten or was sealed with another key. */
export function openToken(
  { account, tokenSealed }: KeptPerson,
  { sealer }: Pick<PeopleDeps, 'sealer'>,
): string | null {
  return tokenSealed === null ? null : sealer.open(tokenSealed, contextOf(account.id, 'token'));
}

function openRefresh(
  { account, refreshSealed }: KeptPerson,
  { sealer }: PeopleDeps,
): string | null {
  return refreshSealed === null
    ? null
    : sealer.open(refreshSealed, contextOf(account.id, 'refresh'));
}

/** What a sealed secret is bound to: it opens for no other person, and not as the other kind. */
function contextOf(userId: number, kind: 'token' | 'refresh'): string {
  return `person ${userId} ${kind}`;
}

function actorOf({ login, id }: Account): string {
  return `user:${login}#${id}`;
}
