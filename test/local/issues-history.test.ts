import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openReceiver, openTestGitHub, type TestGitHub } from './api-world.ts';

const SHOP = '/repos/acme/shop';
let test: TestGitHub;
let receiver: Awaited<ReturnType<typeof openReceiver>>;
let ada: string;
let grace: string;
beforeAll(async () => {
  test = await openTestGitHub();
  receiver = await openReceiver();
  test.github.setWebhook(receiver.url);
  ({ ada = '', grace = '' } = test.github.tokens);
});
afterAll(async () => {
  await receiver.close();
  await test.close();
});

describe('the history of an issue', () => {
  it('tells who renamed, labelled, closed and reopened it, and what was said', async () => {
    const { body: issue } = await test.call(grace, 'POST', `${SHOP}/issues`, { title: 'Befor' });
    const path = `${SHOP}/issues/${issue.number}`;
    await test.call(grace, 'PATCH', path, { title: 'Before' });
    await test.call(ada, 'POST', `${path}/labels`, { labels: [{ name: 'bug' }] });
    await test.call(ada, 'POST', `${path}/comments`, { body: 'Seen.' });
    await test.call(ada, 'PATCH', path, { state: 'closed', state_reason: 'not_planned' });
    await test.call(ada, 'PATCH', path, { state: 'open' });
    await test.call(ada, 'DELETE', `${path}/labels/BUG`);

    const events = await test.call(ada, 'GET', `${path}/events`);
    const timeline = await test.call(ada, 'GET', `${path}/timeline`);
    const names = (list: { event: string }[]) => list.map(({ event }) => event);

    expect(names(events.body)).toEqual(['renamed', 'labeled', 'closed', 'reopened', 'unlabeled']);
    expect(events.body[0].rename).toEqual({ from: 'Befor', to: 'Before' });
    expect(names(timeline.body)).toEqual([
      'renamed',
      'labeled',
      'commented',
      'closed',
      'reopened',
      'unlabeled',
    ]);
    expect(timeline.body[2]).toMatchObject({ body: 'Seen.', actor: { login: 'ada' } });
    expect(timeline.body[3]).toMatchObject({ event: 'closed', state_reason: 'not_planned' });
  });

  it('names the App behind what its bot did, beside a person where there is none', async () => {
    const token = await test.installationToken();
    await test.call(token, 'POST', `${SHOP}/issues/1/labels`, { labels: ['by-app'] });
    await test.call(ada, 'POST', `${SHOP}/issues/1/labels`, { labels: ['by-ada'] });
    const { body } = await test.call(ada, 'GET', `${SHOP}/issues/1/events`);

    expect(body.at(-2)).toMatchObject({
      actor: { login: 'sally[bot]', type: 'Bot' },
      performed_via_github_app: { slug: 'sally' },
    });
    expect(body.at(-1)).toMatchObject({ actor: { login: 'ada' }, performed_via_github_app: null });
  });

  it('of a pull request holds its reviews, its merge and who it was assigned to', async () => {
    await test.commitOn('next', 'next.txt', '1\n');
    await test.commitOn('step', 'step.txt', '1\n');
    const opened = await test.call(grace, 'POST', `${SHOP}/pulls`, {
      title: 'Step',
      head: 'step',
      base: 'next',
    });
    const { number } = opened.body;
    await test.call(ada, 'POST', `${SHOP}/issues/${number}/assignees`, { assignees: ['grace'] });
    await test.call(ada, 'POST', `${SHOP}/pulls/${number}/reviews`, { event: 'APPROVE' });
    const merged = await test.call(ada, 'PUT', `${SHOP}/pulls/${number}/merge`, {});
    const events = await test.call(ada, 'GET', `${SHOP}/issues/${number}/events`);
    const timeline = await test.call(ada, 'GET', `${SHOP}/issues/${number}/timeline`);
    const asIssue = await test.call(ada, 'GET', `${SHOP}/issues/${number}`);
    const names = (list: { event: string }[]) => list.map(({ event }) => event);

    expect([opened.status, merged.status]).toEqual([201, 200]);
    expect(names(events.body)).toEqual(['assigned', 'merged', 'closed']);
    expect(events.body[1].commit_id).toBe(merged.body.sha);
    const said = ['committed', 'assigned', 'reviewed', 'merged', 'closed'];
    expect(names(timeline.body)).toEqual(said);
    expect(timeline.body[2]).toMatchObject({ user: { login: 'ada' }, state: 'APPROVED' });
    expect(asIssue.body).toMatchObject({
      state: 'closed',
      closed_by: { login: 'ada' },
      assignees: [{ login: 'grace' }],
      sub_issues_summary: { total: 0 },
    });
    expect(asIssue.body.pull_request.merged_at).toEqual(asIssue.body.closed_at);
  });

  it('goes out as webhooks with what was before', async () => {
    await test.github.idle();
    receiver.received.splice(0);
    const { body: comment } = await test.call(ada, 'POST', `${SHOP}/issues/1/comments`, {
      body: 'frist',
    });
    const path = `${SHOP}/issues/comments/${comment.id}`;
    await test.call(ada, 'PATCH', path, { body: 'first' });
    await test.call(ada, 'DELETE', path);
    await test.call(ada, 'PATCH', `${SHOP}/issues/1`, { title: 'The sum is right', body: '' });
    await test.github.idle();
    const sent = receiver.received.splice(0).map(({ text }) => JSON.parse(text));

    expect(sent.map(({ action, changes }) => [action, changes])).toEqual([
      ['created', undefined],
      ['edited', { body: { from: 'frist' } }],
      ['deleted', undefined],
      ['edited', { title: { from: 'The sum is wrong' }, body: { from: 'See *cart*.' } }],
    ]);
    expect(sent[1].comment).toMatchObject({ id: comment.id, body: 'first' });
    expect((await test.call(ada, 'GET', path)).status).toBe(404);
  });
});
