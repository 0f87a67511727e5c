import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

const SHOP = '/repos/acme/shop';
let test: TestGitHub;
let ada: string;
beforeAll(async () => {
  test = await openTestGitHub();
  ada = test.github.tokens.ada ?? '';
});
afterAll(() => test.close());

/** Every operation that reads a body, with the fields it reads. */
const OPERATIONS: readonly (readonly [string, string, readonly string[]])[] = [
  ['POST', '/issues', ['title', 'body', 'labels', 'assignees', 'assignee']],
  ['PATCH', '/issues/1', ['title', 'body', 'state', 'state_reason', 'labels', 'assignees']],
  ['POST', '/issues/1/assignees', ['assignees']],
  ['POST', '/issues/1/labels', ['labels']],
  ['PUT', '/issues/1/labels', ['labels']],
  ['POST', '/labels', ['name', 'color', 'description']],
  ['POST', '/issues/1/comments', ['body']],
  ['POST', '/issues/1/reactions', ['content']],
  ['POST', '/issues/1/sub_issues', ['sub_issue_id', 'replace_parent']],
  ['DELETE', '/issues/1/sub_issue', ['sub_issue_id']],
  ['PATCH', '/issues/1/sub_issues/priority', ['sub_issue_id', 'after_id', 'before_id']],
  ['POST', '/issues/1/dependencies/blocked_by', ['issue_id']],
];

const VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  1e300,
  1.5,
  '',
  '\u0000',
  '\ud800',
  '__proto__',
  'x'.repeat(70_000),
  [],
  [[]],
  [null],
  [{ name: 7 }],
  Array.from({ length: 200 }, (_, index) => `n${index}`),
  {},
  { name: { toString: 'x' } },
];

describe('input that makes no sense', () => {
  it.each(OPERATIONS)('%s %s refuses it or takes it, and never breaks', async (...operation) => {
    const [method, path, fields] = operation;
    const statuses = new Set<number>();
    for (const field of fields)
      for (const value of VALUES) {
        // An empty list takes all labels away: GitHub says so, though its description forbids it.
        if (method === 'PUT' && Array.isArray(value) && value.length === 0) continue;
        const reply = await test.call(ada, method, `${SHOP}${path}`, { [field]: value });
        statuses.add(reply.status);
        if (reply.status >= 400) expect(typeof reply.body.message).toBe('string');
      }

    const allowed = [200, 201, 400, 404, 422];
    expect([...statuses].filter((status) => !allowed.includes(status))).toEqual([]);
    expect(Math.max(...statuses)).toBeGreaterThanOrEqual(400);
  });

  it.each([
    '/issues/0',
    '/issues/-1',
    '/issues/1e3',
    '/issues/99999999999999999999',
    '/issues/1.5/comments',
    '/issues/comments/99999999999999999999',
    '/issues/1/reactions/-5',
    '/issues/%00',
    '/labels/%00',
    '/labels/no%2Fsuch',
    '/labels/%2e%2e%2f%2e%2e',
  ])('answers 404 to GET %s', async (path) => {
    const method = path.includes('reactions/') ? 'DELETE' : 'GET';
    expect((await test.call(ada, method, `${SHOP}${path}`)).status).toBe(404);
  });

  it('leaves an issue as it was when one of its fields is refused', async () => {
    const { body: issue } = await test.call(ada, 'POST', `${SHOP}/issues`, { title: 'Whole' });
    const path = `${SHOP}/issues/${issue.number}`;
    for (const wrong of [{ labels: [7] }, { assignees: [{}] }, { state: 'half' }, { body: [] }]) {
      const reply = await test.call(ada, 'PATCH', path, { title: 'Half', ...wrong });
      expect([reply.status, Object.keys(wrong)]).toEqual([422, Object.keys(wrong)]);
    }
    const kept = await test.call(ada, 'GET', path);

    expect(kept.body).toMatchObject({ title: 'Whole', state: 'open', labels: [] });
    expect(kept.body.updated_at).toBe(issue.updated_at);
  });

  it('knows no milestone by number, and takes none for an answer', async () => {
    const errors = [{ resource: 'Issue', code: 'invalid', field: 'milestone' }];
    const { body: issue } = await test.call(ada, 'POST', `${SHOP}/issues`, { title: 'Alone' });
    const path = `${SHOP}/issues/${issue.number}`;
    for (const refused of [
      await test.call(ada, 'POST', `${SHOP}/issues`, { title: 'x', milestone: 9 }),
      await test.call(ada, 'PATCH', path, { milestone: 9 }),
      await test.call(ada, 'GET', `${SHOP}/issues?milestone=9`),
    ])
      expect([refused.status, refused.body.errors]).toEqual([422, errors]);
    const kept = await test.call(ada, 'PATCH', path, { milestone: null });
    const none = await test.call(ada, 'GET', `${SHOP}/issues?milestone=none&per_page=1`);
    const some = await test.call(ada, 'GET', `${SHOP}/issues?milestone=*`);

    expect([kept.status, kept.body.milestone]).toEqual([200, null]);
    expect([none.body.length, some.body]).toEqual([1, []]);
  });

  it('names what a file is written or deleted without in GitHub’s words', async () => {
    const path = `${SHOP}/contents/new.txt`;
    const said = [
      await test.call(ada, 'PUT', path, { content: 'aGk=' }),
      await test.call(ada, 'PUT', path, { message: 'm' }),
      await test.call(ada, 'DELETE', path, { message: 'm' }),
    ].map(({ status, body }) => `${status} ${body.message}`);

    expect(said).toEqual([
      '422 Invalid request.\n\n"message" wasn\'t supplied.',
      '422 Invalid request.\n\n"content" wasn\'t supplied.',
      '422 Invalid request.\n\n"sha" wasn\'t supplied.',
    ]);
  });

  it('takes a number for a title, and ignores fields that it does not know', async () => {
    const reply = await test.call(ada, 'POST', `${SHOP}/issues`, {
      title: 404,
      colour: 'blue',
      id: 1,
      user: { login: 'eve' },
    });

    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ title: '404', body: null, user: { login: 'ada' } });
    expect(reply.headers.get('location')).toBe(reply.body.url);
  });

  it('measures texts in GitHub’s bounds and says which was too long', async () => {
    const post = (fields: object) => test.call(ada, 'POST', `${SHOP}/issues`, fields);
    const full = await post({ title: 't'.repeat(256), body: 'b'.repeat(65_536) });
    const title = await post({ title: 't'.repeat(257) });
    const body = await post({ title: 't', body: 'b'.repeat(65_537) });

    expect([full.status, title.status, body.status]).toEqual([201, 422, 422]);
    expect(title.body.errors).toEqual([
      {
        resource: 'Issue',
        code: 'custom',
        field: 'title',
        message: 'title is too long (maximum is 256 characters)',
      },
    ]);
    expect(body.body.errors[0]).toMatchObject({ field: 'body', code: 'custom' });
  });

  it('finds labels whose names need to be encoded', async () => {
    const name = 'später / 100% “ok”?';
    await test.call(ada, 'POST', `${SHOP}/labels`, { name, color: 'FF0000' });
    await test.call(ada, 'POST', `${SHOP}/issues/2/labels`, { labels: [name] });
    const encoded = encodeURIComponent(name);
    const found = await test.call(ada, 'GET', `${SHOP}/labels/${encoded}`);
    const listed = await test.call(ada, 'GET', `${SHOP}/issues?labels=${encoded}`);
    const removed = await test.call(ada, 'DELETE', `${SHOP}/issues/2/labels/${encoded}`);
    const again = await test.call(ada, 'DELETE', `${SHOP}/issues/2/labels/${encoded}`);

    expect(found.body).toMatchObject({ name, color: 'ff0000', default: false });
    expect((await test.call(ada, 'GET', found.body.url)).status).toBe(200);
    expect(listed.body).toHaveLength(1);
    expect([removed.status, again.status]).toEqual([200, 404]);
  });
});
