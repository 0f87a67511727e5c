// Every way that moves a branch, tried by somebody who may write but whom the rules keep out.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openTestGitHub, type Reply, type TestGitHub } from './api-world.ts';

const SHOP = '/repos/acme/shop';
const WALL = 'Repository rule violations found\n\nChanges must be made through a pull request.\n\n';
let world: TestGitHub;
let ada: string;
let grace: string;
let count = 0;
let number: number;
let nodeId: string;

beforeAll(async () => {
  world = await openTestGitHub();
  ({ ada = '', grace = '' } = world.github.tokens);
});
afterAll(() => world.close());

/** A pull request from `work-N` into `line-N`, which has moved on since. */
beforeEach(async () => {
  count += 1;
  const main = await call('GET', '/git/ref/heads/main');
  const { sha } = main.body.object;
  for (const name of [`line-${count}`, `work-${count}`])
    await call('POST', '/git/refs', { ref: `refs/heads/${name}`, sha });
  await put(`work-${count}`, 'work.txt');
  await put(`line-${count}`, 'line.txt');
  const opened = await call('POST', '/pulls', {
    title: 'Work',
    head: `work-${count}`,
    base: `line-${count}`,
  });
  number = opened.body.number;
  nodeId = opened.body.node_id;
});

const call = (method: string, path: string, body?: object, token = grace): Promise<Reply> =>
  world.call(token, method, `${SHOP}${path}`, body);
const put = (branch: string, path: string) =>
  call('PUT', `/contents/${path}`, {
    message: 'Change',
    content: Buffer.from(`${path} ${count}\n`).toString('base64'),
    branch,
  });
const headOf = async (branch: string): Promise<string> =>
  (await call('GET', `/git/ref/heads/${branch}`)).body.object.sha;
const pullRule = {
  type: 'pull_request',
  parameters: {
    required_approving_review_count: 0,
    dismiss_stale_reviews_on_push: false,
    require_code_owner_review: false,
    require_last_push_approval: false,
    required_review_thread_resolution: false,
  },
};
const protect = (branch: string, rules: readonly object[] = [pullRule]) =>
  call(
    'POST',
    '/rulesets',
    {
      name: `${branch} ${Math.random()}`,
      enforcement: 'active',
      conditions: { ref_name: { include: [`refs/heads/${branch}`], exclude: [] } },
      rules,
      bypass_actors: [{ actor_type: 'RepositoryRole', actor_id: 5, bypass_mode: 'always' }],
    },
    ada,
  );
const mutate = async (name: string, input: object, token = grace) => {
  const { body } = await world.call(token, 'POST', world.github.urls.graphql, {
    query: `mutation($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { clientMutationId } }`,
    variables: { input },
  });
  return body.errors?.[0]?.message ?? 'done';
};

describe('a protected head branch is not moved', () => {
  it('by the update-branch button, unless the rules let the account push', async () => {
    await protect(`work-${count}`);
    const before = await headOf(`work-${count}`);
    const refused = await call('PUT', `/pulls/${number}/update-branch`);
    const still = await headOf(`work-${count}`);
    const allowed = await call('PUT', `/pulls/${number}/update-branch`, undefined, ada);

    expect([refused.status, refused.body.message]).toEqual([422, WALL]);
    expect(still).toBe(before);
    expect(allowed.status).toBe(202);
    expect(await headOf(`work-${count}`)).not.toBe(before);
  });

  it('by updatePullRequestBranch, with a merge or with a rebase', async () => {
    await protect(`work-${count}`, [{ type: 'non_fast_forward' }]);
    const input = { pullRequestId: nodeId };
    const rebased = await mutate('updatePullRequestBranch', { ...input, updateMethod: 'REBASE' });
    const merged = await mutate('updatePullRequestBranch', { ...input, updateMethod: 'MERGE' });
    await protect(`work-${count}`);
    await put(`line-${count}`, 'more.txt');

    expect(rebased).toMatch('Cannot force-push to this branch');
    expect(merged).toBe('done');
    expect(await mutate('updatePullRequestBranch', input)).toBe(WALL);
    expect(await mutate('updatePullRequestBranch', input, ada)).toBe('done');
  });

  it('but a rebase puts its commits on top of the base where nothing forbids it', async () => {
    const expectedHeadOid = await headOf(`work-${count}`);
    const input = { pullRequestId: nodeId, updateMethod: 'REBASE' };
    const stale = await mutate('updatePullRequestBranch', {
      ...input,
      expectedHeadOid: 'f'.repeat(40),
    });
    const done = await mutate('updatePullRequestBranch', { ...input, expectedHeadOid });
    const { body } = await call('GET', `/commits/${await headOf(`work-${count}`)}`);

    expect([stale, done]).toEqual(['expected head sha didn’t match current head ref.', 'done']);
    expect(body.parents.map(({ sha }: { sha: string }) => sha)).toEqual([
      await headOf(`line-${count}`),
    ]);
  });
});

describe('an approval does not count', () => {
  const review = (more: object) => ({
    type: 'pull_request',
    parameters: { ...pullRule.parameters, required_approving_review_count: 1, ...more },
  });
  const approve = (token = ada) =>
    call('POST', `/pulls/${number}/reviews`, { event: 'APPROVE' }, token);
  const merge = async () => (await call('PUT', `/pulls/${number}/merge`)).body.message;

  it('by who pushed what somebody else then opened', async () => {
    const sha = await headOf('main');
    await call('POST', '/git/refs', { ref: `refs/heads/mine-${count}`, sha }, ada);
    const change = { message: 'Mine', content: 'YQo=', branch: `mine-${count}` };
    await call('PUT', `/contents/mine-${count}.txt`, change, ada);
    const fields = { title: 'Theirs', head: `mine-${count}`, base: `line-${count}` };
    ({ number } = (await call('POST', '/pulls', fields)).body);
    await protect(`line-${count}`, [review({ require_last_push_approval: true })]);
    await approve();
    const refused = await merge();
    await put(`mine-${count}`, `more-${count}.txt`);
    await world.github.idle();
    await approve();

    expect(refused).toContain('approval from someone other than the last pusher');
    expect(await merge()).toBe('Pull Request successfully merged');
  });

  it('for another base than it was given for', async () => {
    await protect(`line-${count}`, [review({ dismiss_stale_reviews_on_push: true })]);
    const sha = await headOf(`line-${count}`);
    await call('POST', '/git/refs', { ref: `refs/heads/stage-${count}`, sha });
    await call('PATCH', `/pulls/${number}`, { base: `stage-${count}` });
    await approve();
    await call('PATCH', `/pulls/${number}`, { base: `line-${count}` });
    const refused = await merge();
    await approve();

    expect(refused).toContain('At least 1 approving review is required');
    expect(await merge()).toBe('Pull Request successfully merged');
  });

  it('when its author has begun an objection before and said it after', async () => {
    await protect(`line-${count}`, [review({})]);
    const pending = await call('POST', `/pulls/${number}/reviews`, { body: 'No.' }, ada);
    await approve();
    const path = `/pulls/${number}/reviews/${pending.body.id}`;
    await call('POST', `${path}/events`, { event: 'REQUEST_CHANGES', body: 'No.' }, ada);
    const refused = await merge();
    await call('PUT', `${path}/dismissals`, { message: 'I know better' });
    const dismissed = await merge();
    await approve();

    expect(refused).toContain('At least 1 approving review is required');
    expect(dismissed).toContain('At least 1 approving review is required');
    expect(await merge()).toBe('Pull Request successfully merged');
  });

  it('where the base changes while the rules are asked', async () => {
    await protect(`line-${count}`, [review({})]);
    const sha = await headOf(`line-${count}`);
    await call('POST', '/git/refs', { ref: `refs/heads/free-${count}`, sha });
    const turn = (base: string) => call('PATCH', `/pulls/${number}`, { base: `${base}-${count}` });
    for (let round = 0; round < 5; round += 1)
      await Promise.all([merge(), turn('free'), turn('line'), merge(), turn('free'), turn('line')]);

    expect(await headOf(`line-${count}`)).toBe(sha);
  });
});

describe('a wall that is not there', () => {
  const protection = {
    required_status_checks: null,
    enforce_admins: true,
    required_pull_request_reviews: null,
    restrictions: null,
  };
  const protectOld = (more: object) =>
    call('PUT', `/branches/line-${count}/protection`, { ...protection, ...more }, ada);

  it.each([
    ['restrictions', { restrictions: { users: ['ada'], teams: [] } }],
    ['lock_branch', { lock_branch: true }],
    [
      'dismissal_restrictions',
      { required_pull_request_reviews: { dismissal_restrictions: { users: ['ada'] } } },
    ],
    [
      'required_approving_review_count',
      { required_pull_request_reviews: { required_approving_review_count: -1 } },
    ],
  ])('is not promised by %s', async (field, more) => {
    const refused = await protectOld(more);
    const none = await call('GET', `/branches/line-${count}/protection`, undefined, ada);
    const plain = await protectOld({
      required_pull_request_reviews: { dismissal_restrictions: {} },
    });

    expect([refused.status, refused.body.errors]).toEqual([422, [expect.stringContaining(field)]]);
    expect([none.status, plain.status]).toEqual([404, 200]);
  });

  it('is not promised by reviewers whom nobody asks', async () => {
    const reviewers = [{ minimum_approvals: 1, file_patterns: ['*'], reviewer: { id: 1 } }];
    const parameters = { ...pullRule.parameters, required_reviewers: reviewers };

    expect((await protect('walls', [{ type: 'pull_request', parameters }])).status).toBe(422);
    expect((await protect('walls')).status).toBe(201);
  });

  it('keeps a new branch out until its commit is checked, unless the rule lets it be made', async () => {
    const sha = await headOf(`work-${count}`);
    const checks = (more: object) => ({
      type: 'required_status_checks',
      parameters: {
        strict_required_status_checks_policy: false,
        required_status_checks: [{ context: 'ci' }],
        ...more,
      },
    });
    await protect(`new-${count}`, [checks({})]);
    await protect(`let-${count}`, [checks({ do_not_enforce_on_create: true })]);
    const make = (name: string) =>
      call('POST', '/git/refs', { ref: `refs/heads/${name}-${count}`, sha });
    const unchecked = await make('new');
    const allowed = await make('let');
    await call('POST', `/statuses/${sha}`, { state: 'success', context: 'ci' });

    expect([unchecked.status, unchecked.body.message]).toEqual([
      422,
      expect.stringContaining('Required status check "ci" is expected.'),
    ]);
    expect([allowed.status, (await make('new')).status]).toEqual([201, 201]);
  });
});

describe('a workflow', () => {
  it('is not merged, nor left to auto-merge, by a token that may not write one', async () => {
    await put(`work-${count}`, '.github/workflows/ci.yml');
    await world.github.idle();
    await call('PATCH', '', { allow_auto_merge: true }, ada);
    const token = await world.installationToken();
    const path = `/pulls/${number}/merge`;
    const refused = await call('PUT', path, {}, token);
    const byGraphql = await mutate('mergePullRequest', { pullRequestId: nodeId }, token);
    const later = await mutate('enablePullRequestAutoMerge', { pullRequestId: nodeId }, token);
    const byPerson = await call('PUT', path, {});

    expect(refused.status).toBe(403);
    expect(refused.headers.get('x-accepted-github-permissions')).toBe('workflows=write');
    expect([byGraphql, later]).toEqual([
      'Resource not accessible by integration',
      'Resource not accessible by integration',
    ]);
    expect(byPerson.status).toBe(200);
  });

  it('is the only thing that such a token does not merge', async () => {
    const done = await call('PUT', `/pulls/${number}/merge`, {}, await world.installationToken());

    expect(done.status).toBe(200);
  });
});

describe('a protected branch is not moved', () => {
  it.each([
    ['the contents API', () => put(`line-${count}`, 'new.txt')],
    [
      'the merges API',
      () => call('POST', '/merges', { base: `line-${count}`, head: `work-${count}` }),
    ],
    [
      'a reference of the git data API',
      async () => {
        await call('POST', '/merges', { base: `work-${count}`, head: `line-${count}` });
        const sha = await headOf(`work-${count}`);
        return call('PATCH', `/git/refs/heads/line-${count}`, { sha });
      },
    ],
  ])('by %s', async (_name, move) => {
    const before = await headOf(`line-${count}`);
    await protect(`line-${count}`);
    const refused = await move();
    const still = await headOf(`line-${count}`);

    expect([409, 422]).toContain(refused.status);
    expect(refused.body.message).toBe(WALL);
    expect(still).toBe(before);
  });

  it('by createCommitOnBranch', async () => {
    const expectedHeadOid = await headOf(`line-${count}`);
    const input = {
      branch: { repositoryNameWithOwner: 'acme/shop', branchName: `line-${count}` },
      expectedHeadOid,
      message: { headline: 'Past the wall' },
      fileChanges: { additions: [{ path: 'new.txt', contents: 'bmV3Cg==' }] },
    };
    await protect(`line-${count}`);

    expect(await mutate('createCommitOnBranch', input)).toBe(WALL);
    expect(await mutate('createCommitOnBranch', input, ada)).toBe('done');
  });

  it('by deleting the default branch to make it anew', async () => {
    const gone = await call('DELETE', '/git/refs/heads/main', undefined, ada);
    const other = await call('DELETE', `/git/refs/heads/work-${count}`);

    expect([gone.status, gone.body.message]).toEqual([
      422,
      'refusing to delete the current branch: refs/heads/main',
    ]);
    expect(other.status).toBe(204);
  });

  it('by making the merge queue’s branch before the queue does', async () => {
    const settings = {
      check_response_timeout_minutes: 5,
      grouping_strategy: 'ALLGREEN',
      max_entries_to_build: 5,
      max_entries_to_merge: 5,
      merge_method: 'MERGE',
      min_entries_to_merge: 1,
      min_entries_to_merge_wait_minutes: 0,
    };
    const sha = await headOf(`work-${count}`);
    const ref = `refs/heads/gh-readonly-queue/line-${count}/pr-${number}-${sha}`;
    await protect(`line-${count}`, [{ type: 'merge_queue', parameters: settings }]);
    const early = await call('POST', '/git/refs', { ref, sha });
    const elsewhere = await call('POST', '/git/refs', { ref: `refs/heads/free-${count}`, sha });

    expect([early.status, early.body.message]).toEqual([
      422,
      expect.stringContaining('Cannot create ref due to creations being restricted.'),
    ]);
    expect(elsewhere.status).toBe(201);
  });
});
