import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalGitHub } from '#local/server.ts';
import { openTestGitHub, seed, type TestGitHub } from './api-world.ts';

let test: TestGitHub;
const now = () => Math.floor(Date.now() / 1000);
beforeAll(async () => {
  test = await openTestGitHub();
});
afterAll(() => test.close());

describe('an App’s JWT', () => {
  it('signs in by App id and by client id', async () => {
    const byId = await test.call(await test.appJwt(), 'GET', '/app');
    const jwt = await test.appJwt({ iss: test.github.app?.clientId ?? '' });
    const byClient = await test.call(jwt, 'GET', '/app');

    expect([byId.status, byClient.status]).toEqual([200, 200]);
    expect(byId.body.slug).toBe('sally');
  });

  it.each([
    ['lives longer than ten minutes', () => ({ exp: now() + 3600 }), 'too far in the future'],
    ['is expired', () => ({ exp: now() - 100 }), 'must be a numeric value'],
    ['was issued in the future', () => ({ iat: now() + 600 }), 'must be an Integer'],
    ['names no App', () => ({ iss: '' }), "Missing 'issuer' claim"],
  ])('is refused when it %s', async (_, claims, sentence) => {
    const reply = await test.call(await test.appJwt(claims()), 'GET', '/app');

    expect(reply.status).toBe(401);
    expect(reply.body.message).toContain(sentence);
  });

  it('of an App that is not there finds nothing', async () => {
    const reply = await test.call(await test.appJwt({ iss: '4242' }), 'GET', '/app');

    expect(reply.status).toBe(404);
    expect(reply.body).toEqual({
      message: 'Integration not found',
      documentation_url: 'https://docs.github.com/rest',
      status: '404',
    });
  });

  it('may come from a clock that is a minute off, and no more', async () => {
    const within = await test.call(await test.appJwt({ iat: now() + 45 }), 'GET', '/app');
    const beyond = await test.call(await test.appJwt({ iat: now() + 90 }), 'GET', '/app');
    const garbage = await test.call('eyJhbGciOiJub25lIn0.e30.', 'GET', '/app');

    expect([within.status, beyond.status, garbage.status]).toEqual([200, 401, 401]);
  });

  it('is refused when its signature was changed', async () => {
    const parts = (await test.appJwt()).split('.');
    const claims = Buffer.from(
      JSON.stringify({ iss: String(test.github.app?.id), iat: now(), exp: now() + 60 }),
    );
    const forged = [parts[0], claims.toString('base64url'), parts[2]].join('.');

    const reply = await test.call(forged, 'GET', '/app');

    expect(reply.status).toBe(401);
    expect(reply.body.message).toBe('A JSON web token could not be decoded');
  });
});

describe('an installation token', () => {
  it('has the long form with two dots and is taken in every spelling of the header', async () => {
    const token = await test.installationToken();
    const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
    const forms = [`token ${token}`, `bearer ${token}`, `Bearer ${token}`, `Basic ${basic}`];
    const statuses = [];
    for (const authorization of forms) {
      const url = `${test.github.urls.rest}/repos/acme/vault`;
      statuses.push((await fetch(url, { headers: { authorization } })).status);
    }

    expect(token).toMatch(/^ghs_\d+_eyJ[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(token.length).toBeGreaterThan(400);
    expect(statuses).toEqual([200, 200, 200, 200]);
  });

  it('has the older short form for who asks for it', async () => {
    const path = `/app/installations/${test.github.app?.installationId}/access_tokens`;
    const response = await fetch(`${test.github.urls.rest}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await test.appJwt()}`,
        'x-github-stateless-s2s-token': 'disabled',
      },
    });
    const { token } = (await response.json()) as { token: string };
    const reply = await test.call(token, 'GET', '/repos/acme/vault');

    expect(token).toMatch(/^ghs_[A-Za-z0-9]{36}$/);
    expect(reply.status).toBe(200);
  });

  it('never gets more than the installation has', async () => {
    const path = `/app/installations/${test.github.app?.installationId}/access_tokens`;
    const more = await test.call(await test.appJwt(), 'POST', path, {
      permissions: { administration: 'write' },
    });
    const other = await test.call(await test.appJwt(), 'POST', path, { repositories: ['nowhere'] });

    expect([more.status, other.status]).toEqual([422, 422]);
  });

  it('narrowed to one repository does not see the private other one', async () => {
    const token = await test.installationToken({
      repositories: ['shop'],
      permissions: { issues: 'read' },
    });
    const hidden = await test.call(token, 'GET', '/repos/acme/vault');
    const denied = await test.call(token, 'POST', '/repos/acme/shop/issues', { title: 'no' });

    expect(hidden.status).toBe(404);
    expect(denied.status).toBe(403);
    expect(denied.body.message).toBe('Resource not accessible by integration');
    expect(denied.headers.get('x-accepted-github-permissions')).toBe('issues=write');
  });

  it('is dead after it was revoked, and while the installation is suspended', async () => {
    const [first, second] = [await test.installationToken(), await test.installationToken()];
    const revoked = await test.call(first, 'DELETE', '/installation/token');
    const after = await test.call(first, 'GET', '/repos/acme/vault');
    const installation = [...test.github.world.installations.values()][0];
    if (!installation) throw new Error('expected an installation');
    installation.suspendedAt = new Date().toISOString();
    const suspended = await test.call(second, 'GET', '/repos/acme/vault');
    installation.suspendedAt = null;

    expect([revoked.status, after.status, suspended.status]).toEqual([204, 401, 403]);
    expect(suspended.body.message).toBe('This installation has been suspended');
  });
});

describe('a job’s token', () => {
  it('holds what it was minted with, in its repository alone, until it is revoked', async () => {
    const { world } = test.github;
    const shop = world.repositoryByName('acme', 'shop')?.id ?? 0;
    const token = world.mintJobToken(shop, { issues: 'read' }, 7);
    const read = await test.call(token, 'GET', '/repos/acme/shop/issues');
    const write = await test.call(token, 'POST', '/repos/acme/shop/issues', { title: 'no' });
    const other = await test.call(token, 'GET', '/repos/acme/vault');
    world.revokeJobToken(token);
    const dead = await test.call(token, 'GET', '/repos/acme/shop/issues');

    expect([read.status, write.status, other.status, dead.status]).toEqual([200, 403, 404, 401]);
  });
});

describe('startLocalGitHub', () => {
  it('says in one sentence that a port is taken', async () => {
    const { port } = new URL(test.github.urls.origin);
    const second = startLocalGitHub({ port: Number(port), dataDir: '/nonexistent', seed });

    await expect(second).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  });
});
