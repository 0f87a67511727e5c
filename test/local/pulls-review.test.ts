// A pull request as people work on it: reviewed line by line, brought up to date, taken back and reopened.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openReceiver, openTestGitHub, type Reply, type TestGitHub } from './api-world.ts';

let world: TestGitHub;
let hook: Awaited<ReturnType<typeof openReceiver>>;
let ada: string;
let grace: string;
let count = 0;
let branch: string;
let number: number;

beforeAll(async () => {
  world = await openTestGitHub();
  hook = await openReceiver();
  world.github.setWebhook(hook.url);
  for (const app of world.github.world.apps.values())
    (app.events as string[]).push(
      'pull_request_review',
      'pull_request_review_comment',
      'pull_request_review_thread',
    );
  ({ ada = '', grace = '' } = world.github.tokens);
  const team = {
    id: 77,
    organizationId: 0,
    slug: 'core',
    name: 'Core',
    members: new Set<number>(),
  };
  const repository = world.github.world.repositoryByName('acme', 'shop');
  world.github.world.teams.set(77, {
    ...team,
    organizationId: repository?.ownerId ?? 0,
    repositories: new Map([[repository?.id ?? 0, 'write']]),
  });
});
afterAll(async () => {
  await world.close();
  await hook.close();
});

beforeEach(async () => {
  count += 1;
  branch = `work-${count}`;
  await world.commitOn(branch, `file-${count}.txt`, 'one\ntwo\nthree\n');
  const opened = await call(grace, 'POST', '', { title: 'Work', head: branch, base: 'main' });
  ({ number } = opened.body);
  await world.github.idle();
  hook.received.length = 0;
});

const call = (token: string, method: string, path: string, body?: unknown): Promise<Reply> =>
  world.call(token, method, `/repos/acme/shop/pulls${path}`, body);

async function query(token: string, text: string, variables: object): Promise<Reply['body']> {
  const reply = await world.call(token, 'POST', world.github.urls.graphql, {
    query: text,
    variables,
  });
  return reply.body;
}

/** Events that arrived, by name and action. */
async function heard(): Promise<readonly string[]> {
  await world.github.idle();
  return hook.received.map(
    ({ headers, text }) => `${headers['x-github-event']}.${JSON.parse(text).action}`,
  );
}

describe('comments on lines', () => {
  const place = () => ({ path: `file-${count}.txt`, line: 2 });

  it('are placed in the diff, answered in their thread, and announced', async () => {
    const { body: pull } = await call(ada, 'GET', `/${number}`);
    const first = await call(ada, 'POST', `/${number}/comments`, {
      ...place(),
      commit_id: pull.head.sha,
      body: 'Why two?',
    });
    const answer = await call(grace, 'POST', `/${number}/comments/${first.body.id}/replies`, {
      body: 'Because',
    });
    const list = await call(ada, 'GET', `/${number}/comments`);

    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      diff_hunk: '@@ -0,0 +1,3 @@\n+one\n+two',
      position: 2,
      line: 2,
      side: 'RIGHT',
      subject_type: 'line',
    });
    expect(answer.body).toMatchObject({ in_reply_to_id: first.body.id, line: 2 });
    expect(list.body.map(({ body }: { body: string }) => body)).toEqual(['Why two?', 'Because']);
    expect((await call(ada, 'GET', `/${number}`)).body.review_comments).toBe(2);
    expect(await heard()).toEqual([
      'pull_request_review.submitted',
      'pull_request_review_comment.created',
      'pull_request_review.submitted',
      'pull_request_review_comment.created',
    ]);
  });

  it('are told of with a line also where they are about a whole file, which has none', async () => {
    const { body: pull } = await call(ada, 'GET', `/${number}`);
    const made = await call(ada, 'POST', `/${number}/comments`, {
      path: place().path,
      subject_type: 'file',
      commit_id: pull.head.sha,
      body: 'Too long',
    });
    await heard();
    const told = hook.received.map(({ text }) => JSON.parse(text)).find(({ comment }) => comment);

    expect([made.status, 'line' in made.body]).toEqual([201, false]);
    expect(told.comment).toMatchObject({ line: null, original_line: 1, subject_type: 'file' });
  });

  it.each([
    ['a line that the diff does not show', { line: 9 }],
    ['a file that did not change', { path: 'README.md' }],
    ['no line at all', { line: undefined }],
    ['a line before the first', { line: 0 }],
    ['a start after the end', { start_line: 3 }],
    ['no text', { body: '' }],
    ['a commit that is none', { commit_id: 'f'.repeat(40) }],
    ['a side that is none', { side: 'MIDDLE' }],
  ])('are refused on %s', async (_name, wrong) => {
    const { body: pull } = await call(ada, 'GET', `/${number}`);
    const fields = { ...place(), commit_id: pull.head.sha, body: 'x' };

    expect((await call(ada, 'POST', `/${number}/comments`, { ...fields, ...wrong })).status).toBe(
      422,
    );
    expect((await call(ada, 'POST', `/${number}/comments`, fields)).status).toBe(201);
  });

  it('come with a review, and stay with its author until it is submitted', async () => {
    const pending = await call(ada, 'POST', `/${number}/reviews`, {
      comments: [{ ...place(), body: 'Nit' }],
    });
    const hidden = [
      (await call(grace, 'GET', `/${number}/reviews`)).body.length,
      (await call(grace, 'GET', `/${number}/reviews/${pending.body.id}`)).status,
      (await call(grace, 'GET', `/${number}/comments`)).body.length,
    ];
    const second = await call(ada, 'POST', `/${number}/reviews`, {});
    const submitted = await call(ada, 'POST', `/${number}/reviews/${pending.body.id}/events`, {
      event: 'REQUEST_CHANGES',
      body: 'See below',
    });

    expect([pending.body.state, pending.body.submitted_at]).toEqual(['PENDING', undefined]);
    expect(hidden).toEqual([0, 404, 0]);
    expect(second.status).toBe(422);
    expect(submitted.body).toMatchObject({ state: 'CHANGES_REQUESTED' });
    expect((await call(grace, 'GET', `/${number}/comments`)).body).toHaveLength(1);
    expect(await heard()).toEqual([
      'pull_request_review.submitted',
      'pull_request_review_comment.created',
    ]);
  });

  it('make threads that are resolved and opened again over GraphQL', async () => {
    const { body: pull } = await call(ada, 'GET', `/${number}`);
    const fields = { ...place(), commit_id: pull.head.sha, body: 'Why?' };
    await call(ada, 'POST', `/${number}/comments`, fields);
    const read = async () => {
      const { data } = await query(
        ada,
        `query($number: Int!) { repository(owner: "acme", name: "shop") { pullRequest(number: $number) {
          reviewThreads(first: 5) { nodes { id isResolved resolvedBy { login } path line comments(first: 5) { nodes { body author { login } } } } } } } }`,
        { number },
      );
      return data.repository.pullRequest.reviewThreads.nodes[0];
    };
    const before = await read();
    const turn = (mutation: string, token: string) =>
      query(
        token,
        `mutation($id: ID!) { ${mutation}(input: { threadId: $id }) { thread { isResolved } } }`,
        { id: before.id },
      );
    const stranger = await turn('resolveReviewThread', world.github.tokens.eve ?? '');
    const resolved = await turn('resolveReviewThread', grace);
    const after = await read();
    await turn('unresolveReviewThread', grace);

    expect(before).toMatchObject({
      isResolved: false,
      path: `file-${count}.txt`,
      line: 2,
      comments: { nodes: [{ body: 'Why?', author: { login: 'ada' } }] },
    });
    expect(stranger.errors[0].type).toBe('FORBIDDEN');
    expect(resolved.data.resolveReviewThread.thread.isResolved).toBe(true);
    expect(after.resolvedBy).toEqual({ login: 'grace' });
    expect((await heard()).slice(-2)).toEqual([
      'pull_request_review_thread.resolved',
      'pull_request_review_thread.unresolved',
    ]);
  });
});

describe('a pull request', () => {
  it('knows its size in lists, in the whole and in events', async () => {
    const { body } = await call(ada, 'GET', `/${number}`);
    await call(ada, 'PATCH', `/${number}`, { title: 'Better work' });
    await world.github.idle();
    const event = JSON.parse(hook.received.at(-1)?.text ?? '{}');

    expect(body).toMatchObject({ commits: 1, additions: 3, deletions: 0, changed_files: 1 });
    expect(event).toMatchObject({
      action: 'edited',
      changes: { title: { from: 'Work' } },
      pull_request: { commits: 1, additions: 3, changed_files: 1, mergeable_state: 'unknown' },
    });
  });

  it('asks people and teams for a review, and nobody else', async () => {
    const ask = (fields: object) => call(grace, 'POST', `/${number}/requested_reviewers`, fields);
    const asked = await ask({ reviewers: ['ada'], team_reviewers: ['core'] });
    const own = await ask({ reviewers: ['grace'] });
    const nobody = await ask({ team_reviewers: ['no-such-team'] });

    expect(asked.body.requested_reviewers.map(({ login }: { login: string }) => login)).toEqual([
      'ada',
    ]);
    expect(asked.body.requested_teams.map(({ slug }: { slug: string }) => slug)).toEqual(['core']);
    expect([own.status, nobody.status]).toEqual([422, 422]);
    expect(await heard()).toEqual([
      'pull_request.review_requested',
      'pull_request.review_requested',
    ]);
  });

  it('takes the newest base into its head, with a real merge', async () => {
    const nothingNew = await call(grace, 'PUT', `/${number}/update-branch`);
    await world.call(ada, 'PUT', '/repos/acme/shop/branches/main/protection', {
      required_status_checks: null,
      enforce_admins: false,
      required_pull_request_reviews: null,
      restrictions: null,
    });
    await world.call(ada, 'PUT', `/repos/acme/shop/contents/base-${count}.txt`, {
      message: 'Base moves',
      content: Buffer.from('base\n').toString('base64'),
      branch: 'main',
    });
    const { body: before } = await call(grace, 'GET', `/${number}`);
    const wrong = await call(grace, 'PUT', `/${number}/update-branch`, {
      expected_head_sha: 'f'.repeat(40),
    });
    const updated = await call(grace, 'PUT', `/${number}/update-branch`, {
      expected_head_sha: before.head.sha,
    });
    await world.github.idle();
    const { body: after } = await call(grace, 'GET', `/${number}`);
    const commit = await world.call(ada, 'GET', `/repos/acme/shop/commits/${after.head.sha}`);

    expect([nothingNew.status, wrong.status, updated.status]).toEqual([422, 422, 202]);
    expect(commit.body.parents[0].sha).toBe(before.head.sha);
    expect(commit.body.parents).toHaveLength(2);
    expect(after).toMatchObject({ commits: 2, changed_files: 1 });
    expect(await heard()).toContain('pull_request.synchronize');
  });

  it('takes the newest base once, however many ask for it at the same time', async () => {
    await world.call(ada, 'PUT', `/repos/acme/shop/contents/race-${count}.txt`, {
      message: 'Base moves',
      content: Buffer.from('base\n').toString('base64'),
      branch: 'main',
    });
    const { body: before } = await call(grace, 'GET', `/${number}`);
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => call(grace, 'PUT', `/${number}/update-branch`)),
    );
    await world.github.idle();
    const { body: after } = await call(grace, 'GET', `/${number}`);
    const commit = await world.call(ada, 'GET', `/repos/acme/shop/commits/${after.head.sha}`);

    expect(replies.map(({ status }) => status).sort()).toEqual([202, 422, 422, 422, 422]);
    for (const { status, body } of replies)
      if (status === 422) expect(body.message).toMatch(/no new commits|expected head sha/);
    expect(commit.body.parents[0].sha).toBe(before.head.sha);
    const pushes = hook.received.filter(({ headers }) => headers['x-github-event'] === 'push');
    expect(pushes.map(({ text }) => JSON.parse(text).before)).toContain(before.head.sha);
  });

  it('goes back to a draft and forth, and is closed with its branch', async () => {
    const { body: pull } = await call(grace, 'GET', `/${number}`);
    const turn = (mutation: string) =>
      query(
        grace,
        `mutation($id: ID!) { ${mutation}(input: { pullRequestId: $id }) { pullRequest { isDraft } } }`,
        { id: pull.node_id },
      );
    const draft = await turn('convertPullRequestToDraft');
    const merge = await call(ada, 'PUT', `/${number}/merge`);
    const ready = await turn('markPullRequestReadyForReview');
    await world.call(grace, 'DELETE', `/repos/acme/shop/git/refs/heads/${branch}`);
    await world.github.idle();
    const closed = await call(grace, 'GET', `/${number}`);
    const reopened = await call(grace, 'PATCH', `/${number}`, { state: 'open' });

    expect(draft.data.convertPullRequestToDraft.pullRequest.isDraft).toBe(true);
    expect(merge.status).toBe(405);
    expect(ready.data.markPullRequestReadyForReview.pullRequest.isDraft).toBe(false);
    expect(closed.body.state).toBe('closed');
    expect(reopened.status).toBe(422);
    expect(await heard()).toEqual([
      'pull_request.converted_to_draft',
      'pull_request.ready_for_review',
      'push.undefined',
      'pull_request.closed',
    ]);
  });

  it('counts a dismissed review no more, and says who dismissed it and why', async () => {
    const review = await call(ada, 'POST', `/${number}/reviews`, { event: 'APPROVE' });
    const dismissed = await call(ada, 'PUT', `/${number}/reviews/${review.body.id}/dismissals`, {
      message: 'The base changed',
    });
    const again = await call(ada, 'PUT', `/${number}/reviews/${review.body.id}/dismissals`, {
      message: 'Twice',
    });
    const history = await world.call(ada, 'GET', `/repos/acme/shop/issues/${number}/events`);

    expect([dismissed.body.state, again.status]).toEqual(['DISMISSED', 422]);
    expect(history.body.at(-1)).toMatchObject({
      event: 'review_dismissed',
      dismissed_review: { dismissal_message: 'The base changed', state: 'approved' },
    });
  });

  it('is listed as asked: by state, branches, order', async () => {
    const list = async (search: string) =>
      (await call(ada, 'GET', `?${search}&per_page=100`)).body.map(
        (pull: { number: number }) => pull.number,
      );
    const open = await list('state=open');

    expect(await list(`head=acme:${branch}`)).toEqual([number]);
    expect(await list('base=no-such-branch')).toEqual([]);
    expect(await list('state=open&sort=created&direction=asc')).toEqual(open.toReversed());
    expect((await list('state=all')).length).toBeGreaterThan(open.length);
  });
});
