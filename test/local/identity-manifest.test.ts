import { createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importPKCS8, SignJWT } from 'jose';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

const MANIFEST = {
  name: 'Factory Floor',
  url: 'http://127.0.0.1:7000',
  hook_attributes: { url: 'http://127.0.0.1:7000/webhook' },
  redirect_url: 'http://127.0.0.1:7000/setup/done',
  default_permissions: { issues: 'write', contents: 'read' },
  default_events: ['issues'],
  public: false,
};
let test: TestGitHub;
beforeAll(async () => {
  test = await openTestGitHub();
});
afterAll(() => test.close());

function submit(path: string, manifest: string) {
  return fetch(`${test.github.urls.origin}${path}`, {
    method: 'POST',
    body: new URLSearchParams({ manifest }),
    redirect: 'manual',
  });
}

async function codeFor(path = '/settings/apps/new'): Promise<string> {
  const response = await submit(path, JSON.stringify(MANIFEST));
  return new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? '';
}

describe('a manifest', () => {
  it('sent as a form leads back with a code that is worth an App, once', async () => {
    const path = '/organizations/acme/settings/apps/new?state=abc123';
    const response = await submit(path, JSON.stringify(MANIFEST));
    const back = new URL(response.headers.get('location') ?? '');
    const convert = `/app-manifests/${back.searchParams.get('code')}/conversions`;
    const made = await test.call(null, 'POST', convert);
    const again = await test.call(null, 'POST', convert);

    expect(response.status).toBe(302);
    expect(back.href).toMatch(
      /^http:\/\/127\.0\.0\.1:7000\/setup\/done\?code=[0-9a-f]{40}&state=abc123$/,
    );
    expect([made.status, again.status]).toEqual([201, 404]);
    expect(made.body).toMatchObject({
      slug: 'factory-floor',
      owner: { login: 'acme' },
      permissions: { issues: 'write', contents: 'read', metadata: 'read' },
      events: ['issues'],
    });
    expect(made.body.pem).toContain('BEGIN RSA PRIVATE KEY');
    expect(made.body.webhook_secret).toMatch(/^[0-9a-f]{48}$/);
  });

  it('gives a key that signs in, and an App that can be installed', async () => {
    const { body } = await test.call(null, 'POST', `/app-manifests/${await codeFor()}/conversions`);
    const pem = createPrivateKey(body.pem).export({ type: 'pkcs8', format: 'pem' });
    const now = Math.floor(Date.now() / 1000);
    const jwt = await new SignJWT({ iat: now, exp: now + 60, iss: body.client_id })
      .setProtectedHeader({ alg: 'RS256' })
      .sign(await importPKCS8(String(pem), 'RS256'));
    const self = await test.call(jwt, 'GET', '/app');
    const { id } = test.github.admin.install({ app: body.slug, account: 'acme', by: 'ada' });
    const token = await test.call(jwt, 'POST', `/app/installations/${id}/access_tokens`);

    expect(self.body).toMatchObject({ id: body.id, slug: 'factory-floor-1' });
    expect(token.body.permissions).toEqual({ issues: 'write', contents: 'read', metadata: 'read' });
  });

  it('that is none registers nothing', async () => {
    const apps = test.github.world.apps.size;
    const broken = await submit('/settings/apps/new', '{"name":');
    const hostile = await submit(
      '/settings/apps/new',
      JSON.stringify({ ...MANIFEST, redirect_url: 'javascript:alert(1)' }),
    );
    const nowhere = await submit(
      '/organizations/nobody/settings/apps/new',
      JSON.stringify(MANIFEST),
    );
    const unknown = await test.call(null, 'POST', '/app-manifests/0000/conversions');

    expect([broken.status, hostile.status, nowhere.status, unknown.status]).toEqual([
      422, 422, 404, 404,
    ]);
    expect(test.github.world.apps.size).toBe(apps);
  });

  it('is shown before it is sent', async () => {
    const query = new URLSearchParams({ manifest: JSON.stringify(MANIFEST) });
    const page = await fetch(`${test.github.urls.origin}/settings/apps/new?${query}`);

    expect(page.status).toBe(200);
    expect(await page.text()).toContain('issues: write');
  });
});

describe('the page that installs an App', () => {
  const path = '/apps/sally/installations/new';
  const ask = (login: string | null, form?: Record<string, string>, origin?: string) =>
    fetch(`${test.github.urls.origin}${path}`, {
      method: form ? 'POST' : 'GET',
      headers: {
        ...(login ? { authorization: `token ${test.github.tokens[login]}` } : {}),
        ...(form ? { origin: origin ?? test.github.urls.origin } : {}),
      },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    });

  it('offers the own account and organizations that one administers, to who signed in', async () => {
    const [stranger, grace, ada] = [await ask(null), await ask('grace'), await ask('ada')];

    expect([stranger.status, grace.status, ada.status]).toEqual([401, 200, 200]);
    expect(await grace.text()).not.toContain('<option>acme');
    expect(await ada.text()).toContain('<option>acme/vault</option>');
  });

  it('installs once, where one may, from its own form, on what was chosen', async () => {
    const answers = [
      await ask('grace', { account: 'acme' }),
      await ask('ada', { account: 'ada' }, 'https://evil.example'),
      await ask('ada', { account: 'ada', repository: 'acme/vault' }),
      await ask('ada', { account: 'acme' }), // the seed installed it there
    ];
    const good = await ask('grace', { account: 'grace', repository: '' });

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 422, 422]);
    expect(good.status).toBe(200);
    const installed = [...test.github.world.installations.values()].map(
      ({ accountId }) => accountId,
    );
    expect(installed).toContain(test.github.world.userByLogin('grace')?.id);
    expect(installed).not.toContain(test.github.world.userByLogin('ada')?.id);
  });
});
