import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

const SHOP = '/repos/acme/shop';
let test: TestGitHub;
let ada: string;
let eve: string;
beforeAll(async () => {
  test = await openTestGitHub();
  ({ ada = '', eve = '' } = test.github.tokens);
});
afterAll(() => test.close());

describe('reactions', () => {
  it('count once for each account and emoji, on issues and comments', async () => {
    const path = `${SHOP}/issues/1/reactions`;
    const first = await test.call(eve, 'POST', path, { content: 'heart' });
    const again = await test.call(eve, 'POST', path, { content: 'heart' });
    await test.call(ada, 'POST', path, { content: '+1' });
    const comment = await test.call(ada, 'POST', `${SHOP}/issues/1/comments`, { body: 'Yes.' });
    const onComment = `${SHOP}/issues/comments/${comment.body.id}`;
    await test.call(eve, 'POST', `${onComment}/reactions`, { content: 'eyes' });
    const issue = await test.call(ada, 'GET', `${SHOP}/issues/1`);
    const shown = await test.call(ada, 'GET', onComment);
    const hearts = await test.call(ada, 'GET', `${path}?content=heart`);

    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body.id).toBe(first.body.id);
    expect(issue.body.reactions).toMatchObject({ total_count: 2, heart: 1, '+1': 1, eyes: 0 });
    expect(shown.body.reactions).toMatchObject({ total_count: 1, eyes: 1 });
    expect(hearts.body).toMatchObject([{ content: 'heart', user: { login: 'eve' } }]);
  });

  it('are taken back by who gave them, and by nobody else', async () => {
    const path = `${SHOP}/issues/2/reactions`;
    const { body } = await test.call(eve, 'POST', path, { content: 'rocket' });
    const other = await test.call(ada, 'DELETE', `${path}/${body.id}`);
    const elsewhere = await test.call(eve, 'DELETE', `${SHOP}/issues/1/reactions/${body.id}`);
    const own = await test.call(eve, 'DELETE', `${path}/${body.id}`);

    expect([other.status, elsewhere.status, own.status]).toEqual([403, 404, 204]);
    expect((await test.call(ada, 'GET', path)).body).toEqual([]);
  });

  it('refuse what is no emoji, and what is not there', async () => {
    const wrong = await test.call(ada, 'POST', `${SHOP}/issues/1/reactions`, { content: 'shrug' });
    const number = await test.call(ada, 'POST', `${SHOP}/issues/1/reactions`, { content: 1 });
    const none = await test.call(ada, 'POST', `${SHOP}/issues/1/reactions`, {});
    const gone = await test.call(ada, 'POST', `${SHOP}/pulls/comments/999999/reactions`, {
      content: 'heart',
    });

    expect([wrong.status, number.status, none.status, gone.status]).toEqual([422, 422, 422, 404]);
  });
});
