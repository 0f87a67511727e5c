import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromium, type Page } from 'playwright-core';
import { askFor, fullName, readChecks, untilGate, untilWithPeople } from '#cli/demo/journey.ts';
import { approve, setLabel } from '#cli/demo/people.ts';
import { people } from '#cli/demo/shop.ts';
import { endLeave, findLeave } from '#compose/end-leave.ts';
import { askListener } from '#http/ask-listener.ts';
import { inventorySchema } from '#model/inventory.ts';
import { checks, label } from '#model/names.ts';
import type { Run } from '#model/run.ts';
import { listEntriesOfKind, listEntriesOfRun } from '#postgres/ledger-store.ts';
import { browserPath } from '../../action/verify/find-browser.ts';
import { agents, seedSmall } from './a-small-repository.ts';
import type { Story } from './a-story.ts';
import { openStory } from './a-story.ts';
import { heard, quiet } from './late-mail.ts';
import { readComments } from './what-people-read.ts';

const mara = people.maintainer.login;
const rene = people.reviewer.login;
const policy = JSON.stringify({
  version: 1,
  agent: { use: 'command', run: `${agents.fix} && ${agents.addTest}`, minutes: 2 },
  verify: {
    commands: [
      {
        name: 'test',
        run: 'node --test --test-reporter=junit --test-reporter-destination=junit.xml',
        report: 'junit.xml',
      },
    ],
  },
  review: { opened_by: 'requester' },
});

let story: Story;
let asMara: Run;
let asApp: Run;

beforeAll(async () => {
  const repositories = async (caller: string) =>
    ['signed', 'unsigned'].map((name) => seedSmall({ name, agent: '', policy }, caller));
  story = await openStory(repositories, [], { openAsRequester: true });
  await signIn(mara);
  await signIn(rene);
  const { github, app } = story.factory;
  // GitHub forgets his leave, and the delivery that tells of it is lost.
  github.setWebhook('');
  github.admin.revokeAuthorization('sallyport', rene);
  github.setWebhook(`${app.url}/api/github/webhooks`);
  const [signed, unsigned] = [story.stage('signed'), story.stage('unsigned')];
  await askFor(signed, 1);
  await setLabel(story.factory.person(rene), fullName(unsigned), 1, label);
  [asMara, asApp] = await Promise.all([untilWithPeople(signed, 1), untilWithPeople(unsigned, 1)]);
}, 200_000);
afterAll(() => story.close(), 60_000);

interface Browser {
  readonly intent?: 'begin' | 'end';
  /** What comes back from GitHub, changed on its way. */
  readonly change?: (back: URL) => void;
  readonly keepsCookie?: boolean;
}

/** What a browser does with the page: its form, GitHub's page of consent, and the way back. */
async function signIn(login: string, browser: Browser = {}): Promise<Response> {
  const { intent = 'begin', change = () => {}, keepsCookie = true } = browser;
  const { app, github } = story.factory;
  const sent = await fetch(`${app.url}/attribution`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: app.url },
    body: new URLSearchParams({ intent }),
  });
  const cookie = sent.headers.get('set-cookie')?.split(';')[0] ?? '';
  const asked = new URL(sent.headers.get('location') ?? '');
  const consent = new URL(asked.pathname + asked.search, github.urls.origin);
  const back = await fetch(consent, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: `local_session=${github.tokens[login]}`, origin: github.urls.origin },
    body: new URLSearchParams({ authorize: '1' }),
  });
  const home = new URL(back.headers.get('location') ?? '');
  change(home);
  return fetch(home, keepsCookie ? { headers: { cookie } } : {});
}

/** A page in a browser of its own, and what the browser complains of. */
async function openPage(): Promise<[Page, string[]]> {
  const browser = await chromium.launch({
    executablePath: browserPath() ?? 'no browser',
    args: ['--no-sandbox'],
  });
  const page = await browser.newPage();
  const troubles: string[] = [];
  page.on('console', (message) => troubles.push(message.text()));
  return [page, troubles];
}

/** The command line, as an operator on the machine of the App uses it. */
async function sallyport(...words: string[]): Promise<{ code: number | null; out: string }> {
  const { app, github } = story.factory;
  const keyFile = join(story.dataDir, 'operator.pem');
  await writeFile(keyFile, github.app?.privateKeyPem ?? '', { mode: 0o600 });
  const child = spawn(process.execPath, ['src/main.ts', ...words], {
    cwd: new URL('../../', import.meta.url),
    env: {
      PATH: process.env.PATH ?? '',
      PORT: new URL(app.url).port,
      SALLYPORT_URL: app.url,
      APP_ID: String(github.app?.id),
      PRIVATE_KEY_PATH: keyFile,
      SALLYPORT_RELEASES: '0'.repeat(40),
    },
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      out += String(chunk);
    });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out };
}

/** A pull request as GitHub shows it. */
async function readPull(repository: string, { pull }: Run) {
  const name = fullName(story.stage(repository));
  const person = story.factory.person(people.reviewer.login);
  return {
    pull: await person.get<{ body: string; user: { login: string } }>(
      `/repos/${name}/pulls/${pull}`,
    ),
    issue: await person.get<{ performed_via_github_app: { slug: string } | null }>(
      `/repos/${name}/issues/${pull}`,
    ),
  };
}

/** Whoever asked approves, then somebody else does: what the gate says after each. */
async function approveTwice(repository: string, run: Run) {
  const stage = story.stage(repository);
  const [head, number] = [run.headSha ?? '', run.pull ?? 0];
  const asker = run.requester.login;
  const own = await approve(story.factory.person(asker), fullName(stage), number, head).then(
    () => 'taken',
    (error: Error) => error.message,
  );
  await quiet(story.factory);
  const before = (await readChecks(stage, head))[checks.review];
  const other = asker === mara ? rene : mara;
  await approve(story.factory.person(other), fullName(stage), number, head);
  await untilGate(stage, head, 'success');
  return { own, before };
}

describe('for a person who let the App open pull requests as them', () => {
  it('the pull request is theirs, the commit the App’s, and the receipt says so', async () => {
    const { pull, issue } = await readPull('signed', asMara);
    const [proof = ''] = await readComments(story.stage('signed'), asMara.pull ?? 0);
    const commit = await story.factory
      .person(mara)
      .get<{ author: { login: string }; commit: { message: string } }>(
        `/repos/${fullName(story.stage('signed'))}/commits/${asMara.headSha}`,
      );

    expect(asMara.state).toBe('in_review');
    expect(pull.user.login).toBe(mara);
    expect(issue.performed_via_github_app?.slug).toBe('sallyport');
    const said = `Opened as ${mara}, who let this App do that; an approval of theirs does not count.`;
    expect(pull.body).toContain(said);
    expect(proof).toContain(said);
    expect(commit.author.login).toBe('sallyport[bot]');
    expect(commit.commit.message).toContain(`Co-authored-by: ${mara} <`);
  });

  it('ledger:first: whose token is used is recorded before; it could open pull requests in that repository, and is dead', async () => {
    const { github, app } = story.factory;
    const entries = await listEntriesOfRun(app.edges.database, asMara.id);
    const kinds = entries.map(({ kind }) => kind);
    const opening = entries.find(({ kind }) => kind === 'evidence.opening');
    const calls = github.requests().map(({ method, path, principal }) => [method, path, principal]);
    const opened = calls.filter(([method, path]) => method === 'POST' && path?.endsWith('/pulls'));

    expect(opening?.facts).toMatchObject({
      by: 'requester',
      requester: mara,
      tokenSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(kinds.indexOf('evidence.opening')).toBeLessThan(kinds.indexOf('evidence.published'));
    expect(opened.toSorted()).toEqual([
      ['POST', `/repos/${fullName(story.stage('signed'))}/pulls`, `user:${mara} via sallyport`],
      ['POST', `/repos/${fullName(story.stage('unsigned'))}/pulls`, 'installation:sallyport'],
    ]);
    // Narrowed, used and revoked: nothing of it is left.
    const ended = calls.filter(([method, path]) => method === 'DELETE' && path?.endsWith('/token'));
    expect(ended.map(([, , who]) => who)).toContain('client:sallyport');
  });

  it('review:no-self: GitHub takes no approval of theirs; somebody else’s opens the gate', async () => {
    const { own, before } = await approveTwice('signed', asMara);

    expect(own).toContain('was answered 422');
    expect(before).toBe('action_required');
  }, 60_000);
});

describe('for a person whose leave is gone', () => {
  it('the App opens it, and pull request, proof and ledger say why', async () => {
    const { pull } = await readPull('unsigned', asApp);
    const [proof = ''] = await readComments(story.stage('unsigned'), asApp.pull ?? 0);
    const entries = await listEntriesOfRun(story.factory.app.edges.database, asApp.id);
    const opening = entries.filter(({ kind }) => kind === 'evidence.opening');

    expect(asApp.state).toBe('in_review');
    expect(pull.user.login).toBe('sallyport[bot]');
    for (const text of [pull.body, proof])
      expect(text).toMatch(
        /not as rene: what rene let this App do ended: rene took it back on GitHub\. \[Sign in for/,
      );
    expect(opening.map(({ facts }) => facts.by)).toEqual(['app']);
  });

  it('review:no-self: GitHub takes their approval, the gate does not; somebody else’s opens it', async () => {
    const { own, before } = await approveTwice('unsigned', asApp);

    expect(own).toBe('taken');
    expect(before).toBe('action_required');
  }, 60_000);
});

describe('the page on which people let the App act for them', () => {
  it('takes nothing back but what it sent this browser away with', async () => {
    const { app } = story.factory;
    const foreign = await fetch(`${app.url}/attribution`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: 'https://evil.test' },
      body: new URLSearchParams({ intent: 'begin' }),
    });
    const otherState = await signIn(mara, {
      change: (back) => back.searchParams.set('state', 'x'),
    });
    const noCookie = await signIn(mara, { keepsCookie: false });
    const denied = await signIn(mara, { change: (back) => back.searchParams.delete('code') });
    const right = await signIn(mara);

    expect([foreign, otherState, noCookie, denied, right].map(({ status }) => status)).toEqual([
      403, 403, 403, 403, 200,
    ]);
    expect(await otherState.text()).toContain('was not given to this browser');
    expect(await denied.text()).toContain('you did not authorize the App');
    expect(await right.text()).toContain(`opens pull requests as ${mara}`);
  });

  it('is not there where the operator has not switched it on', async () => {
    const { attributionRoutes } = await import('#compose/http/attribution-routes.ts');
    const { edges } = story.factory.app;
    const off = { ...edges, settings: { ...edges.settings, openAsRequester: null } };

    expect(attributionRoutes(edges)).toHaveLength(3);
    expect(attributionRoutes(off)).toEqual([]);
  });
});

const readPeople = async () => {
  const reply = await fetch(`${story.factory.app.url}/v1/inventory`);
  const { identities } = inventorySchema.parse(await reply.json());
  return identities.filter(({ kind }) => kind === 'person');
};

describe('what the App may do as a person', () => {
  it('is in the inventory, with its age and its end, and never its value', async () => {
    const mine = (await readPeople()).find(({ owner }) => owner === mara);
    const page = await (await fetch(`${story.factory.app.url}/inventory`)).text();

    expect(mine).toMatchObject({
      name: `The App as ${mara}`,
      owner: mara,
      state: 'live',
      id: expect.stringMatching(/^[0-9a-f]{12}$/),
      scope: '1 installation; narrowed to one repository and pull_requests:write before each use',
    });
    expect(mine?.since).not.toBeNull();
    expect(mine?.expiresAt).not.toBeNull();
    expect(page).toContain('People the App may act for');
    expect(page).not.toMatch(/gh[ur]_[A-Za-z0-9]{8}/);
  });

  it('ends when they take it back on GitHub, which the App hears of', async () => {
    const { github, app } = story.factory;
    github.admin.revokeAuthorization('sallyport', mara);
    await heard(story.factory);
    const mine = (await readPeople()).find(({ owner }) => owner === mara);
    const all = { kind: 'people.ended', repositoryId: null } as const;
    const ended = await listEntriesOfKind(app.edges.database, all, 0, 10);

    expect(mine).toMatchObject({ state: 'revoked' });
    expect(mine?.revoke).toBe(`dead: ${mara} took it back on GitHub`);
    expect(ended.at(-1)?.facts).toMatchObject({ login: mara });
  });
});

/** Whether GitHub would ask again: it has forgotten what this person let the App do. */
async function asksAgain(login: string): Promise<boolean> {
  const { github } = story.factory;
  const url = `${github.urls.origin}/login/oauth/authorize?client_id=${github.app?.clientId}`;
  const headers = { cookie: `local_session=${github.tokens[login]}` };
  return (await fetch(url, { redirect: 'manual', headers })).status === 200;
}

/** Everything that is kept of somebody, sealed or not. */
const readRow = async (login: string) =>
  (
    await story.factory.app.edges.database.query<Record<string, unknown>>(
      'select token_sealed, refresh_sealed, because from person where login = $1',
      [login],
    )
  )[0];

describe('an operator', () => {
  it('lists who let the App act for them, and ends it by login: at GitHub, here, and in the record', async () => {
    const { app, github } = story.factory;
    await signIn(mara);
    const id = github.world.userByLogin(mara)?.id;
    const before = await sallyport('people', 'list');
    const told = await asksAgain(mara);
    const ended = await sallyport('people', 'forget', mara.toUpperCase(), '--because', 'she left');
    const listed = JSON.parse((await sallyport('people', 'list', '--json')).out);
    const mine = (await readPeople()).find(({ owner }) => owner === mara);
    const all = { kind: 'people.ended', repositoryId: null } as const;
    const entries = await listEntriesOfKind(app.edges.database, all, 0, 20);

    expect(before.out).toMatch(
      new RegExp(`^${mara} \\(${id}\\), token [0-9a-f]{12}: live since`, 'm'),
    );
    expect(told).toBe(false);
    expect(ended).toEqual({
      code: 0,
      out: `what ${mara} let this App do ended: its tokens are revoked at GitHub and forgotten here\n`,
    });
    // Before the command was over: nothing lives on at GitHub, and nothing is left here.
    expect(await asksAgain(mara)).toBe(true);
    expect(await readRow(mara)).toEqual({
      token_sealed: null,
      refresh_sealed: null,
      because: 'she left',
    });
    expect(entries.at(-1)).toMatchObject({
      actor: 'operator',
      facts: { login: mara, id, because: 'she left' },
    });
    expect(listed.people).toContainEqual(
      expect.objectContaining({ id, login: mara, state: 'ended', isKept: false }),
    );
    expect(mine).toMatchObject({ state: 'revoked', revoke: 'dead: she left', scopeKey: null });
    expect(`${before.out}${JSON.stringify(listed)}`).not.toMatch(/gh[ur]_[A-Za-z0-9]{8}/);
  }, 60_000);

  it('ends it by the account’s id, once, and nothing for a name that nobody has', async () => {
    await signIn(mara);
    const id = String(story.factory.github.world.userByLogin(mara)?.id);
    const first = await sallyport('people', 'forget', id, '--json');
    const second = await sallyport('people', 'forget', id);
    const nobody = await sallyport('people', 'forget', 'no/body');
    const empty = await sallyport('people', 'forget', mara, '--because', ' ');

    expect(JSON.parse(first.out)).toEqual({ id: Number(id), login: mara, atGitHub: 'revoked' });
    expect(second).toMatchObject({ code: 2, out: expect.stringContaining(`got ${id}`) });
    expect([nobody.code, empty.code]).toEqual([2, 2]);
  }, 60_000);

  it('is told when a login was taken over by another account, which has one too', async () => {
    await signIn(mara);
    const { edges } = story.factory.app;
    const real = await edges.people.listByLogin(mara);
    await edges.database.query(
      `insert into person select 999999, $1, token_sealed, refresh_sealed, token_sha256, token_expires_at,
         refresh_expires_at, installations, signed_in_at, null, checked_at, null, null, null
       from person where login = $2`,
      [mara.toUpperCase(), mara],
    );
    const refused = await findLeave(edges, mara);
    await edges.database.query('delete from person where user_id = 999999');

    expect(refused).toEqual({
      ok: false,
      refusal: `expected an account id, since 2 people were called ${mara}: ${real[0]?.account.id}, 999999`,
    });
    expect(await findLeave(edges, mara)).toMatchObject({ ok: true });
  });

  it('is told when GitHub is away; then a job ends it there', async () => {
    await signIn(mara);
    const { edges } = story.factory.app;
    const leave = await findLeave(edges, mara);
    const away = { ...edges.requester, call: () => Promise.reject(new Error('GitHub is away')) };
    const ended = leave.ok
      ? await endLeave({ ...edges, requester: away }, leave.value, 'an operator ended it')
      : null;
    await heard(story.factory);

    expect(ended).toMatchObject({ login: mara, atGitHub: 'pending' });
    expect(await asksAgain(mara)).toBe(true);
    expect(await readRow(mara)).toMatchObject({ token_sealed: null });
  }, 60_000);

  it('is told that GitHub cannot be, where it was switched off since', async () => {
    await signIn(mara);
    const { edges } = story.factory.app;
    const off = { ...edges, settings: { ...edges.settings, openAsRequester: null } };
    const leave = await findLeave(off, mara);
    const ended = leave.ok ? await endLeave(off, leave.value, 'it was switched off') : null;

    expect(ended).toMatchObject({ atGitHub: 'out_of_reach' });
    expect(await readRow(mara)).toMatchObject({ token_sealed: null, refresh_sealed: null });
  });

  it('text:hostile: is asked first by the button of the inventory; a form of another site ends nothing', async () => {
    const { app, github } = story.factory;
    await signIn(mara);
    const id = github.world.userByLogin(mara)?.id;
    const send = (origin: string, body: string) =>
      fetch(`${app.url}/revoke`, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
        body,
      }).then(({ status }) => status);
    const refused = [
      await send('https://evil.example', `scope=person:${id}&intent=forget`),
      await send(app.url, `scope=person:${id}&intent=revoke`),
      await send(app.url, 'scope=person:999999&intent=forget'),
      await send(app.url, 'scope=app&intent=forget'),
    ];
    const still = await readRow(mara);
    const [page, troubles] = await openPage();
    await page.goto(`${app.url}/inventory`);
    const row = page.locator('#person tr', { hasText: `The App as ${mara}` });
    await row.locator('a.button').click();
    const asked = await page.textContent('h1');
    await page.fill('input[name=because]', '<b>she left</b>');
    await page.click('button');

    expect(refused).toEqual([403, 422, 422, 422]);
    expect(still).toMatchObject({ because: null });
    expect(asked).toBe(`End what ${mara} let this App do?`);
    expect(new URL(page.url()).pathname).toBe('/inventory');
    expect(await row.locator('.badge').textContent()).toBe('revoked');
    expect(await row.textContent()).toContain('dead: <b>she left</b>');
    expect(await row.locator('a.button').count()).toBe(0);
    expect(await asksAgain(mara)).toBe(true);
    expect(troubles).toEqual([]);
    await page.context().browser()?.close();
  }, 60_000);

  it('is who may: another name of this machine’s address is asked for a password', async () => {
    const { port } = new URL(story.factory.app.url);
    const ask = (method: 'GET' | 'DELETE', path: string, host: string) =>
      askListener(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { host },
        timeoutMs: 5_000,
      }).then(({ status }) => status);

    expect([
      await ask('GET', '/v1/people', 'evil.test'),
      await ask('DELETE', `/v1/people/${rene}`, 'evil.test'),
      await ask('GET', '/v1/people', '127.0.0.1'),
    ]).toEqual([401, 401, 200]);
  });
});

it('a person does it in a browser, on the page and on GitHub’s, and takes it back', async () => {
  const { app, github } = story.factory;
  const [page] = await openPage();
  try {
    await page.goto(`${app.url}/attribution`);
    await page.click('#begin');
    await page.fill('input[name=token]', github.tokens[rene] ?? '');
    await page.click('main button');
    await page.click('#authorize');
    const begun = await page.textContent('#outcome');
    await page.click('#end');
    await page.waitForFunction('document.body.textContent.includes("opens nothing")');
    const ended = await page.textContent('#outcome');

    expect(page.url()).toMatch(/\/attribution\/done\?code=/);
    expect(begun).toContain(`opens pull requests as ${rene}`);
    expect(ended).toContain(`opens nothing as ${rene} any more`);
  } finally {
    await page.context().browser()?.close();
  }
}, 60_000);
