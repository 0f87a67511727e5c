import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openReceiver, openTestGitHub, type TestGitHub } from './api-world.ts';

const SHOP = '/repos/acme/shop';
let test: TestGitHub;
let receiver: Awaited<ReturnType<typeof openReceiver>>;
let ada: string;
let eve: string;
beforeAll(async () => {
  test = await openTestGitHub();
  receiver = await openReceiver();
  test.github.setWebhook(receiver.url);
  ({ ada = '', eve = '' } = test.github.tokens);
});
afterAll(async () => {
  await receiver.close();
  await test.close();
});

interface Issue {
  readonly id: number;
  readonly number: number;
}

async function open(title: string): Promise<Issue> {
  return (await test.call(ada, 'POST', `${SHOP}/issues`, { title })).body;
}

function add(parent: Issue, child: Issue, more: object = {}, token = ada) {
  const path = `${SHOP}/issues/${parent.number}/sub_issues`;
  return test.call(token, 'POST', path, { sub_issue_id: child.id, ...more });
}

async function numbersBelow(parent: Issue): Promise<number[]> {
  const { body } = await test.call(ada, 'GET', `${SHOP}/issues/${parent.number}/sub_issues`);
  return body.map((issue: Issue) => issue.number);
}

describe('sub-issues', () => {
  it('are counted above and named below', async () => {
    const [parent, one, two] = [await open('Parent'), await open('One'), await open('Two')];
    const stranger = await add(parent, one, {}, eve);
    const added = await add(parent, one);
    await add(parent, two);
    await test.call(ada, 'PATCH', `${SHOP}/issues/${one.number}`, { state: 'closed' });
    const above = await test.call(ada, 'GET', `${SHOP}/issues/${one.number}/parent`);
    const child = await test.call(ada, 'GET', `${SHOP}/issues/${one.number}`);
    const orphan = await test.call(ada, 'GET', `${SHOP}/issues/${parent.number}/parent`);

    expect([stranger.status, added.status, orphan.status]).toEqual([403, 201, 404]);
    expect(added.body.sub_issues_summary.total).toBe(1);
    expect(above.body).toMatchObject({
      number: parent.number,
      repository: { full_name: 'acme/shop' },
      sub_issues_summary: { total: 2, completed: 1, percent_completed: 50 },
    });
    expect(child.body.parent_issue_url).toBe(above.body.url);
    expect(await numbersBelow(parent)).toEqual([one.number, two.number]);
  });

  it('have one parent, until it is replaced', async () => {
    const [first, second, child] = [await open('First'), await open('Second'), await open('Child')];
    await add(first, child);
    const twice = await add(first, child);
    const other = await add(second, child);
    const replaced = await add(second, child, { replace_parent: true });

    expect([twice.status, other.status, replaced.status]).toEqual([422, 422, 201]);
    expect(twice.body.message).toBe(
      'An error occurred while adding the sub-issue to the parent issue. Issue may not contain duplicate sub-issues and Sub issue may only have one parent',
    );
    expect(await numbersBelow(first)).toEqual([]);
    expect(await numbersBelow(second)).toEqual([child.number]);
  });

  it('are moved next to a sibling, and taken out', async () => {
    const parent = await open('Ordered');
    const [a, b, c] = [await open('a'), await open('b'), await open('c')];
    for (const each of [a, b, c]) await add(parent, each);
    const path = `${SHOP}/issues/${parent.number}`;
    const move = (body: object) => test.call(ada, 'PATCH', `${path}/sub_issues/priority`, body);
    const moved = await move({ sub_issue_id: c.id, before_id: a.id });
    await move({ sub_issue_id: a.id, after_id: b.id });
    const both = await move({ sub_issue_id: a.id, after_id: b.id, before_id: c.id });
    const foreign = await move({ sub_issue_id: a.id, after_id: parent.id });
    const order = await numbersBelow(parent);
    const removed = await test.call(ada, 'DELETE', `${path}/sub_issue`, { sub_issue_id: b.id });
    const again = await test.call(ada, 'DELETE', `${path}/sub_issue`, { sub_issue_id: b.id });

    expect([moved.status, both.status, foreign.status]).toEqual([200, 422, 422]);
    expect(order).toEqual([c.number, b.number, a.number]);
    expect([removed.status, again.status]).toEqual([200, 404]);
    expect(await numbersBelow(parent)).toEqual([c.number, a.number]);
  });

  it('form no circle and go eight levels deep', async () => {
    const line = [await open('level 0')];
    for (let level = 1; level <= 9; level += 1) line.push(await open(`level ${level}`));
    const link = (above: number, below: number) => add(line[above] as Issue, line[below] as Issue);
    const statuses: number[] = [];
    for (let level = 1; level <= 9; level += 1)
      statuses.push((await link(level - 1, level)).status);
    const self = await link(9, 9);
    const circle = await link(3, 0);

    expect(statuses).toEqual([201, 201, 201, 201, 201, 201, 201, 201, 422]);
    expect([self.status, circle.status]).toEqual([422, 422]);
    expect(circle.body.message).toContain('Sub issue cannot be an ancestor of its parent');
  });

  it('are at most a hundred', async () => {
    const parent = await open('Wide');
    const children: Issue[] = [];
    for (let index = 0; index <= 100; index += 1) children.push(await open(`child ${index}`));
    const statuses: number[] = [];
    for (const child of children) statuses.push((await add(parent, child)).status);
    const page = await test.call(
      ada,
      'GET',
      `${SHOP}/issues/${parent.number}/sub_issues?per_page=100`,
    );

    expect(statuses.filter((status) => status === 201)).toHaveLength(100);
    expect(statuses.at(-1)).toBe(422);
    expect(page.body).toHaveLength(100);
  });

  it('are announced on both sides, and written into both histories', async () => {
    await test.github.idle();
    receiver.received.splice(0);
    const [parent, child] = [await open('Told'), await open('Too')];
    await add(parent, child);
    await test.call(ada, 'DELETE', `${SHOP}/issues/${parent.number}/sub_issue`, {
      sub_issue_id: child.id,
    });
    await test.github.idle();
    const sent = receiver.received
      .splice(0)
      .filter(({ headers }) => headers['x-github-event'] === 'sub_issues')
      .map(({ text }) => JSON.parse(text));
    const above = await test.call(ada, 'GET', `${SHOP}/issues/${parent.number}/timeline`);
    const below = await test.call(ada, 'GET', `${SHOP}/issues/${child.number}/events`);

    expect(sent.map(({ action }) => action)).toEqual([
      'parent_issue_added',
      'sub_issue_added',
      'parent_issue_removed',
      'sub_issue_removed',
    ]);
    expect(sent[0]).toMatchObject({ parent_issue_id: parent.id, sub_issue: { id: child.id } });
    expect(above.body[0]).toMatchObject({
      event: 'sub_issue_added',
      sub_issue: { number: child.number },
    });
    expect(below.body[1]).toMatchObject({
      event: 'parent_issue_removed',
      parent_issue: { number: parent.number, repository: { full_name: 'acme/shop' } },
    });
  });

  it('refuse ids that name no issue the caller may see', async () => {
    const parent = await open('Careful');
    const vault = await test.call(ada, 'POST', '/repos/acme/vault/issues', { title: 'Secret' });
    const path = `${SHOP}/issues/${parent.number}`;
    const token = await test.installationToken({ repositories: ['shop'] });
    const statuses = async (value: unknown) => [
      (await test.call(ada, 'POST', `${path}/sub_issues`, { sub_issue_id: value })).status,
      (await test.call(ada, 'DELETE', `${path}/sub_issue`, { sub_issue_id: value })).status,
      (
        await test.call(ada, 'PATCH', `${path}/sub_issues/priority`, {
          sub_issue_id: value,
          after_id: 1,
        })
      ).status,
    ];
    const hidden = await add(parent, vault.body, {}, token);
    const seen = await add(parent, vault.body);

    expect(await statuses(-1)).toEqual([404, 404, 404]);
    expect(await statuses(9_007_199_254_740_991)).toEqual([404, 404, 404]);
    expect(await statuses('7')).toEqual([422, 400, 422]);
    expect(await statuses(1.5)).toEqual([422, 400, 422]);
    expect([hidden.status, seen.status]).toEqual([404, 201]);
    expect((await test.call(token, 'GET', `${path}/sub_issues`)).body).toEqual([]);
  });
});
