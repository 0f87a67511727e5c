import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openReceiver, openTestGitHub, type TestGitHub } from './api-world.ts';

const SHOP = '/repos/acme/shop';
const VAULT = '/repos/acme/vault';
let test: TestGitHub;
let receiver: Awaited<ReturnType<typeof openReceiver>>;
beforeAll(async () => {
  test = await openTestGitHub();
  receiver = await openReceiver();
  test.github.setWebhook(receiver.url);
});
beforeEach(() => {
  receiver.received.length = 0;
});
afterAll(async () => {
  await test.close();
  await receiver.close();
});

function installed() {
  return test.github.app?.installationId ?? 0;
}

async function events() {
  await test.github.idle();
  return receiver.received.map(({ headers, text }) => ({
    name: `${headers['x-github-event']}.${JSON.parse(text).action}`,
    payload: JSON.parse(text),
  }));
}

describe('an installation', () => {
  it('that is suspended refuses its tokens and hears of nothing, until it is let go on', async () => {
    const { admin } = test.github;
    const token = await test.installationToken();
    admin.suspend(installed(), 'ada');
    const refused = await test.call(token, 'GET', SHOP);
    const mint = `/app/installations/${installed()}/access_tokens`;
    const minted = await test.call(await test.appJwt(), 'POST', mint);
    const seen = await test.call(await test.appJwt(), 'GET', `/app/installations/${installed()}`);
    const ada = test.github.tokens.ada ?? '';
    await test.call(ada, 'POST', `${SHOP}/issues/1/labels`, { labels: ['unheard'] });
    admin.unsuspend(installed(), 'ada');
    const allowed = await test.call(token, 'GET', SHOP);
    await test.call(ada, 'POST', `${SHOP}/issues/1/labels`, { labels: ['heard'] });

    expect([refused.status, minted.status, allowed.status]).toEqual([403, 403, 200]);
    expect(refused.body.message).toBe('This installation has been suspended');
    expect(seen.body).toMatchObject({ suspended_by: { login: 'ada' } });
    const heard = await events();
    expect(heard.map(({ name }) => name)).toEqual([
      'installation.suspend',
      'installation.unsuspend',
      'issues.labeled',
    ]);
    expect(heard[2]?.payload.label.name).toBe('heard');
  });

  it('reaches only the repositories that were chosen', async () => {
    const { admin } = test.github;
    admin.removeRepositories(installed(), ['acme/vault'], 'ada');
    const token = await test.installationToken();
    const hidden = await test.call(token, 'GET', VAULT);
    const shown = await test.call(token, 'GET', SHOP);
    const list = await test.call(token, 'GET', '/installation/repositories');
    const asked = await test.call(
      await test.appJwt(),
      'POST',
      `/app/installations/${installed()}/access_tokens`,
      { repositories: ['vault'] },
    );
    const lookup = await test.call(await test.appJwt(), 'GET', `${VAULT}/installation`);
    admin.addRepositories(installed(), ['acme/vault'], 'ada');
    const again = await test.call(token, 'GET', VAULT);

    expect([hidden.status, shown.status, asked.status, lookup.status]).toEqual([
      404, 200, 422, 404,
    ]);
    expect(list.body).toMatchObject({ total_count: 1, repository_selection: 'selected' });
    expect(again.status).toBe(200);
    const heard = await events();
    expect(heard.map(({ name }) => name)).toEqual([
      'installation_repositories.removed',
      'installation_repositories.added',
    ]);
    expect(heard[1]?.payload).toMatchObject({
      repositories_added: [{ full_name: 'acme/vault', private: true }],
      repositories_removed: [],
      installation: { repository_selection: 'selected' },
      sender: { login: 'ada' },
    });
  });

  it('gets what its App newly asks for when a person agrees', async () => {
    const { admin } = test.github;
    const wish = { permissions: { actions: 'write' } };
    const mint = `/app/installations/${installed()}/access_tokens`;
    admin.requestPermissions('sally', { issues: 'write', actions: 'write' });
    const before = await test.call(await test.appJwt(), 'POST', mint, wish);
    admin.acceptPermissions(installed(), 'ada');
    const after = await test.call(await test.appJwt(), 'POST', mint, wish);

    expect([before.status, after.status]).toEqual([422, 201]);
    expect((await events()).map(({ name }) => name)).toEqual([
      'installation.new_permissions_accepted',
    ]);
  });

  it('that was removed is nowhere, and its tokens are dead; installed again, it is another', async () => {
    const { admin } = test.github;
    const token = await test.installationToken();
    const old = installed();
    admin.remove(old, 'ada');
    const dead = await test.call(token, 'GET', SHOP);
    const gone = await test.call(await test.appJwt(), 'GET', `/app/installations/${old}`);
    const next = admin.install({
      app: 'sally',
      account: 'acme',
      repositories: ['acme/shop'],
      by: 'ada',
    });
    const fresh = await test.call(
      await test.appJwt(),
      'POST',
      `/app/installations/${next.id}/access_tokens`,
    );

    expect([dead.status, gone.status, fresh.status]).toEqual([401, 404, 201]);
    expect(next.id).not.toBe(old);
    const heard = await events();
    expect(heard.map(({ name }) => name)).toEqual(['installation.deleted', 'installation.created']);
    expect(heard[1]?.payload.repositories).toMatchObject([{ full_name: 'acme/shop' }]);
  });
});

describe('an item of a project’s board', () => {
  it('that is dragged to another column tells both columns to the App that listens', async () => {
    const sally = [...test.github.world.apps.values()].find(({ slug }) => slug === 'sally');
    if (!sally) throw new Error('expected the App sally');
    const listening = { ...sally, events: [...sally.events, 'projects_v2_item'] };
    test.github.world.apps.set(sally.id, listening);
    test.github.admin.moveProjectItem({
      repository: 'acme/shop',
      number: 1,
      project: 2,
      from: 'Todo',
      to: 'Ready',
      by: 'grace',
    });

    const heard = await events();
    expect(heard.map(({ name }) => name)).toEqual(['projects_v2_item.edited']);
    expect(heard[0]?.payload).toMatchObject({
      changes: {
        field_value: { field_name: 'Status', from: { name: 'Todo' }, to: { name: 'Ready' } },
      },
      projects_v2_item: { content_type: 'Issue' },
      organization: { login: 'acme' },
      sender: { login: 'grace' },
    });
  });
});
