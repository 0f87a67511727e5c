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

interface Issue {
  readonly id: number;
  readonly number: number;
}

async function open(title: string, repository = SHOP): Promise<Issue> {
  return (await test.call(ada, 'POST', `${repository}/issues`, { title })).body;
}

const waitFor = (blocked: Issue, blocker: Issue, token = ada) =>
  test.call(token, 'POST', `${SHOP}/issues/${blocked.number}/dependencies/blocked_by`, {
    issue_id: blocker.id,
  });

const release = (blocked: Issue, blocker: Issue, token = ada) =>
  test.call(
    token,
    'DELETE',
    `${SHOP}/issues/${blocked.number}/dependencies/blocked_by/${blocker.id}`,
  );

describe('an issue that waits for another', () => {
  it('is told of on both sides, counted while it waits, and let go', async () => {
    const [blocked, blocker] = [await open('Waits'), await open('Holds up')];
    await test.github.idle();
    receiver.received.splice(0);
    const stranger = await waitFor(blocked, blocker, eve);
    const added = await waitFor(blocked, blocker);
    await test.call(ada, 'PATCH', `${SHOP}/issues/${blocker.number}`, { state: 'closed' });
    const held = await test.call(ada, 'GET', `${SHOP}/issues/${blocked.number}`);
    const foreign = await release(blocked, blocker, eve);
    const released = await release(blocked, blocker);
    const again = await release(blocked, blocker);
    await test.github.idle();
    const sent = receiver.received
      .splice(0)
      .filter(({ headers }) => headers['x-github-event'] === 'issue_dependencies')
      .map(({ text }) => JSON.parse(text));
    const events = await test.call(ada, 'GET', `${SHOP}/issues/${blocked.number}/events`);

    expect([stranger.status, added.status]).toEqual([403, 201]);
    expect([foreign.status, released.status, again.status]).toEqual([403, 200, 404]);
    expect(added.body.issue_dependencies_summary).toMatchObject({ blocked_by: 1 });
    expect(held.body.issue_dependencies_summary).toEqual({
      blocked_by: 0,
      blocking: 0,
      total_blocked_by: 1,
      total_blocking: 0,
    });
    expect(sent.map(({ action }) => action)).toEqual([
      'blocked_by_added',
      'blocking_added',
      'blocked_by_removed',
      'blocking_removed',
    ]);
    expect(sent[0]).toMatchObject({
      blocked_issue: { number: blocked.number },
      blocking_issue: { number: blocker.number },
      blocking_issue_repo: { full_name: 'acme/shop' },
    });
    expect(events.body[0]).toMatchObject({
      event: 'blocked_by_added',
      blocked_by: { number: blocker.number },
    });
  });

  it('waits for an issue once, and never for itself or a pull request', async () => {
    const [blocked, blocker] = [await open('Once'), await open('Only')];
    await test.commitOn('side', 'side.txt', '1\n');
    const { body: pull } = await test.call(grace, 'POST', `${SHOP}/pulls`, {
      title: 'Aside',
      head: 'side',
      base: 'main',
    });
    const { body: asIssue } = await test.call(ada, 'GET', `${SHOP}/issues/${pull.number}`);
    const first = await waitFor(blocked, blocker);
    const twice = await waitFor(blocked, blocker);
    const self = await waitFor(blocked, blocked);
    const onPull = await waitFor(blocked, asIssue);

    expect([first.status, twice.status, self.status, onPull.status]).toEqual([201, 422, 422, 422]);
    expect(onPull.body.errors[0].message).toBe('Target issue may only be an issue');
  });

  it('shows a blocker in another repository only to those who may see it', async () => {
    const [blocked, hidden] = [await open('Open'), await open('Hidden', '/repos/acme/vault')];
    const byStranger = await waitFor(blocked, hidden, grace);
    const byOwner = await waitFor(blocked, hidden);
    const path = `${SHOP}/issues/${blocked.number}/dependencies/blocked_by`;
    const names = async (token: string) =>
      (await test.call(token, 'GET', path)).body.map(
        ({ repository }: { repository: { full_name: string } }) => repository.full_name,
      );

    expect([byStranger.status, byOwner.status]).toEqual([404, 201]);
    expect(await names(ada)).toEqual(['acme/vault']);
    expect(await names(grace)).toEqual([]);
  });

  it('waits for fifty at most', async () => {
    const blocked = await open('Patient');
    const statuses: number[] = [];
    for (let index = 0; index <= 50; index += 1)
      statuses.push((await waitFor(blocked, await open(`blocker ${index}`))).status);

    expect(statuses.filter((status) => status === 201)).toHaveLength(50);
    expect(statuses.at(-1)).toBe(422);
  });
});
