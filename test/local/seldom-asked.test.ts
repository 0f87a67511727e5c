import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openReceiver, openTestGitHub, type TestGitHub } from './api-world.ts';

const SHOP = '/repos/acme/shop';
let test: TestGitHub;
let ada: string;
let sha: string;
let pull: string;
beforeAll(async () => {
  test = await openTestGitHub();
  ada = test.github.tokens.ada ?? '';
  sha = await test.commitOn('topic', 'cart.txt', 'apples\n');
  const opened = await test.call(ada, 'POST', `${SHOP}/pulls`, {
    title: 'Apples',
    head: 'topic',
    base: 'main',
  });
  pull = `${SHOP}/pulls/${opened.body.number}`;
});
afterAll(() => test.close());

describe('an operation that few clients ask', () => {
  it('lists the commits of a pull request', async () => {
    const { status, body } = await test.call(ada, 'GET', `${pull}/commits`);

    expect(status).toBe(200);
    expect(body.map((commit: { sha: string }) => commit.sha)).toEqual([sha]);
  });

  it('reacts to a review comment once', async () => {
    const comment = await test.call(ada, 'POST', `${pull}/comments`, {
      body: 'Ripe ones?',
      commit_id: sha,
      path: 'cart.txt',
      line: 1,
      side: 'RIGHT',
    });
    const path = `${SHOP}/pulls/comments/${comment.body.id}/reactions`;
    const first = await test.call(ada, 'POST', path, { content: 'eyes' });
    const again = await test.call(ada, 'POST', path, { content: 'eyes' });

    expect([first.status, again.status]).toEqual([201, 200]);
    expect(first.body).toMatchObject({ content: 'eyes', user: { login: 'ada' } });
    expect(again.body.id).toBe(first.body.id);
  });

  it('says whether a pull request was merged', async () => {
    const before = await test.call(ada, 'GET', `${pull}/merge`);
    await test.call(ada, 'PUT', `${SHOP}/branches/main/protection`, {
      required_status_checks: null,
      enforce_admins: null,
      required_pull_request_reviews: null,
      restrictions: null,
    });
    const merged = await test.call(ada, 'PUT', `${pull}/merge`);
    const after = await test.call(ada, 'GET', `${pull}/merge`);

    expect([before.status, merged.status, after.status]).toEqual([404, 200, 204]);
  });

  it('shows a delivery with what was asked and answered', async () => {
    const receiver = await openReceiver();
    test.github.setWebhook(receiver.url);
    await test.call(ada, 'POST', `${SHOP}/issues/1/labels`, { labels: ['sallyport'] });
    await test.github.idle();
    const jwt = await test.appJwt();
    const list = await test.call(jwt, 'GET', '/app/hook/deliveries');
    const one = await test.call(jwt, 'GET', `/app/hook/deliveries/${list.body[0].id}`);
    await receiver.close();

    expect(one.status).toBe(200);
    expect(one.body).toMatchObject({
      event: 'issues',
      action: 'labeled',
      request: { payload: { label: { name: 'sallyport' } } },
    });
  });
});
