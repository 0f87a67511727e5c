// Before there is an App: the page from which an owner creates it, and who else would like to.
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openFirstRun, type SetupListener } from '#compose/first-run.ts';
import { type LocalGitHub, startLocalGitHub } from '#local/server.ts';
import { readFirstRun, readSettings } from '#settings.ts';

const users = [{ login: 'mara' }];
const organizations = [{ login: 'acme', members: { mara: 'admin' as const } }];

let folder: string;
let github: LocalGitHub;
let setup: SetupListener;
let said: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'first-run-'));
  github = await startLocalGitHub({
    dataDir: join(folder, 'github'),
    seed: { users, organizations, repositories: [] },
  });
  await open();
});
afterEach(async () => {
  await setup.close();
  await github.close();
  await rm(folder, { recursive: true });
});

function environment() {
  return {
    SALLYPORT_URL: 'https://sallyport.example.com',
    SALLYPORT_RELEASES: 'a'.repeat(40),
    SALLYPORT_DATA: join(folder, 'app'),
    GITHUB_API_URL: github.urls.rest,
    GITHUB_SERVER_URL: github.urls.server,
    PORT: '0',
  };
}

async function open(): Promise<void> {
  const read = readFirstRun(environment());
  if (!read.ok || read.value === null) throw new Error('expected that there is no App');
  said = [];
  setup = await openFirstRun(read.value, 'https://relay.example.com/x', (line) => said.push(line));
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly cookie: string;
  readonly setCookie: string;
  /** Whose scripts may read the answer. */
  readonly sharedWith: string | undefined;
  readonly policy: string;
}

/** One GET as a browser sends it, with a Host of one's own. */
async function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const url = new URL(path, setup.pageUrl);
  const sent = request(url, { headers: { host: url.host, ...headers } });
  sent.end();
  const [response] = await once(sent, 'response');
  return {
    status: response.statusCode,
    body: await text(response),
    cookie: response.headers['set-cookie']?.[0]?.split(';')[0] ?? '',
    setCookie: response.headers['set-cookie']?.[0] ?? '',
    sharedWith: response.headers['access-control-allow-origin'],
    policy: response.headers['content-security-policy'] ?? '',
  };
}

/** A browser that showed the key, and the form that it was given. */
async function openForm(query = '') {
  const { cookie } = await get(setup.pageUrl);
  const page = await get(`/setup${query}`, { cookie });
  const attribute = (pattern: RegExp) =>
    (pattern.exec(page.body)?.[1] ?? '').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  const action = attribute(/method="post" action="([^"]+)"/);
  const manifest = attribute(/name="manifest" value="([^"]+)"/);
  return { cookie, page, action, manifest, state: new URL(action).searchParams.get('state') ?? '' };
}

/** Send the form as the browser would; GitHub's answer leads back. */
async function createOnGitHub({ action, manifest }: { action: string; manifest: string }) {
  const body = new URLSearchParams({ manifest });
  // Browsers find every name below .localhost; Node asks the machine, which may not.
  const place = action.replace(github.urls.server, github.urls.origin);
  const answer = await fetch(place, { method: 'POST', body, redirect: 'manual' });
  const back = new URL(answer.headers.get('location') ?? '');
  return { path: `${back.pathname}${back.search}`, code: back.searchParams.get('code') ?? '' };
}

/** Which state and which cookie the answer comes back with instead. */
type Twist = (form: Awaited<ReturnType<typeof openForm>>, other: string) => [string, string];

const kept = () => readFile(join(folder, 'app/app.json'), 'utf8');

describe('the first-run page', () => {
  it('leads to an App as app.yml asks for it, whose credentials only their owner can read', async () => {
    const form = await openForm('?organization=acme');
    const back = await createOnGitHub(form);
    const done = await get(back.path, { cookie: form.cookie });
    await setup.created;
    const app = [...github.world.apps.values()].find(({ slug }) => slug === 'sallyport');
    const settings = readSettings(environment());

    expect(done).toMatchObject({
      status: 200,
      body: expect.stringContaining('/apps/sallyport/installations/new'),
    });
    expect(app).toMatchObject({
      name: 'Sallyport',
      permissions: { actions: 'write', contents: 'write', organization_projects: 'read' },
      webhook: { url: 'https://relay.example.com/x' },
      callbackUrls: ['https://sallyport.example.com/attribution/done'],
    });
    expect(github.world.users.get(app?.ownerId ?? 0)?.login).toBe('acme');
    expect(settings).toMatchObject({
      ok: true,
      value: { appId: app?.id, webhookSecret: app?.webhook?.secret },
    });
    expect((await stat(join(folder, 'app/app.json'))).mode & 0o777).toBe(0o600);
    expect(readFirstRun(environment())).toEqual({ ok: true, value: null });
    const secrets = [app?.webhook?.secret ?? '', 'PRIVATE KEY', back.code];
    expect(secrets.filter((each) => `${done.body}${said.join()}`.includes(each))).toEqual([]);
    expect(await kept()).toContain('PRIVATE KEY');
  });

  it('is closed to everybody without the key: attack by another page, user or host', async () => {
    const crossOrigin = await get('/setup', { origin: 'https://evil.example' });
    const without = await get('/setup');
    const wrong = await get('/setup?key=0000');
    const guessed = await get('/setup', { cookie: 'sallyport_setup=0000' });
    const withKey = await openForm();

    expect([without.status, wrong.status, guessed.status]).toEqual([403, 403, 403]);
    expect(crossOrigin).toMatchObject({ status: 403, sharedWith: undefined });
    expect([without, wrong, guessed].map(({ body }) => body).join()).not.toContain('manifest');
    expect(withKey.page.status).toBe(200);
    expect(withKey.page.policy).toContain(`form-action 'self' ${github.urls.server};`);
    expect(withKey.page.sharedWith).toBeUndefined();
    expect(withKey.page.policy).toContain("frame-ancestors 'none'");
  });

  it.each([
    ['a name that was bound to this machine (DNS rebinding)', 'evil.example'],
    ['the same with our port', 'evil.example:3000'],
    ['a name that ends like ours', 'sallyport.example.com.evil.example'],
    ['a name that begins like loopback', '127.0.0.1.evil.example'],
    ['loopback written as an account', 'evil@127.0.0.1'],
  ])('attack: is not shown under %s', async (_name, host) => {
    const asked = await get(setup.pageUrl, { host });
    const control = await get(setup.pageUrl, { host: 'sallyport.example.com' });

    expect(asked).toMatchObject({ status: 403, cookie: '' });
    expect(control).toMatchObject({
      status: 303,
      cookie: expect.stringMatching(/^sallyport_setup=/),
    });
  });

  it('comes back to where it was opened: under the public URL with a cookie for HTTPS alone', async () => {
    const host = 'sallyport.example.com';
    const [here, { cookie, setCookie }] = [
      await get(setup.pageUrl),
      await get(setup.pageUrl, { host }),
    ];
    const page = await get('/setup', { host, cookie });

    expect(page.body).toContain('https://sallyport.example.com/setup/done');
    expect(setCookie).toMatch(/; HttpOnly; SameSite=Lax; Secure$/);
    expect(here.setCookie).toMatch(/; HttpOnly; SameSite=Lax$/);
  });

  it.each<[string, Twist]>([
    ['with a state of its own', ({ cookie }) => ['forged', cookie]],
    ['without a state', ({ cookie }) => ['', cookie]],
    ['in another browser, which has the key as well', ({ state }, other) => [state, other]],
    ['in a browser without the cookie', ({ state }) => [state, '']],
  ])('attack: keeps nothing when GitHub’s answer comes %s', async (_name, twist) => {
    const form = await openForm();
    const { cookie: other } = await get(setup.pageUrl);
    const { code, path } = await createOnGitHub(form);
    const [state, cookie] = twist(form, other);
    const attack = await get(`/setup/done?code=${code}&state=${state}`, cookie ? { cookie } : {});
    const asked = github.requests().filter(({ path: asked }) => asked.includes('conversions'));

    expect(attack).toMatchObject({
      status: 403,
      body: expect.stringContaining('was not given to this browser'),
    });
    expect(asked).toEqual([]);
    await expect(kept()).rejects.toThrow('ENOENT');
    expect((await get(path, { cookie: form.cookie })).status).toBe(200); // the control
  });

  it('attack: takes a state and a code once', async () => {
    const form = await openForm();
    const back = await createOnGitHub(form);
    const first = await get(back.path, { cookie: form.cookie });
    const before = await kept();
    const replay = await get(back.path, { cookie: form.cookie });
    const { cookie, state } = await openForm();
    const oldCode = await get(`/setup/done?code=${back.code}&state=${state}`, { cookie });

    expect([first.status, replay.status, oldCode.status]).toEqual([200, 403, 403]);
    expect(oldCode.body).toContain('GitHub has no App for this code');
    expect(await kept()).toBe(before);
  });

  it('attack: a second App never replaces the first', async () => {
    const [one, two] = [await openForm(), await openForm()];
    const [first, second] = [await createOnGitHub(one), await createOnGitHub(two)];
    const answers = [
      await get(first.path, { cookie: one.cookie }),
      await get(second.path, { cookie: two.cookie }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([200, 403]);
    expect(answers[1]?.body).toContain('delete sallyport-1 on GitHub');
    expect(await kept()).toContain('"slug": "sallyport"');
  });

  it.each([
    ['code', '/setup/done?code=../../user&state=STATE', 'GitHub sent no code'],
    ['organization', '/setup?organization=a/../b', 'letters, digits and dashes'],
    ['markup', '/setup?organization=%22%3E%3Cscript%3E', 'letters, digits and dashes'],
  ])('attack: refuses a %s that is none, in words', async (_name, path, words) => {
    const { cookie, state } = await openForm();
    const answer = await get(path.replace('STATE', state), { cookie });

    expect(answer).toMatchObject({ status: 403, body: expect.stringContaining(words) });
    expect(answer.body).not.toContain('<script>');
  });

  it('is not shown when what GitHub gives could not be kept, since it is given once', async () => {
    const inTheWay = join(folder, 'a-file');
    await writeFile(inTheWay, '');
    const read = readFirstRun(environment());
    if (!read.ok || read.value === null) throw new Error('expected that there is no App');
    const settings = { ...read.value, dataDir: join(inTheWay, 'app') };

    await expect(openFirstRun(settings, 'https://x.example', () => {})).rejects.toThrow(
      /expected a folder that can be written at .*a-file/,
    );
  });

  it.each(['', '{}', '{"appId": 7}', 'not JSON, but a secret'])(
    'is not shown again over a file that is broken: %j',
    async (broken) => {
      await writeFile(join(folder, 'app/app.json'), broken);
      const read = readFirstRun(environment());

      expect(read).toMatchObject({ ok: false });
      expect(readSettings(environment())).toMatchObject({ ok: false });
      expect(JSON.stringify(read)).not.toContain('a secret');
    },
  );

  it('takes no delivery and says that it is not ready', async () => {
    const answers = await Promise.all(
      ['/healthz', '/readyz', '/api/github/webhooks', '/v1/exchange', '/runs'].map((path) =>
        get(path),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 503, 404, 404, 404]);
  });
});
