import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

const SHOP = '/repos/acme/shop';
let test: TestGitHub;
let ada: string;
let grace: string;
let eve: string;
beforeAll(async () => {
  test = await openTestGitHub();
  ({ ada = '', grace = '', eve = '' } = test.github.tokens);
});
afterAll(() => test.close());

describe('the REST API', () => {
  it('lets a person with the role set a label, and writes who did it when', async () => {
    const stranger = await test.call(eve, 'POST', `${SHOP}/issues/1/labels`, { labels: ['x'] });
    const set = await test.call(grace, 'POST', `${SHOP}/issues/1/labels`, {
      labels: ['Sallyport'],
    });
    const history = await test.call(grace, 'GET', `${SHOP}/issues/1/timeline`);

    expect([stranger.status, set.status]).toEqual([403, 200]);
    expect(set.body.map((label: { name: string }) => label.name)).toEqual(['bug', 'sallyport']);
    expect(history.body.at(-1)).toMatchObject({
      event: 'labeled',
      actor: { login: 'grace' },
      label: { name: 'sallyport' },
    });
  });

  it('answers an operation it does not have with 501, and a hidden repository with 404', async () => {
    const missing = await test.call(ada, 'GET', `${SHOP}/nothing/of/this`);
    const hidden = await test.call(eve, 'GET', '/repos/acme/vault/issues');

    expect(missing.status).toBe(501);
    expect(missing.headers.get('x-local-unimplemented')).toBe(`GET ${SHOP}/nothing/of/this`);
    expect(hidden.status).toBe(404);
  });

  it('pages a list with links, and answers 304 to a known ETag', async () => {
    const first = await test.call(ada, 'GET', `${SHOP}/issues?per_page=1`);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await test.call(ada, 'GET', next);
    const again = await fetch(next, {
      headers: { authorization: `token ${ada}`, 'if-none-match': second.headers.get('etag') ?? '' },
    });

    expect([first.body[0].number, second.body[0].number]).toEqual([2, 1]);
    expect(again.status).toBe(304);
  });

  it('keeps who waits for whom, from both sides', async () => {
    const blocked = await test.call(ada, 'GET', `${SHOP}/issues/2/dependencies/blocked_by`);
    const blocking = await test.call(ada, 'GET', `${SHOP}/issues/1/dependencies/blocking`);
    const twice = await test.call(ada, 'POST', `${SHOP}/issues/2/dependencies/blocked_by`, {
      issue_id: blocked.body[0].id,
    });

    expect(blocked.body.map((issue: { number: number }) => issue.number)).toEqual([1]);
    expect(blocking.body.map((issue: { number: number }) => issue.number)).toEqual([2]);
    expect(twice.status).toBe(422);
  });

  it('names a role exactly, and by the old four words', async () => {
    const reply = await test.call(ada, 'GET', `${SHOP}/collaborators/grace/permission`);
    const stranger = await test.call(ada, 'GET', '/repos/acme/vault/collaborators/eve/permission');

    expect(reply.body).toMatchObject({ permission: 'write', role_name: 'write' });
    expect(stranger.body.permission).toBe('none');
  });

  it('refuses malformed JSON and text that is too long', async () => {
    const broken = await fetch(`${test.github.urls.rest}${SHOP}/issues`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ada}` },
      body: '{',
    });
    const long = await test.call(ada, 'POST', `${SHOP}/issues`, { title: 'x'.repeat(257) });

    expect([broken.status, long.status]).toEqual([400, 422]);
  });
});

describe('merging', () => {
  it('waits for the pinned check and the approval, then closes what it fixes', async () => {
    const head = await test.commitOn('fix', 'fix.txt', 'fixed\n');
    const opened = await test.call(grace, 'POST', `${SHOP}/pulls`, {
      title: 'Fix the sum',
      body: 'Closes #1',
      head: 'fix',
      base: 'main',
    });
    const pull = `${SHOP}/pulls/${opened.body.number}`;
    const merge = (sha = head) =>
      test.call(ada, 'PUT', `${pull}/merge`, { sha, merge_method: 'squash' });
    const approve = (token: string) =>
      test.call(token, 'POST', `${pull}/reviews`, { event: 'APPROVE', commit_id: head });

    const early = await merge();
    const forged = await test.call(
      test.github.world.mintJobToken(opened.body.base.repo.id, { checks: 'write' }, 1),
      'POST',
      `${SHOP}/check-runs`,
      { name: 'sallyport / review', head_sha: head, conclusion: 'success' },
    );
    const afterForged = await merge();
    const check = await test.call(await test.installationToken(), 'POST', `${SHOP}/check-runs`, {
      name: 'sallyport / review',
      head_sha: head,
      conclusion: 'success',
    });
    const unapproved = await merge();
    const own = await approve(grace);
    const stranger = await approve(eve);
    const notCounted = await merge();
    await approve(ada);
    const moved = await merge('0'.repeat(40));
    const merged = await merge();
    const issue = await test.call(ada, 'GET', `${SHOP}/issues/1`);

    expect(opened.status).toBe(201);
    expect([early.status, early.body.message]).toEqual([
      405,
      'Required status check "sallyport / review" is expected.',
    ]);
    expect([forged.status, afterForged.status]).toEqual([201, 405]);
    expect(check.status).toBe(201);
    expect(unapproved.body.message).toContain('At least 1 approving review is required');
    expect([own.status, stranger.status, notCounted.status]).toEqual([422, 200, 405]);
    expect([moved.status, merged.status]).toEqual([409, 200]);
    expect(issue.body).toMatchObject({ state: 'closed', state_reason: 'completed' });
  });

  it('answers 405 to a conflict, and to a pull request that is merged already', async () => {
    const main = await test.call(ada, 'GET', `${SHOP}/pulls?state=closed`);
    const again = await test.call(ada, 'PUT', `${SHOP}/pulls/${main.body[0].number}/merge`, {});

    expect([again.status, again.body.message]).toEqual([405, 'Pull Request is not mergeable']);
  });
});
