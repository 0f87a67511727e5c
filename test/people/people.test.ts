// The tokens of people, with the real store and GitHub's side of the flow; only the clock is ours.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { People } from '#compose/people.ts';
import { composePeople } from '#compose/people.ts';
import { openSealer } from '#compose/sealing-key.ts';
import { openRequester } from '#github/requester.ts';
import type { LocalGitHub } from '#local/server.ts';
import { startLocalGitHub } from '#local/server.ts';
import type { Sealer } from '#model/seal.ts';
import { checkPeople } from '#people/check-people.ts';
import { decideOpener } from '#people/decide-opener.ts';
import { finishSignIn, forgetPerson, lendToken, onRevoked } from '#people/people.ts';
import type { Database } from '#postgres/database.ts';
import { listLatestEntries } from '#postgres/ledger-store.ts';
import { createPersonStore, type PersonStore } from '#postgres/person-store.ts';
import type { Settings } from '#settings.ts';
import { openTestStore } from '../fake/store.ts';
import { seed } from '../local/api-world.ts';

const redirectUri = 'http://127.0.0.1:7002/attribution/done';
const hours = 60 * 60_000;

let github: LocalGitHub;
let database: Database;
let store: PersonStore;
let sealer: Sealer;
let people: People;
let folder: string;
let time = Date.parse('2026-11-23T12:00:00Z');
const jobs: object[] = [];
const codes = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'people-'));
  const now = () => new Date(time);
  github = await startLocalGitHub({ dataDir: folder, seed, now });
  github.admin.setCallbackUrls('sally', [redirectUri]);
  database = await openTestStore();
  const queue = { send: async (_tx: unknown, _name: string, data: object) => void jobs.push(data) };
  store = createPersonStore(database, queue, now);
  sealer = await openSealer(folder);
  const { clientId = '', clientSecret = '' } = github.app ?? {};
  const settings = {
    publicUrl: 'http://127.0.0.1:7002',
    serverUrl: github.urls.server,
    restUrl: github.urls.rest,
    openAsRequester: { clientId, clientSecret },
  } as Settings;
  const requester = openRequester(github.urls.rest, () => time);
  const composed = composePeople({ settings, requester, people: store, sealer, now });
  if (!composed) throw new Error('expected it to be switched on');
  people = composed;
});
afterAll(async () => {
  await database.close();
  await github.close();
  await rm(folder, { recursive: true, force: true });
});

const idOf = (login: string) => github.world.userByLogin(login)?.id ?? 0;
const place = () => {
  const { id = 0, ownerId = 0 } = github.world.repositoryByName('acme', 'shop') ?? {};
  const repository = { id, ownerId, owner: 'acme', name: 'shop' };
  return { installationId: github.app?.installationId ?? 0, repository };
};

/** The browser's part: consent on GitHub's page, and the code that comes back. */
async function signIn(login: string, intent: 'begin' | 'end' = 'begin') {
  const query = new URLSearchParams({ client_id: github.app?.clientId ?? '', state: 's' });
  const back = await fetch(`${github.urls.origin}/login/oauth/authorize?${query}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: `local_session=${github.tokens[login]}`, origin: github.urls.origin },
    body: new URLSearchParams({ authorize: '1' }),
  });
  const code = new URL(back.headers.get('location') ?? '').searchParams.get('code') ?? '';
  codes.set(login, code);
  return finishSignIn(people.deps, { code, verifier: 'not asked for', intent });
}

const lend = (login: string) => lendToken(people.deps, { id: idOf(login), login }, place());

/** What GitHub lets a token do: who it is, and whether it may push. */
async function mayPush(token: string) {
  const ask = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}` };
    const sent = body ? { body: JSON.stringify(body) } : {};
    return (await fetch(`${github.urls.rest}${path}`, { method, headers, ...sent })).status;
  };
  const blob = { content: 'x' };
  return [await ask('GET', '/user'), await ask('POST', '/repos/acme/shop/git/blobs', blob)];
}

/** Whatever the database holds of a person, as text. */
async function everythingKept(): Promise<string> {
  const rows = await database.query('select * from person');
  return JSON.stringify([rows, await listLatestEntries(database, 500)]);
}

describe('a person who signs in', () => {
  it('grant:never-widens: lends a token that can open pull requests in one repository, and not push', async () => {
    expect(await signIn('grace')).toMatchObject({ ok: true, value: { login: 'grace' } });
    const lent = await lend('grace');
    const token = lent.ok ? lent.value : '';
    const kept = await store.find(idOf('grace'));
    const own = sealer.open(kept?.tokenSealed ?? '', `person ${idOf('grace')} token`) ?? '';

    expect(await mayPush(token)).toEqual([200, 403]);
    // The control: what it was narrowed from may, and is lent to nobody.
    expect(await mayPush(own)).toEqual([200, 201]);
    expect(token).not.toBe(own);
    expect(kept).toMatchObject({ installations: [place().installationId], endedAt: null });
  });

  it('leaves no token to be read in the database or the ledger', async () => {
    const kept = await store.find(idOf('grace'));
    const text = await everythingKept();

    expect(text).toContain(kept?.tokenSha256 ?? 'nothing');
    expect(text).not.toMatch(/gh[ur]_[A-Za-z0-9]{20}/);
    // Sealed for one person it opens for no other.
    expect(sealer.open(kept?.tokenSealed ?? '', `person ${idOf('ada')} token`)).toBeNull();
    expect(sealer.open(kept?.tokenSealed ?? '', `person ${idOf('grace')} refresh`)).toBeNull();
  });

  it('is refused, and nothing kept, who works nowhere that the App is installed', async () => {
    github.admin.removeRepositories(place().installationId, ['acme/shop'], 'ada');
    const refused = await signIn('eve');
    github.admin.addRepositories(place().installationId, ['acme/shop'], 'ada');

    expect(refused).toMatchObject({ ok: false });
    expect(refused.ok ? '' : refused.refusal).toContain('is installed nowhere that eve works');
    expect(await store.find(idOf('eve'))).toBeUndefined();
    expect(await authorizesAtOnce('eve')).toBe(false);
  });

  it('gives nothing for a code that was used before', async () => {
    const code = codes.get('grace') ?? '';
    const again = await finishSignIn(people.deps, { code, verifier: '', intent: 'begin' });

    expect(again).toEqual({ ok: false, refusal: 'GitHub answered bad_verification_code' });
  });
});

/** GitHub asks again whom it no longer knows. */
async function authorizesAtOnce(login: string): Promise<boolean> {
  const query = new URLSearchParams({ client_id: github.app?.clientId ?? '' });
  const page = await fetch(`${github.urls.origin}/login/oauth/authorize?${query}`, {
    redirect: 'manual',
    headers: { cookie: `local_session=${github.tokens[login]}` },
  });
  return page.status === 302;
}

describe('a token that expires', () => {
  it('is renewed by rotation: recorded first, by one at a time, and the one before is dead', async () => {
    const before = await store.find(idOf('grace'));
    time += 7 * hours + 56 * 60_000;
    const [one, two] = await Promise.allSettled([lend('grace'), lend('grace')]);
    const after = await store.find(idOf('grace'));
    const kinds = (await listLatestEntries(database, 2)).map(({ kind }) => kind);

    expect([one.status, two.status].sort()).toEqual(['fulfilled', 'rejected']);
    const lost = one.status === 'rejected' ? one : two;
    expect(lost).toMatchObject({ reason: { code: 'GITHUB_UNAVAILABLE' } });
    expect(after?.tokenSha256).not.toBe(before?.tokenSha256);
    expect(kinds).toEqual(['people.renewed', 'people.renewing']);
    const old = sealer.open(before?.tokenSealed ?? '', `person ${idOf('grace')} token`) ?? '';
    expect((await mayPush(old))[0]).toBe(401);
    expect(await lend('grace')).toMatchObject({ ok: true });
  });

  it('that GitHub does not renew ends with its reason, and says where to sign in', async () => {
    await signIn('ada');
    const { appId, userId } = { appId: github.app?.id ?? 0, userId: idOf('ada') };
    time += 9 * hours;
    forgetAtGitHub(appId, userId);
    const refused = await lend('ada');
    const again = await lend('ada');

    expect(refused).toEqual({
      ok: false,
      refusal: 'what ada let this App do ended: GitHub answered bad_refresh_token',
    });
    expect(again.ok ? '' : again.refusal).toContain('(GitHub answered bad_refresh_token)');
    expect(jobs.at(-1)).toEqual({ userId });
  });
});

/** The person took it back, and the delivery that tells so is lost. */
function forgetAtGitHub(appId: number, userId: number): void {
  const { webhook } = github.world.apps.get(appId) ?? {};
  if (webhook) webhook.url = '';
  const login = [...github.world.users.values()].find(({ id }) => id === userId)?.login ?? '';
  github.admin.revokeAuthorization('sally', login);
}

describe('a person who may not look at a repository any more', () => {
  it('lends nothing for it, and keeps what they let the App do elsewhere', async () => {
    const vault = github.world.repositoryByName('acme', 'vault');
    const { id = 0, ownerId = 0 } = vault ?? {};
    const repository = { id, ownerId, owner: 'acme', name: 'vault' };
    const lent = await lendToken(
      people.deps,
      { id: idOf('grace'), login: 'grace' },
      { ...place(), repository },
    );

    expect(lent.ok ? '' : lent.refusal).toMatch(
      /^GitHub lends nothing of grace for this repository: GitHub answered 422 to POST/,
    );
    expect(await lend('grace')).toMatchObject({ ok: true });
  });
});

describe('a person who takes it back', () => {
  it('here, by signing in once more: it ends here and at GitHub, and its copies are forgotten', async () => {
    const kept = await store.find(idOf('grace'));
    const own = sealer.open(kept?.tokenSealed ?? '', `person ${idOf('grace')} token`) ?? '';
    expect(await signIn('grace', 'end')).toMatchObject({ ok: true });
    await forgetPerson(people.deps, idOf('grace'));
    const after = await store.find(idOf('grace'));

    expect((await mayPush(own))[0]).toBe(401);
    expect(after).toMatchObject({
      tokenSealed: null,
      refreshSealed: null,
      because: 'grace took it back',
    });
    expect(await authorizesAtOnce('grace')).toBe(false);
    expect(await lend('grace')).toMatchObject({ ok: false });
  });

  it('delivery:any-order: at GitHub; told late, it takes nothing from a leave since renewed', async () => {
    await signIn('grace');
    const late = await onRevoked(people.deps, idOf('grace'));
    const works = await lend('grace');
    forgetAtGitHub(github.app?.id ?? 0, idOf('grace'));
    const heard = await onRevoked(people.deps, idOf('grace'));

    expect(late).toBe('the person has let the App act for them since');
    expect(works).toMatchObject({ ok: true });
    expect(heard).toBe('what was kept for this person is forgotten');
    expect(await lend('grace')).toMatchObject({ ok: false });
  });

  it('and a token that has expired is taken back at GitHub all the same', async () => {
    await signIn('grace');
    time += 9 * hours;
    await store.end(idOf('grace'), 'an operator ended it', 'operator');
    await forgetPerson(people.deps, idOf('grace'));

    expect(await authorizesAtOnce('grace')).toBe(false);
    expect((await store.find(idOf('grace')))?.refreshSealed).toBeNull();
  });
});

describe('the end of a leave whose token has expired, and GitHub away after the renewal', () => {
  it('is told again with what the renewal gave: nothing lives on there', async () => {
    await signIn('grace');
    time += 9 * hours;
    await store.end(idOf('grace'), 'an operator ended it', 'operator');
    const away = { ...people.deps, revokeGrant: () => Promise.reject(new Error('GitHub is away')) };
    const failed = await forgetPerson(away, idOf('grace')).catch((error: Error) => error.message);
    const kept = await store.find(idOf('grace'));
    time += 60_000;
    await forgetPerson(people.deps, idOf('grace'));

    expect(failed).toBe('GitHub is away');
    expect(kept).toMatchObject({
      because: 'an operator ended it',
      tokenSealed: expect.any(String),
    });
    expect(await authorizesAtOnce('grace')).toBe(false);
    expect((await store.find(idOf('grace')))?.tokenSealed).toBeNull();
  });

  it('is renewed by one at a time', async () => {
    await signIn('grace');
    time += 9 * hours;
    await store.end(idOf('grace'), 'an operator ended it', 'operator');
    const ends = await Promise.allSettled(
      [1, 2].map(() => forgetPerson(people.deps, idOf('grace'))),
    );

    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await authorizesAtOnce('grace')).toBe(false);
  });
});

describe('a look at everybody', () => {
  const look = async () => {
    await checkPeople(people.deps);
    return store.find(idOf('grace'));
  };

  it('delivery:any-order: ends for whom GitHub has forgotten, though nobody told us', async () => {
    await signIn('grace');
    time += 7 * hours;
    expect(await look()).toMatchObject({ endedAt: null });
    forgetAtGitHub(github.app?.id ?? 0, idOf('grace'));
    expect(await look()).toMatchObject({ endedAt: null }); // asked about just now
    time += 30 * 60_000;
    await database.query('update person set checked_at = $1', [new Date(0)]);

    expect(await look()).toMatchObject({ because: 'grace took it back on GitHub' });
  });

  it('takes back at GitHub what ended while GitHub was away', async () => {
    await signIn('grace');
    await store.end(idOf('grace'), 'an operator ended it', 'operator');
    expect(await authorizesAtOnce('grace')).toBe(true);

    expect(await look()).toMatchObject({ tokenSealed: null, refreshSealed: null });
    expect(await authorizesAtOnce('grace')).toBe(false);
  });

  it('ends for whom the App was uninstalled, and for whom nothing was renewed in time', async () => {
    const uninstalled = async (login: string) => {
      await signIn(login);
      await store.noteCheck(idOf(login), [4242]);
      await database.query('update person set checked_at = $1', [new Date(0)]);
      return look();
    };
    expect(await uninstalled('grace')).toMatchObject({ because: 'the App was uninstalled' });

    await signIn('grace');
    time += 200 * 24 * hours;
    expect(await look()).toMatchObject({ because: 'it was not renewed in time' });
  });
});

describe('an App that was uninstalled', () => {
  it('does nothing more for whoever let it act there alone', async () => {
    await signIn('grace');
    const elsewhere = { ...place(), installationId: 4242 };
    const other = await lendToken(people.deps, { id: idOf('grace'), login: 'grace' }, elsewhere);

    expect(other.ok ? '' : other.refusal).toContain('signed in before this App was installed here');
    expect(await store.leave(4242)).toEqual([]);
    expect(await store.leave(place().installationId)).toEqual([idOf('grace')]);
    expect((await lend('grace')).ok).toBe(false);
  });
});

describe('decideOpener', () => {
  const review = { profile: 'team', approvals: 1, opened_by: 'requester' } as const;

  it.each([
    ['the policy does not ask for it', { ...review, opened_by: 'app' } as const, true, null],
    ['the operator has not switched it on', review, false, 'has not switched it on'],
    [
      'a repository has one person',
      { ...review, profile: 'solo' } as const,
      true,
      'no approval of a pull request’s own author',
    ],
  ])('is the App where %s', (_, asked, isOn, because) => {
    const wish = decideOpener(asked, isOn);

    expect(decideOpener(review, true)).toEqual({ kind: 'requester' });
    expect(wish.kind).toBe('app');
    const said = wish.kind === 'app' ? wish.because : 'the requester';
    if (because === null) expect(said).toBeNull();
    else expect(said).toContain(because);
  });
});
