// A pull request that is merged when its requirements are met, and not before.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalGitHub } from '#local/server.ts';
import { openReceiver, openTestGitHub, type Reply, seed, type TestGitHub } from './api-world.ts';
import { openGh } from './gh-client.ts';

const SHOP = '/repos/acme/shop';
let world: TestGitHub;
let hook: Awaited<ReturnType<typeof openReceiver>>;
let gh: Awaited<ReturnType<typeof openGh>>;
let ada: string;
let grace: string;
let count = 0;
let base: string;
let pull: { readonly number: number; readonly id: string; readonly sha: string };

beforeAll(async () => {
  world = await openTestGitHub();
  gh = await openGh(world);
  hook = await openReceiver();
  world.github.setWebhook(hook.url);
  ({ ada = '', grace = '' } = world.github.tokens);
});
afterAll(async () => {
  await gh.close();
  await world.close();
  await hook.close();
});
/** Each test has a base that asks for the status `ci`, and a pull request by grace into it. */
beforeEach(async () => {
  count += 1;
  base = `line-${count}`;
  hook.received.length = 0;
  await call('PATCH', '', { allow_auto_merge: true, allow_rebase_merge: true }, ada);
  await branch(base, 'main');
  await rule([checkRule]);
  pull = await open(`work-${count}`);
});

const call = (method: string, path: string, body?: object, token = grace): Promise<Reply> =>
  world.call(token, method, `${SHOP}${path}`, body);
const headOf = async (name: string): Promise<string> =>
  (await call('GET', `/git/ref/heads/${name}`)).body.object.sha;
const branch = async (name: string, from: string) =>
  call('POST', '/git/refs', { ref: `refs/heads/${name}`, sha: await headOf(from) });
const put = (name: string, path: string) =>
  call('PUT', `/contents/${path}`, { message: `Add ${path}`, content: 'YQo=', branch: name });
const checkRule = {
  type: 'required_status_checks',
  parameters: {
    strict_required_status_checks_policy: false,
    required_status_checks: [{ context: 'ci' }],
  },
};
const rule = (rules: readonly object[], more: object = {}) =>
  call(
    'POST',
    '/rulesets',
    {
      name: `${base} ${Math.random()}`,
      enforcement: 'active',
      conditions: { ref_name: { include: [`refs/heads/${base}`], exclude: [] } },
      rules,
      ...more,
    },
    ada,
  );

async function open(name: string, fields: object = {}) {
  await branch(name, base);
  await put(name, `${name}.txt`);
  const { body } = await call('POST', '/pulls', { title: 'Work', head: name, base, ...fields });
  return { number: body.number, id: body.node_id, sha: body.head.sha };
}
const say = async (state: string, sha = pull.sha) => {
  await call('POST', `/statuses/${sha}`, { state, context: 'ci' });
  await world.github.idle();
};
const mutate = async (name: 'enable' | 'disable', more: object = {}, token = grace) => {
  const { body } = await world.call(token, 'POST', world.github.urls.graphql, {
    query: `mutation($input: ${name === 'enable' ? 'Enable' : 'Disable'}PullRequestAutoMergeInput!) {
      ${name}PullRequestAutoMerge(input: $input) { pullRequest { autoMergeRequest {
        mergeMethod commitHeadline enabledBy { login } } } } }`,
    variables: { input: { pullRequestId: pull.id, ...more } },
  });
  return body.errors?.[0].message ?? body.data[`${name}PullRequestAutoMerge`].pullRequest;
};
const enable = (more?: object, token?: string) => mutate('enable', more, token);
const stateOf = async ({ number } = pull) => {
  const { body } = await call('GET', `/pulls/${number}`);
  return body.merged ? 'merged' : body.auto_merge ? 'waits' : body.state;
};
const heard = async () => {
  await world.github.idle();
  return hook.received.flatMap(({ text }) => {
    const { action, number, reason } = JSON.parse(text);
    return number === pull.number ? [[action, reason].filter(Boolean).join(': ')] : [];
  });
};

describe('auto-merge', () => {
  it('merges as it was asked for when the last requirement is met, and tells of it', async () => {
    const enabled = await enable({ mergeMethod: 'SQUASH', commitHeadline: 'As I say' });
    const waiting = await call('GET', `/pulls/${pull.number}`);
    await say('pending');
    const pending = await stateOf();
    await say('success');
    const { body: merged } = await call('GET', `/pulls/${pull.number}`);
    const commit = await call('GET', `/commits/${merged.merge_commit_sha}`);

    expect(enabled.autoMergeRequest).toEqual({
      mergeMethod: 'SQUASH',
      commitHeadline: 'As I say',
      enabledBy: { login: 'grace' },
    });
    expect(waiting.body.auto_merge).toMatchObject({
      enabled_by: { login: 'grace' },
      merge_method: 'squash',
      commit_title: 'As I say',
    });
    expect(pending).toBe('waits');
    expect([merged.merged, merged.merged_by.login]).toEqual([true, 'grace']);
    expect(commit.body.commit.message).toBe('As I say');
    expect(commit.body.parents).toHaveLength(1);
    expect(await heard()).toEqual(['opened', 'auto_merge_enabled', 'closed']);
  });

  it('waits through a failed check, and a new head needs its own', async () => {
    await enable();
    await say('failure');
    const failed = await stateOf();
    await put(`work-${count}`, 'more.txt');
    await say('success');
    const ofOld = await stateOf();
    await say('success', await headOf(`work-${count}`));

    expect([failed, ofOld, await stateOf()]).toEqual(['waits', 'waits', 'merged']);
  });

  it('waits for a review, too', async () => {
    await rule([checkRule, reviewRule]);
    await enable();
    await say('success');
    const unreviewed = await stateOf();
    await call('POST', `/pulls/${pull.number}/reviews`, { event: 'APPROVE' }, ada);
    await world.github.idle();

    expect([unreviewed, await stateOf()]).toEqual(['waits', 'merged']);
  });

  const reviewRule = {
    type: 'pull_request',
    parameters: {
      required_approving_review_count: 1,
      dismiss_stale_reviews_on_push: false,
      require_code_owner_review: false,
      require_last_push_approval: false,
      required_review_thread_resolution: false,
    },
  };

  it('does not pass by a rule that who enabled it could pass by', async () => {
    const bypass = [{ actor_type: 'RepositoryRole', actor_id: 5, bypass_mode: 'always' }];
    await rule([reviewRule], { bypass_actors: bypass });
    await enable({}, ada);
    await say('success');
    const waiting = await stateOf();
    const byHand = await call('PUT', `/pulls/${pull.number}/merge`, {}, ada);

    expect([waiting, byHand.status]).toEqual(['waits', 200]);
  });

  it('is refused where it makes no sense or is not allowed', async () => {
    const refused = async (more?: object, token?: string) => [
      await enable(more, token),
      await stateOf(),
    ];
    const stranger = await refused({}, world.github.tokens.eve);
    const app = await refused(
      {},
      await world.installationToken({ permissions: { pull_requests: 'write' } }),
    );
    const moved = await refused({ expectedHeadOid: 'f'.repeat(40) });
    await call('PATCH', '', { allow_rebase_merge: false }, ada);
    const method = await refused({ mergeMethod: 'REBASE' });
    await call('PATCH', '', { allow_auto_merge: false }, ada);
    const forbidden = await refused();
    await call('PATCH', '', { allow_auto_merge: true }, ada);
    await say('success');
    const clean = await refused();
    await call('PATCH', `/pulls/${pull.number}`, { state: 'closed' });
    const closed = await refused();

    expect([stranger[1], app[1], moved[1], method[1], forbidden[1], clean[1], closed[1]]).toEqual([
      ...Array.from({ length: 6 }, () => 'open'),
      'closed',
    ]);
    expect(stranger[0]).toContain('does not have the correct permissions');
    expect(app[0]).toBe('Resource not accessible by integration');
    expect(moved[0]).toContain('Head branch was modified');
    expect(method[0]).toContain('Rebase merges are not allowed on this repository.');
    expect(forbidden[0]).toContain('Auto merge is not allowed for this repository');
    expect(clean[0]).toContain('Pull request is in clean status');
    expect(closed[0]).toContain('Pull request is closed');
  });

  it('is taken back by hand, by closing and by a draft', async () => {
    const none = await mutate('disable');
    await enable();
    const disabled = await mutate('disable');
    await enable();
    await call('PATCH', `/pulls/${pull.number}`, { state: 'closed' });
    await call('PATCH', `/pulls/${pull.number}`, { state: 'open' });
    const reopened = await stateOf();
    await say('success');

    expect(none).toContain("Can't disable auto-merge");
    expect(disabled.autoMergeRequest).toBeNull();
    expect([reopened, await stateOf()]).toEqual(['open', 'open']);
    expect(await heard()).toEqual([
      'opened',
      'auto_merge_enabled',
      'auto_merge_disabled: Auto-merge was disabled by hand',
      'auto_merge_enabled',
      'auto_merge_disabled: The pull request was closed',
      'closed',
      'reopened',
    ]);
  });

  it('ends with the rights of who enabled it', async () => {
    const { world: state } = world.github;
    const repository = state.repositoryByName('acme', 'shop');
    const id = state.userByLogin('grace')?.id ?? 0;
    await enable();
    repository?.collaborators.delete(id);
    await call('POST', `/statuses/${pull.sha}`, { state: 'success', context: 'ci' }, ada);
    await world.github.idle();
    const without = await stateOf();
    repository?.collaborators.set(id, 'write');

    expect(without).toBe('open');
    expect(await heard()).toContain('auto_merge_disabled: Who enabled it may not write any more');
  });

  it('is what gh asks for with --auto', async () => {
    const args = ['pr', 'merge', `${pull.number}`, '-R', 'acme/shop', '--auto', '--squash'];
    await gh.run('grace', args);
    const waiting = await stateOf();
    await say('success');

    expect([waiting, await stateOf()]).toEqual(['waits', 'merged']);
  });

  it('adds it to the merge queue where one is required', async () => {
    const settings = {
      check_response_timeout_minutes: 60,
      grouping_strategy: 'ALLGREEN',
      max_entries_to_build: 5,
      max_entries_to_merge: 5,
      merge_method: 'SQUASH',
      min_entries_to_merge: 1,
      min_entries_to_merge_wait_minutes: 0,
    };
    await rule([checkRule, { type: 'merge_queue', parameters: settings }]);
    await call('PATCH', '', { allow_auto_merge: false }, ada);
    await enable();
    const waiting = await stateOf();
    await say('success');
    const entries = world.github.world.repositoryByName('acme', 'shop')?.mergeQueue ?? [];
    const group = entries.find((entry) => entry.pull === pull.number)?.group?.sha ?? '';
    await say('success', group);

    expect([waiting, group.length, await stateOf()]).toEqual(['waits', 40, 'merged']);
    expect(await heard()).toContain('enqueued');
  });
});

it('auto-merge and settings outlive a restart, and what became green meanwhile is merged', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'auto-merge-'));
  const [shop, ...others] = seed.repositories;
  if (!shop) throw new Error('expected the seed to hold a repository');
  const work = { name: 'work', author: 'grace', files: { 'a.txt': { content: 'a\n' } } };
  const repository = {
    ...shop,
    branches: [work],
    protections: [{ branch: 'main', checks: [{ context: 'ci' }], approvals: 0 }],
    pulls: [{ title: 'Work', body: '', author: 'grace', head: 'work' }],
  };
  const start = () =>
    startLocalGitHub({
      dataDir,
      keep: true,
      seed: { ...seed, repositories: [repository, ...others] },
    });
  const first = await start();
  const send = (url: string, method: string, body: object) =>
    fetch(url, {
      method,
      headers: { authorization: `Bearer ${first.tokens.ada}` },
      body: JSON.stringify(body),
    });
  await send(`${first.urls.rest}${SHOP}`, 'PATCH', { allow_auto_merge: true });
  const before = first.world.repositoryByName('acme', 'shop');
  const number = [...(before?.pulls.keys() ?? [])][0] ?? 0;
  const id = Buffer.from(`local:${before?.pulls.get(number)?.id}`).toString('base64url');
  const enabled = await send(first.urls.graphql, 'POST', {
    query: `mutation { enablePullRequestAutoMerge(input: { pullRequestId: "PR_${id}" }) { clientMutationId } }`,
  });
  await first.close();
  const again = await start();
  const after = again.world.repositoryByName('acme', 'shop');
  const kept = after?.pulls.get(number);
  const told = { ...kept?.autoMerge };
  await send(`${again.urls.rest}${SHOP}/statuses/${kept?.headSha}`, 'POST', {
    state: 'success',
    context: 'ci',
  });
  await again.idle();
  const state = [kept?.state, kept?.merged];
  await again.close();
  await rm(dataDir, { recursive: true, force: true });

  expect(await enabled.json()).not.toHaveProperty('errors');
  expect(after?.merging.allow_auto_merge).toBe(true);
  expect(told).toMatchObject({ method: 'merge', title: expect.stringContaining('Merge pull') });
  expect(state).toEqual(['closed', true]);
});
