import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import { openUserGrants } from '#local/oauth/user-grants.ts';
import { openReceiver, openTestGitHub, type TestGitHub } from './api-world.ts';

const CALLBACK = 'http://127.0.0.1:7001/attribution/callback';
const VERIFIER = randomBytes(32).toString('base64url');
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const PULLS = '/repos/acme/shop/pulls';

let test: TestGitHub;
let client: { readonly id: string; readonly secret: string; readonly basic: string };
beforeAll(async () => {
  test = await openTestGitHub();
  const { clientId = '', clientSecret = '' } = test.github.app ?? {};
  const basic = `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
  client = { id: clientId, secret: clientSecret, basic };
  test.github.admin.setCallbackUrls('sally', [CALLBACK]);
});
afterAll(() => test.close());

type Fields = Readonly<Record<string, string>>;

/** The page of consent, as a browser with this person's session asks for it. */
function authorize(login: string | null, query: Fields = {}, form?: Fields) {
  const { origin } = test.github.urls;
  const asked = new URLSearchParams({ client_id: client.id, state: 'st', ...query });
  const session = login === null ? {} : { cookie: `local_session=${test.github.tokens[login]}` };
  return fetch(`${origin}/login/oauth/authorize?${asked}`, {
    redirect: 'manual',
    headers: { ...session, ...(form ? { origin } : {}) },
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
  });
}

function backFrom(response: Response): Fields {
  return Object.fromEntries(new URL(response.headers.get('location') ?? '').searchParams);
}

async function codeOf(login: string, query: Fields = {}): Promise<string> {
  return backFrom(await authorize(login, query, { authorize: '1' })).code ?? '';
}

/** The body of `/login/oauth/access_token`, with the client's own credentials unless told otherwise. */
async function trade(fields: Fields): Promise<Fields> {
  const response = await fetch(`${test.github.urls.origin}/login/oauth/access_token`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ client_id: client.id, client_secret: client.secret, ...fields }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Fields;
}

async function tokenOf(login: string): Promise<string> {
  return (await trade({ code: await codeOf(login) })).access_token ?? '';
}

describe('the page on which a person authorizes an App', () => {
  it('asks, and sends back with a code and the state; the second time without asking', async () => {
    const asked = await authorize('grace');
    const text = await asked.text();
    const agreed = await authorize('grace', {}, { authorize: '1' });
    const again = await authorize('grace');

    expect(asked.status).toBe(200);
    expect(text).toContain('Authorize sally');
    expect(text).toContain('wants to act on your behalf, grace');
    expect(asked.headers.get('content-security-policy')).toContain(
      "form-action 'self' http://127.0.0.1:7001",
    );
    for (const back of [agreed, again]) {
      expect(back.status).toBe(302);
      expect(backFrom(back)).toEqual({
        code: expect.stringMatching(/^[0-9a-f]{20}$/),
        state: 'st',
      });
    }
  });

  it('asks a stranger to sign in and to come back', async () => {
    const text = await (await authorize(null)).text();

    expect(text).toContain('Sign in');
    expect(text).toMatch(/name="return_to" value="\/login\/oauth\/authorize\?client_id=/);
  });

  it('says that the person refused', async () => {
    const refused = await authorize('eve', {}, { authorize: '0' });

    expect(backFrom(refused)).toMatchObject({ error: 'access_denied', state: 'st' });
    expect(backFrom(refused)).not.toHaveProperty('code');
  });

  it('takes no consent from another site, and sends nobody to an address it does not know', async () => {
    const { origin } = test.github.urls;
    const url = `${origin}/login/oauth/authorize?client_id=${client.id}`;
    const foreign = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: `local_session=${test.github.tokens.eve}`, origin: 'http://evil.test' },
      body: new URLSearchParams({ authorize: '1' }),
    });
    const elsewhere = await authorize('eve', { redirect_uri: 'http://evil.test/' });
    const longer = await authorize('eve', { redirect_uri: `${CALLBACK}?next=1` });
    const unknown = await authorize('eve', { client_id: 'Iv23li000' });
    const plain = await authorize('eve', {
      code_challenge: VERIFIER,
      code_challenge_method: 'plain',
    });

    expect(foreign.status).toBe(403);
    for (const refused of [elsewhere, longer, unknown, plain]) expect(refused.status).toBe(400);
    expect((await authorize('eve', { redirect_uri: CALLBACK })).status).toBe(200);
  });
});

describe('a code', () => {
  const pkce = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };

  it('is worth a token of eight hours and a refresh token of six months, once', async () => {
    const code = await codeOf('grace', pkce);
    const given = { code, code_verifier: VERIFIER, redirect_uri: CALLBACK };

    expect(await trade(given)).toEqual({
      access_token: expect.stringMatching(/^ghu_[A-Za-z0-9]{36}$/),
      expires_in: 28_800,
      refresh_token: expect.stringMatching(/^ghr_[A-Za-z0-9]{76}$/),
      refresh_token_expires_in: 15_897_600,
      token_type: 'bearer',
      scope: '',
    });
    expect(await trade(given)).toMatchObject({ error: 'bad_verification_code' });
  });

  it.each([
    ['another verifier', { code_verifier: CHALLENGE }, 'bad_verification_code'],
    ['no verifier', {}, 'bad_verification_code'],
    ['another secret', { client_secret: '0000' }, 'incorrect_client_credentials'],
    ['another address', { redirect_uri: 'http://evil.test/' }, 'redirect_uri_mismatch'],
  ])('is worth nothing with %s', async (_, fields, error) => {
    const code = await codeOf('grace', pkce);
    const right = error === 'bad_verification_code' ? {} : { code_verifier: VERIFIER };

    expect(await trade({ code, ...right, ...fields })).toMatchObject({ error });
  });

  it('is traded by Octokit as it is', async () => {
    const request = new Octokit({ baseUrl: test.github.urls.rest }).request;
    const auth = createAppAuth({
      appId: test.github.app?.id ?? 0,
      privateKey: test.github.app?.privateKeyPem ?? '',
      clientId: client.id,
      clientSecret: client.secret,
      request,
    });
    const own = await auth({ type: 'oauth-user', code: await codeOf('grace') });
    const reply = await test.call(own.token, 'GET', '/user');

    expect(own).toMatchObject({ tokenType: 'oauth', clientType: 'github-app' });
    expect(reply.body.login).toBe('grace');
  });
});

describe('a refresh token', () => {
  it('is traded once; the token before ends', async () => {
    const first = await trade({ code: await codeOf('grace') });
    const renew = { grant_type: 'refresh_token', refresh_token: first.refresh_token ?? '' };
    const second = await trade(renew);
    const again = await trade(renew);
    const statuses = [];
    for (const token of [first.access_token, second.access_token])
      statuses.push((await test.call(token ?? '', 'GET', '/user')).status);

    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(again).toMatchObject({ error: 'bad_refresh_token' });
    expect(statuses).toEqual([401, 200]);
  });

  it('ends with its months, as a token with its hours and a code with its minutes', () => {
    let time = 0;
    const grants = openUserGrants(() => new Date(time));
    const consent = { appId: 1, userId: 2 };
    const code = () => grants.authorize({ ...consent, redirectUri: CALLBACK, challenge: null });
    const [early, late] = [code(), code()];
    const { token, refreshToken } = grants.mint(consent, null);

    time = 599_000;
    expect(grants.redeem(early)).toMatchObject(consent);
    time = 600_000;
    expect(grants.redeem(late)).toBeUndefined();
    time = 28_799_000;
    expect(grants.find(token)).toMatchObject(consent);
    time = 28_800_000;
    expect(grants.find(token)).toBeUndefined();
    const next = grants.refresh(1, refreshToken);
    expect(next).toBeDefined();
    time += 15_897_600_000;
    expect(grants.refresh(1, next?.refreshToken ?? '')).toBeUndefined();
  });
});

describe('an App that acts for a person', () => {
  const refused = 'Resource not accessible by integration';

  it('may do what both may, and no more', async () => {
    const [grace, eve] = [await tokenOf('grace'), await tokenOf('eve')];
    const label = '/repos/acme/shop/issues/1/labels';
    const both = await test.call(grace, 'POST', label, { labels: ['bug'] });
    const start = '/repos/acme/shop/actions/workflows/none.yml/dispatches';
    const personOnly = await test.call(grace, 'POST', start, { ref: 'main' });
    const alone = await test.call(test.github.tokens.grace ?? '', 'POST', start, { ref: 'main' });
    const appOnly = await test.call(eve, 'POST', label, { labels: ['bug'] });

    expect([both.status, personOnly.status, alone.status, appOnly.status]).toEqual([
      200, 403, 404, 403,
    ]);
    expect(personOnly.body.message).toBe(refused);
    expect(appOnly.body.message).toContain('access to repository');
  });

  it('opens a pull request as the person, who cannot approve it', async () => {
    await test.commitOn('grace/sum', 'sum.js', 'export {}\n');
    const body = { title: 'The sum', head: 'grace/sum', base: 'main' };
    const pull = await test.call(await tokenOf('grace'), 'POST', PULLS, body);
    const seen = await test.call(null, 'GET', `/repos/acme/shop/issues/${pull.body.number}`);
    const review = (login: string) =>
      test.call(test.github.tokens[login] ?? '', 'POST', `${PULLS}/${pull.body.number}/reviews`, {
        event: 'APPROVE',
      });

    expect([pull.status, pull.body.user.login]).toEqual([201, 'grace']);
    expect(seen.body.performed_via_github_app.slug).toBe('sally');
    expect((await review('grace')).status).toBe(422);
    expect((await review('ada')).status).toBe(200);
  });

  it('reaches a private repository where it is installed and the person may look', async () => {
    const vault = '/repos/acme/vault';
    const [ada, grace] = [await tokenOf('ada'), await tokenOf('grace')];
    const { admin, app } = test.github;
    const before = await test.call(ada, 'GET', vault);
    const stranger = await test.call(grace, 'GET', vault);
    admin.removeRepositories(app?.installationId ?? 0, ['acme/vault'], 'ada');
    const after = await test.call(ada, 'GET', vault);
    const own = await test.call(test.github.tokens.ada ?? '', 'GET', vault);
    admin.addRepositories(app?.installationId ?? 0, ['acme/vault'], 'ada');

    expect([before, stranger, after, own].map(({ status }) => status)).toEqual([
      200, 404, 404, 200,
    ]);
  });

  it('is told where it is installed for the person', async () => {
    const ada = await test.call(await tokenOf('ada'), 'GET', '/user/installations');

    expect(ada.body).toMatchObject({ total_count: 1, installations: [{ app_slug: 'sally' }] });
  });

  it('narrows a token to one repository and one permission', async () => {
    const token = await tokenOf('grace');
    const shop = test.github.world.repositoryByName('acme', 'shop')?.id;
    const vault = test.github.world.repositoryByName('acme', 'vault')?.id;
    const scope = (fields: object) =>
      test.call(client.basic, 'POST', `/applications/${client.id}/token/scoped`, {
        access_token: token,
        target: 'acme',
        ...fields,
      });
    const narrow = await scope({ repository_ids: [shop], permissions: { pull_requests: 'write' } });
    const use = (path: string, body: object) => test.call(narrow.body.token, 'POST', path, body);
    const blob = await use('/repos/acme/shop/git/blobs', { content: 'Hello' });
    const pull = await use(PULLS, { title: 'Nothing', head: 'main', base: 'main' });

    expect(narrow.status).toBe(200);
    expect(narrow.body).toMatchObject({
      user: { login: 'grace' },
      installation: { permissions: { pull_requests: 'write' }, repository_selection: 'selected' },
    });
    expect([blob.status, pull.status]).toEqual([403, 422]);
    for (const fields of [
      { repository_ids: [vault] },
      { permissions: { administration: 'write' } },
      { target: 'grace' },
    ])
      expect((await scope(fields)).status).toBe(422);
  });

  it('may by GraphQL and git what it may by REST', async () => {
    const whole = await tokenOf('grace');
    const narrow = await test.call(
      client.basic,
      'POST',
      `/applications/${client.id}/token/scoped`,
      {
        access_token: whole,
        target: 'acme',
        repositories: ['shop'],
        permissions: { pull_requests: 'write' },
      },
    );
    const shop = await test.call(whole, 'GET', '/repos/acme/shop');
    const query =
      'mutation($input: CreateIssueInput!) { createIssue(input: $input) { issue { author { login } } } }';
    const issue = async (token: string) => {
      const variables = { input: { repositoryId: shop.body.node_id, title: 'By GraphQL' } };
      return (await test.call(token, 'POST', test.github.urls.graphql, { query, variables })).body;
    };
    const push = async (token: string) => {
      const path = '/acme/shop.git/info/refs?service=git-receive-pack';
      const basic = `Basic ${btoa(`x-access-token:${token}`)}`;
      return (await test.call(basic, 'GET', `${test.github.urls.origin}${path}`)).status;
    };

    expect((await issue(whole)).data.createIssue.issue.author.login).toBe('grace');
    expect((await issue(narrow.body.token)).errors[0].type).toBe('FORBIDDEN');
    expect([await push(whole), await push(narrow.body.token)]).toEqual([200, 403]);
  });

  it('can do nothing more once a token, or the person’s leave, was taken back', async () => {
    const [first, second] = [await tokenOf('grace'), await tokenOf('grace')];
    const path = `/applications/${client.id}`;
    const end = (what: string, token: string) =>
      test.call(client.basic, 'DELETE', `${path}/${what}`, { access_token: token });
    const works = async (token: string) => (await test.call(token, 'GET', '/user')).status;

    const check = await test.call(client.basic, 'POST', `${path}/token`, { access_token: first });
    expect(check.body).toMatchObject({ user: { login: 'grace' }, app: { client_id: client.id } });
    expect((await end('token', first)).status).toBe(204);
    expect([await works(first), await works(second)]).toEqual([401, 200]);
    expect((await end('token', first)).status).toBe(422);
    expect((await end('grant', second)).status).toBe(204);
    expect(await works(second)).toBe(401);
    // The next time it has to ask again.
    expect((await authorize('grace')).status).toBe(200);
  });

  it('is listed for the person, who takes it back there', async () => {
    const token = await tokenOf('grace');
    const { origin } = test.github.urls;
    const page = (login: string | null, form?: Fields, from = origin) =>
      fetch(`${origin}/settings/apps/authorizations`, {
        headers: {
          ...(login === null ? {} : { cookie: `local_session=${test.github.tokens[login]}` }),
          ...(form ? { origin: from } : {}),
        },
        ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
      });
    const listed = await (await page('grace')).text();
    const other = await (await page('ada')).text();
    const stranger = await (await page(null)).text();
    const foreign = await page('grace', { revoke: 'sally' }, 'http://evil.test');
    const before = await test.call(token, 'GET', '/user');
    const revoked = await (await page('grace', { revoke: 'sally' })).text();
    const after = await test.call(token, 'GET', '/user');

    expect(listed).toContain('sally may act on your behalf');
    expect(revoked).toContain('No App may act on your behalf');
    expect(other).toContain('sally may act on your behalf'); // ada’s own leave, untouched by hers
    expect(stranger).toContain('Sign in');
    expect([foreign.status, before.status, after.status]).toEqual([403, 200, 401]);
  });

  it('hears of a person who took it back', async () => {
    const receiver = await openReceiver();
    test.github.setWebhook(receiver.url);
    const token = await tokenOf('grace');
    test.github.admin.revokeAuthorization('sally', 'grace');
    await test.github.told();
    const [{ headers, text } = { headers: {}, text: '{}' }] = receiver.received;
    await receiver.close();

    expect(headers['x-github-event']).toBe('github_app_authorization');
    expect(JSON.parse(text)).toMatchObject({ action: 'revoked', sender: { login: 'grace' } });
    expect((await test.call(token, 'GET', '/user')).status).toBe(401);
  });
});
