// The rules of a branch, as people meet them: on its page, over the API and with git.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openTestGitHub, type Reply, type TestGitHub } from './api-world.ts';

const exec = promisify(execFile);
const SHOP = '/repos/acme/shop';
let world: TestGitHub;
let ada: string;
let grace: string;
let folder: string;
let count = 0;

beforeAll(async () => {
  world = await openTestGitHub();
  ({ ada = '', grace = '' } = world.github.tokens);
  folder = await mkdtemp(join(tmpdir(), 'rules-'));
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  count += 1;
});

const reviewRule = (more: object = {}) => ({
  type: 'pull_request',
  parameters: {
    required_approving_review_count: 1,
    dismiss_stale_reviews_on_push: false,
    require_code_owner_review: false,
    require_last_push_approval: false,
    required_review_thread_resolution: false,
    ...more,
  },
});

/** A ruleset over `release-N`, a branch of its own for every test. */
async function rule(rules: readonly object[], more: object = {}): Promise<Reply> {
  return world.call(ada, 'POST', `${SHOP}/rulesets`, {
    name: `rules ${count}`,
    enforcement: 'active',
    conditions: { ref_name: { include: [`refs/heads/release-${count}*`], exclude: [] } },
    rules,
    ...more,
  });
}

async function branch(name: string, from = 'main'): Promise<string> {
  const { body } = await world.call(ada, 'GET', `${SHOP}/git/ref/heads/${from}`);
  await world.call(grace, 'POST', `${SHOP}/git/refs`, {
    ref: `refs/heads/${name}`,
    sha: body.object.sha,
  });
  return body.object.sha;
}

/** A pull request by grace into the release branch, with one changed file. */
async function open(path = `a-${count}.txt`): Promise<number> {
  await branch(`work-${count}`, `release-${count}`);
  await put(`work-${count}`, path);
  const opened = await world.call(grace, 'POST', `${SHOP}/pulls`, {
    title: 'Work',
    head: `work-${count}`,
    base: `release-${count}`,
  });
  return opened.body.number;
}

const put = (name: string, path: string) =>
  world.call(grace, 'PUT', `${SHOP}/contents/${path}`, {
    message: 'Change',
    content: Buffer.from(`${Math.random()}`).toString('base64'),
    branch: name,
  });
const merge = async (number: number, token = grace) => {
  const { status, body } = await world.call(token, 'PUT', `${SHOP}/pulls/${number}/merge`);
  return [status, body.message];
};
const approve = (number: number, token = ada) =>
  world.call(token, 'POST', `${SHOP}/pulls/${number}/reviews`, { event: 'APPROVE' });
const violation = (sentence: string) => [
  405,
  `Repository rule violations found\n\n${sentence}\n\n`,
];
const DONE = [200, 'Pull Request successfully merged'];

describe('a ruleset', () => {
  it('is made, listed, changed and taken away, and names what holds for a branch', async () => {
    const made = await rule([{ type: 'deletion' }, reviewRule()]);
    const one = await world.call(grace, 'GET', `${SHOP}/rulesets/${made.body.id}`);
    const holds = await world.call(grace, 'GET', `${SHOP}/rules/branches/release-${count}`);
    const elsewhere = await world.call(grace, 'GET', `${SHOP}/rules/branches/other`);
    const off = await world.call(ada, 'PUT', `${SHOP}/rulesets/${made.body.id}`, {
      enforcement: 'disabled',
    });
    const after = await world.call(grace, 'GET', `${SHOP}/rules/branches/release-${count}`);
    const gone = await world.call(ada, 'DELETE', `${SHOP}/rulesets/${made.body.id}`);

    expect([made.status, one.body.rules.length, off.body.rules.length]).toEqual([201, 2, 2]);
    expect(holds.body.map(({ type }: { type: string }) => type)).toEqual([
      'deletion',
      'pull_request',
    ]);
    expect([elsewhere.body, after.body, gone.status]).toEqual([[], [], 204]);
  });

  it.each([
    ['a rule that is not enforced here', [{ type: 'required_signatures' }]],
    ['a rule without its parameters', [{ type: 'pull_request' }]],
    ['ten thousand approvals', [reviewRule({ required_approving_review_count: 10_000 })]],
    ['no list', 'all of them'],
  ])('is refused with %s', async (_name, rules) => {
    expect((await rule(rules as object[])).status).toBe(422);
    expect((await rule([{ type: 'deletion' }])).status).toBe(201);
  });

  it('is not for those who only write', async () => {
    const body = { name: 'mine', enforcement: 'active', rules: [] };
    expect((await world.call(grace, 'POST', `${SHOP}/rulesets`, body)).status).toBe(403);
  });
});

describe('merging', () => {
  it('waits for a review by somebody else who may write', async () => {
    await branch(`release-${count}`);
    await rule([reviewRule()]);
    const number = await open();

    expect(await merge(number)).toEqual(
      violation('At least 1 approving review is required by reviewers with write access.'),
    );
    await approve(number, world.github.tokens.eve);
    expect((await merge(number))[0]).toBe(405);
    await approve(number);
    expect(await merge(number)).toEqual(DONE);
  });

  it('waits for the check of the App it is pinned to, and takes nobody else’s', async () => {
    await branch(`release-${count}`);
    const appId = world.github.app?.id;
    await rule([
      {
        type: 'required_status_checks',
        parameters: {
          strict_required_status_checks_policy: false,
          required_status_checks: [{ context: 'proof', integration_id: appId }],
        },
      },
    ]);
    const number = await open();
    const { body } = await world.call(grace, 'GET', `${SHOP}/pulls/${number}`);
    await world.call(grace, 'POST', `${SHOP}/statuses/${body.head.sha}`, {
      state: 'success',
      context: 'proof',
    });
    const forged = await merge(number);
    await world.call(await world.installationToken(), 'POST', `${SHOP}/check-runs`, {
      name: 'proof',
      head_sha: body.head.sha,
      status: 'completed',
      conclusion: 'success',
    });

    expect(body.mergeable_state).toBe('blocked');
    expect(forged).toEqual(violation('Required status check "proof" is expected.'));
    expect(await merge(number)).toEqual(DONE);
  });

  it('waits until every conversation is resolved', async () => {
    await branch(`release-${count}`);
    await rule([
      reviewRule({ required_approving_review_count: 0, required_review_thread_resolution: true }),
    ]);
    const number = await open();
    const { body } = await world.call(grace, 'GET', `${SHOP}/pulls/${number}`);
    const comment = await world.call(ada, 'POST', `${SHOP}/pulls/${number}/comments`, {
      commit_id: body.head.sha,
      path: `a-${count}.txt`,
      line: 1,
      body: 'Why?',
    });
    const before = await merge(number);
    const repository = world.github.world.repositoryByName('acme', 'shop');
    repository?.resolvedThreads.set(comment.body.id, 1);

    expect(before[0]).toBe(405);
    expect(before[1]).toContain('All comments must be resolved.');
    expect(await merge(number)).toEqual(DONE);
  });

  it('takes an approval back when the head moves, where the rule says so', async () => {
    await branch(`release-${count}`);
    await rule([reviewRule({ dismiss_stale_reviews_on_push: true })]);
    const number = await open();
    await approve(number);
    await put(`work-${count}`, `b-${count}.txt`);
    await world.github.idle();
    const reviews = await world.call(grace, 'GET', `${SHOP}/pulls/${number}/reviews`);

    expect(reviews.body[0].state).toBe('DISMISSED');
    expect((await merge(number))[0]).toBe(405);
    await approve(number);
    expect(await merge(number)).toEqual(DONE);
  });
});

describe('git push', () => {
  const url = () =>
    `${world.github.urls.origin.replace('://', `://x-access-token:${grace}@`)}/acme/shop.git`;
  const git = (...args: string[]) =>
    exec('git', ['-c', 'user.name=Grace', '-c', 'user.email=grace@example.invalid', ...args], {
      cwd: join(folder, String(count)),
    }).then(
      ({ stderr }) => ({ ok: true, stderr }),
      (error: { stderr: string }) => ({ ok: false, stderr: error.stderr }),
    );

  beforeEach(async () => {
    await branch(`release-${count}`);
    await exec('git', ['clone', '-q', '-b', `release-${count}`, url(), String(count)], {
      cwd: folder,
    });
    await writeFile(join(folder, String(count), 'pushed.txt'), 'x\n');
    await git('add', '-A');
    await git('commit', '-qm', 'Push');
  });

  it('is refused where changes come by pull request, and passes elsewhere', async () => {
    await rule([reviewRule()]);
    const refused = await git('push', 'origin', `HEAD:release-${count}`);
    const free = await git('push', 'origin', `HEAD:free-${count}`);

    expect(refused.ok).toBe(false);
    expect(refused.stderr).toContain(
      `GH013: Repository rule violations found for refs/heads/release-${count}.`,
    );
    expect(refused.stderr).toContain('- Changes must be made through a pull request.');
    expect(refused.stderr).toContain('push declined due to repository rule violations');
    expect(free.ok).toBe(true);
  });

  it('may go forward and not back, nor delete, where only that is ruled', async () => {
    await rule([{ type: 'non_fast_forward' }, { type: 'deletion' }]);
    const forward = await git('push', 'origin', `HEAD:release-${count}`);
    const back = await git('push', '--force', 'origin', `HEAD~1:release-${count}`);
    const deleted = await git('push', 'origin', `:release-${count}`);

    expect([forward.ok, back.ok, deleted.ok]).toEqual([true, false, false]);
    expect(back.stderr).toContain('Cannot force-push to this branch');
    expect(deleted.stderr).toContain('Cannot delete this branch');
  });

  it('brings no merge into a linear history', async () => {
    await rule([{ type: 'required_linear_history' }]);
    const straight = await git('push', 'origin', `HEAD:release-${count}`);
    await git('checkout', '-q', '-b', 'side', 'HEAD~1');
    await git('commit', '-q', '--allow-empty', '-m', 'Side');
    await git('merge', '-q', '--no-ff', `release-${count}`, '-m', 'Merge');
    const merged = await git('push', '--force', 'origin', `HEAD:release-${count}`);

    expect([straight.ok, merged.ok]).toEqual([true, false]);
    expect(merged.stderr).toContain('must not contain merge commits');
  });

  it('brings no merge that lies on another branch already', async () => {
    await rule([{ type: 'required_linear_history' }]);
    await git('checkout', '-q', '-b', 'side', 'HEAD~1');
    await git('commit', '-q', '--allow-empty', '-m', 'Side');
    await git('merge', '-q', '--no-ff', `release-${count}`, '-m', 'Merge');
    const elsewhere = await git('push', 'origin', `HEAD:free-${count}`);
    const smuggled = await git('push', 'origin', `HEAD:release-${count}`);

    expect([elsewhere.ok, smuggled.ok]).toEqual([true, false]);
    expect(smuggled.stderr).toContain('must not contain merge commits');
  });

  it('passes for whom the ruleset lets by', async () => {
    await rule([reviewRule()], { bypass_actors: [{ actor_type: 'RepositoryRole', actor_id: 4 }] });
    expect((await git('push', 'origin', `HEAD:release-${count}`)).ok).toBe(true);
  });
});

describe('a branch that a ruleset covers', () => {
  it('shows as protected, with its checks, and its checks as required', async () => {
    await branch(`release-${count}`);
    const checks = [{ context: 'unit' }, { context: 'unit' }];
    await rule([
      {
        type: 'required_status_checks',
        parameters: { strict_required_status_checks_policy: false, required_status_checks: checks },
      },
    ]);
    const number = await open();
    const { body: pull } = await world.call(grace, 'GET', `${SHOP}/pulls/${number}`);
    for (const context of ['unit', 'other'])
      await world.call(grace, 'POST', `${SHOP}/statuses/${pull.head.sha}`, {
        state: 'success',
        context,
      });
    const own = await world.call(grace, 'GET', `${SHOP}/branches/release-${count}`);
    const other = await world.call(grace, 'GET', `${SHOP}/branches/work-${count}`);
    const asked = await world.call(grace, 'POST', world.github.urls.graphql, {
      query: `{repository(owner:"acme",name:"shop"){pullRequest(number:${number}){statusCheckRollup{
        contexts(first:5){nodes{... on StatusContext{context isRequired(pullRequestNumber:${number})}}}}}}}`,
    });

    expect([own.body.protected, other.body.protected]).toEqual([true, false]);
    expect(own.body.protection.required_status_checks.contexts).toEqual(['unit']);
    expect(asked.body.data.repository.pullRequest.statusCheckRollup.contexts.nodes).toEqual([
      { context: 'unit', isRequired: true },
      { context: 'other', isRequired: false },
    ]);
  });

  it('takes no merge over the API that must come by pull request, and takes it without the rule', async () => {
    await branch(`release-${count}`);
    const made = await rule([reviewRule()]);
    await branch(`work-${count}`, `release-${count}`);
    await put(`work-${count}`, `m-${count}.txt`);
    const merging = { base: `release-${count}`, head: `work-${count}` };
    const refused = await world.call(grace, 'POST', `${SHOP}/merges`, merging);
    await world.call(ada, 'DELETE', `${SHOP}/rulesets/${made.body.id}`);

    expect(refused.status).toBe(409);
    expect(refused.body.message).toContain('Changes must be made through a pull request.');
    expect((await world.call(grace, 'POST', `${SHOP}/merges`, merging)).status).toBe(201);
  });
});

describe('a team', () => {
  it('makes its members collaborators', async () => {
    const { world: state } = world.github;
    const shop = state.repositoryByName('acme', 'shop');
    const eve = state.userByLogin('eve');
    const path = `${SHOP}/collaborators/eve`;
    const before = await world.call(ada, 'GET', path);
    state.teams.set(900_001, {
      id: 900_001,
      organizationId: shop?.ownerId ?? 0,
      slug: 'helpers',
      name: 'Helpers',
      members: new Set([eve?.id ?? 0]),
      repositories: new Map([[shop?.id ?? 0, 'write']]),
    });
    const after = await world.call(ada, 'GET', path);
    const level = await world.call(ada, 'GET', `${path}/permission`);
    state.teams.delete(900_001);

    expect([before.status, after.status, level.body.permission]).toEqual([404, 204, 'write']);
  });
});
