import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openReceiver, openTestGitHub, type TestGitHub } from './api-world.ts';

const SHOP = '/repos/acme/shop';
let test: TestGitHub;
let receiver: Awaited<ReturnType<typeof openReceiver>>;
let ada: string;
let grace: string;
let eve: string;
beforeAll(async () => {
  test = await openTestGitHub();
  receiver = await openReceiver();
  test.github.setWebhook(receiver.url);
  ({ ada = '', grace = '', eve = '' } = test.github.tokens);
});
afterAll(async () => {
  await receiver.close();
  await test.close();
});

/** The webhooks of one event since the last look, parsed. */
async function takeWebhooks(event: string) {
  await test.github.idle();
  return receiver.received
    .splice(0)
    .filter(({ headers }) => headers['x-github-event'] === event)
    .map(({ text }) => JSON.parse(text));
}

const logins = (people: { login: string }[]) => people.map(({ login }) => login);

describe('assignees', () => {
  it('are added by those with the role, and strangers among them are left out', async () => {
    const stranger = await test.call(eve, 'POST', `${SHOP}/issues/1/assignees`, {
      assignees: ['grace'],
    });
    const reply = await test.call(grace, 'POST', `${SHOP}/issues/1/assignees`, {
      assignees: ['Ada', 'eve', 'nobody', 'grace'],
    });

    expect([stranger.status, reply.status]).toEqual([403, 201]);
    expect(logins(reply.body.assignees)).toEqual(['ada', 'grace']);
    expect(reply.body.assignee.login).toBe('ada');
  });

  it('are announced one by one, and again when they go', async () => {
    await takeWebhooks('issues');
    const created = await test.call(grace, 'POST', `${SHOP}/issues`, {
      title: 'Somebody should look',
      assignees: ['grace', 'ada'],
    });
    const path = `${SHOP}/issues/${created.body.number}`;
    await test.call(grace, 'PATCH', path, { assignees: ['ada'] });
    const sent = await takeWebhooks('issues');
    const events = await test.call(grace, 'GET', `${path}/events`);

    expect(sent.map(({ action, assignee }) => [action, assignee?.login])).toEqual([
      ['opened', undefined],
      ['assigned', 'grace'],
      ['assigned', 'ada'],
      ['unassigned', 'grace'],
    ]);
    expect(logins(sent.at(-1).issue.assignees)).toEqual(['ada']);
    expect(events.body.at(-1)).toMatchObject({
      event: 'unassigned',
      assignee: { login: 'grace' },
      assigner: { login: 'grace' },
    });
  });

  it('may be somebody who has commented, and never more than ten', async () => {
    const { body: issue } = await test.call(ada, 'POST', `${SHOP}/issues`, { title: 'A talk' });
    const path = `${SHOP}/issues/${issue.number}`;
    const refused = await test.call(ada, 'PATCH', path, { title: 'x', assignees: ['eve'] });
    await test.call(eve, 'POST', `${path}/comments`, { body: 'I can help.' });
    const taken = await test.call(ada, 'PATCH', path, { assignees: ['eve'] });
    const unchanged = await test.call(ada, 'GET', path);

    expect([refused.status, taken.status]).toEqual([422, 200]);
    expect(refused.body.errors[0]).toMatchObject({ field: 'assignees', code: 'invalid' });
    expect(unchanged.body).toMatchObject({ title: 'A talk', assignees: [{ login: 'eve' }] });
  });

  it('and labels that a stranger sets on a new issue are dropped without a word', async () => {
    const reply = await test.call(eve, 'POST', `${SHOP}/issues`, {
      title: 'Please',
      labels: ['bug'],
      assignees: ['ada'],
    });

    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ labels: [], assignees: [], author_association: 'NONE' });
  });

  it('find their issues again in a list', async () => {
    const list = async (query: string) =>
      (await test.call(ada, 'GET', `${SHOP}/issues?${query}`)).body.map(
        (issue: { number: number }) => issue.number,
      );

    expect(await list('assignee=grace')).toEqual([1]);
    expect(await list('assignee=none')).toContain(2);
    expect(await list('assignee=*')).not.toContain(2);
    expect((await test.call(ada, 'GET', `${SHOP}/issues?assignee=nobody`)).status).toBe(422);
  });
});
