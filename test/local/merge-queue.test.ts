// The merge queue, as people and programs meet it: gh adds, checks decide on the trial merge, and the
// base moves only to what was checked.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Octokit } from '@octokit/core';
import { listRefs } from '#local/git/ref.ts';
import type { Seed } from '#local/seed/seed.ts';
import { openReceiver, openTestGitHub, seed, type TestGitHub } from './api-world.ts';
import { openGh } from './gh-client.ts';

const SHOP = '/repos/acme/shop';
const WORKFLOW = `on: merge_group
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: test ! -e broken.txt
`;

const planted: Seed = {
  ...seed,
  repositories: [
    {
      owner: 'acme',
      name: 'shop',
      source: {
        kind: 'files',
        files: {
          'README.md': { content: '# Shop\n' },
          '.github/workflows/queue.yml': { content: WORKFLOW },
        },
      },
      collaborators: { grace: 'write' },
    },
  ],
  app: {
    slug: 'sally',
    permissions: { contents: 'write', pull_requests: 'write', merge_queues: 'read' },
    events: ['merge_group', 'pull_request', 'push'],
    installOn: 'acme',
  },
};

let world: TestGitHub;
let gh: Awaited<ReturnType<typeof openGh>>;
let receiver: Awaited<ReturnType<typeof openReceiver>>;
let ada: string;
let grace: string;
let eve: string;
let octokit: Octokit;
let count = 0;

beforeAll(async () => {
  world = await openTestGitHub(planted);
  ({ ada = '', grace = '', eve = '' } = world.github.tokens);
  gh = await openGh(world);
  receiver = await openReceiver();
  world.github.setWebhook(receiver.url);
  octokit = new Octokit({ auth: grace, baseUrl: world.github.urls.rest });
});
afterAll(async () => {
  await gh.close();
  await world.close();
  await receiver.close();
});

const SETTINGS = {
  check_response_timeout_minutes: 60,
  grouping_strategy: 'ALLGREEN',
  max_entries_to_build: 5,
  max_entries_to_merge: 5,
  merge_method: 'MERGE',
  min_entries_to_merge: 1,
  min_entries_to_merge_wait_minutes: 0,
};

/** A branch of its own for each story, whose changes go through a queue. */
async function openBranch(checks: readonly string[], settings: object = {}): Promise<string> {
  count += 1;
  const base = `line-${count}`;
  await makeBranch(base, 'main');
  const made = await world.call(ada, 'POST', `${SHOP}/rulesets`, {
    name: base,
    enforcement: 'active',
    conditions: { ref_name: { include: [`refs/heads/${base}`], exclude: [] } },
    rules: [
      { type: 'merge_queue', parameters: { ...SETTINGS, ...settings } },
      {
        type: 'required_status_checks',
        parameters: {
          strict_required_status_checks_policy: true,
          required_status_checks: checks.map((context) => ({ context })),
        },
      },
    ],
  });
  expect(made.status).toBe(201);
  return base;
}

async function makeBranch(name: string, from: string): Promise<void> {
  const sha = await headOf(from);
  await world.call(grace, 'POST', `${SHOP}/git/refs`, { ref: `refs/heads/${name}`, sha });
}
const headOf = async (branch: string): Promise<string> =>
  (await world.call(grace, 'GET', `${SHOP}/git/ref/heads/${branch}`)).body.object.sha;
const put = (branch: string, path: string, text: string) =>
  world.call(grace, 'PUT', `${SHOP}/contents/${path}`, {
    message: `Add ${path}`,
    content: Buffer.from(text).toString('base64'),
    branch,
  });
const say = (sha: string, state: string) =>
  world.call(grace, 'POST', `${SHOP}/statuses/${sha}`, { state, context: 'ci' });

interface OpenPull {
  readonly number: number;
  readonly id: string;
  readonly branch: string;
  readonly sha: string;
}

/** A pull request by grace; its own check has passed, where one is asked for. */
async function open(base: string, path: string, text = path): Promise<OpenPull> {
  const branch = `${base}-${path.replace('.', '-')}-${text.length}`;
  await makeBranch(branch, base);
  await put(branch, path, text);
  const { body } = await world.call(grace, 'POST', `${SHOP}/pulls`, {
    title: `Add ${path}`,
    head: branch,
    base,
  });
  const { number, node_id: id, head } = body;
  await say(head.sha, 'success');
  return { number, id, branch, sha: head.sha };
}

const ENQUEUE = `mutation($id:ID!,$jump:Boolean){enqueuePullRequest(input:{pullRequestId:$id,jump:$jump})
  {mergeQueueEntry{position state jump enqueuer{login} pullRequest{number isInMergeQueue isMergeQueueEnabled}}}}`;
const DEQUEUE = `mutation($id:ID!){dequeuePullRequest(input:{id:$id}){mergeQueueEntry{pullRequest{isInMergeQueue}}}}`;

const enqueue = (pull: OpenPull, more: object = {}) =>
  octokit.graphql<{ enqueuePullRequest: { mergeQueueEntry: object } }>(ENQUEUE, {
    id: pull.id,
    ...more,
  });

async function readQueue(branch: string) {
  await world.github.idle();
  const { repository } = await octokit.graphql<{
    repository: {
      mergeQueue: null | {
        configuration: { mergeMethod: string; mergingStrategy: string };
        entries: {
          nodes: {
            position: number;
            state: string;
            pullRequest: { number: number };
            headCommit: { oid: string } | null;
            baseCommit: { oid: string } | null;
          }[];
        };
      };
    };
  }>(
    `query($branch:String){repository(owner:"acme",name:"shop"){mergeQueue(branch:$branch){
      configuration{mergeMethod mergingStrategy} entries(first:10){nodes{
        position state pullRequest{number} headCommit{oid} baseCommit{oid}}}}}}`,
    { branch },
  );
  return repository.mergeQueue;
}
const entriesOf = async (branch: string) => (await readQueue(branch))?.entries.nodes ?? [];
const statesOf = async (branch: string) =>
  (await entriesOf(branch)).map(({ pullRequest, state }) => [pullRequest.number, state]);

/** What the App heard of one pull request and its groups, in order. */
async function heard(pull: OpenPull): Promise<readonly string[]> {
  await world.github.idle();
  return receiver.received.flatMap(({ headers, text }) => {
    const event = String(headers['x-github-event']);
    const body = JSON.parse(text);
    const isOwn =
      body.number === pull.number || body.merge_group?.head_ref.includes(`/pr-${pull.number}-`);
    return isOwn ? [[event, body.action, body.reason].filter(Boolean).join(' ')] : [];
  });
}

const queueRefs = async () => {
  const { gitDir } = world.github.world.repositoryByName('acme', 'shop') ?? { gitDir: '' };
  return (await listRefs(gitDir, 'refs/heads/gh-readonly-queue/')).map(({ ref }) => ref);
};
const pullState = async ({ number }: OpenPull) => {
  const { body } = await world.call(grace, 'GET', `${SHOP}/pulls/${number}`);
  return [body.state, body.merged];
};

describe('where a merge queue is required', () => {
  it('nobody merges or pushes past it, and everybody may where it is not', async () => {
    const base = await openBranch(['ci']);
    const pull = await open(base, 'a.txt');
    const merge = () => world.call(grace, 'PUT', `${SHOP}/pulls/${pull.number}/merge`);
    const direct = await merge();
    const graphql = await octokit
      .graphql('mutation($id:ID!){mergePullRequest(input:{pullRequestId:$id}){clientMutationId}}', {
        id: pull.id,
      })
      .catch((error) => error.message);
    const written = await put(base, 'b.txt', 'b');

    const words =
      'Repository rule violations found\n\nChanges must be made through the merge queue\n\n';
    expect([direct.status, direct.body.message]).toEqual([405, words]);
    expect(graphql).toContain('Changes must be made through the merge queue');
    expect([written.status, written.body.message]).toEqual([
      written.status,
      expect.stringContaining('Changes must be made through the merge queue'),
    ]);
    const rulesets = await world.call(ada, 'GET', `${SHOP}/rulesets`);
    const own = rulesets.body.find(({ name }: { name: string }) => name === base);
    await world.call(ada, 'DELETE', `${SHOP}/rulesets/${own.id}`);
    expect((await merge()).status).toBe(200);
  });

  it('gh adds a pull request, and the check of its trial merge moves the base', async () => {
    const base = await openBranch(['ci']);
    const before = await headOf(base);
    const pull = await open(base, 'a.txt');
    const said = await gh.run('grace', [
      'pr',
      'merge',
      `${pull.number}`,
      '-R',
      'acme/shop',
      '--merge',
    ]);
    const [waiting] = await entriesOf(base);
    const again = await gh.run('grace', ['pr', 'merge', `${pull.number}`, '-R', 'acme/shop']);
    const branches = await queueRefs();
    const unmoved = await headOf(base);
    await say(waiting?.headCommit?.oid ?? '', 'success');

    expect(said).toContain('merge queue');
    expect(waiting).toMatchObject({ position: 1, state: 'AWAITING_CHECKS' });
    expect(again).toContain('already queued to merge');
    expect(branches).toEqual([`refs/heads/gh-readonly-queue/${base}/pr-${pull.number}-${before}`]);
    expect(unmoved).toBe(before);
    expect(await statesOf(base)).toEqual([]);
    expect(await pullState(pull)).toEqual(['closed', true]);
    expect(await headOf(base)).toBe(waiting?.headCommit?.oid);
    expect(await queueRefs()).toEqual([]);
    expect(await heard(pull)).toEqual([
      'pull_request opened',
      'pull_request enqueued',
      'merge_group checks_requested',
      'pull_request dequeued MERGE',
      'pull_request closed',
      'merge_group destroyed merged',
    ]);
  });

  it('a failed check of the trial merge leaves the base as it was', async () => {
    const base = await openBranch(['ci']);
    const before = await headOf(base);
    const pull = await open(base, 'a.txt');
    await enqueue(pull);
    const [entry] = await entriesOf(base);
    await say(entry?.headCommit?.oid ?? '', 'failure');

    expect(await statesOf(base)).toEqual([]);
    expect([await pullState(pull), await headOf(base)]).toEqual([['open', false], before]);
    expect((await heard(pull)).slice(2)).toEqual([
      'merge_group checks_requested',
      'pull_request dequeued CI_FAILURE',
      'merge_group destroyed dequeued',
    ]);
  });

  it('a workflow on merge_group runs on the trial merge, and its check decides', async () => {
    const base = await openBranch([]);
    const good = await open(base, 'good.txt');
    const bad = await open(base, 'broken.txt');
    const { body: rulesets } = await world.call(ada, 'GET', `${SHOP}/rulesets`);
    const { id } = rulesets.find(({ name }: { name: string }) => name === base);
    const checks = {
      strict_required_status_checks_policy: false,
      required_status_checks: [{ context: 'build' }],
    };
    // Added to the queue before the check is required: only the workflow in the queue can give it.
    await enqueue(good);
    await world.github.idle();
    expect(await pullState(good)).toEqual(['closed', true]);
    await say(bad.sha, 'success');
    await world.call(grace, 'POST', `${SHOP}/statuses/${bad.sha}`, {
      state: 'success',
      context: 'build',
    });
    await world.call(ada, 'PUT', `${SHOP}/rulesets/${id}`, {
      rules: [
        { type: 'merge_queue', parameters: SETTINGS },
        { type: 'required_status_checks', parameters: checks },
      ],
    });
    const fine = await open(base, 'fine.txt');
    await world.call(grace, 'POST', `${SHOP}/statuses/${fine.sha}`, {
      state: 'success',
      context: 'build',
    });
    await enqueue(fine);
    await enqueue(bad);
    await world.github.idle();
    const { body: runs } = await world.call(grace, 'GET', `${SHOP}/actions/runs?event=merge_group`);

    expect(await pullState(fine)).toEqual(['closed', true]);
    expect(await pullState(bad)).toEqual(['open', false]);
    expect((await heard(bad)).at(-2)).toBe('pull_request dequeued CI_FAILURE');
    expect(runs.workflow_runs[0].head_branch).toMatch(`gh-readonly-queue/${base}/pr-`);
  });
});

describe('a queue of several', () => {
  it('builds each on those before it, and merges them together', async () => {
    const base = await openBranch(['ci'], { merge_method: 'SQUASH' });
    const [one, two] = [await open(base, 'a.txt'), await open(base, 'b.txt')];
    await enqueue(one);
    await enqueue(two);
    const [first, second] = await entriesOf(base);
    await say(second?.headCommit?.oid ?? '', 'success');
    const early = await statesOf(base);
    await say(first?.headCommit?.oid ?? '', 'success');

    expect(second?.baseCommit).toEqual(first?.headCommit);
    expect(early).toEqual([
      [one.number, 'AWAITING_CHECKS'],
      [two.number, 'MERGEABLE'],
    ]);
    expect(await statesOf(base)).toEqual([]);
    expect(await headOf(base)).toBe(second?.headCommit?.oid);
    expect([await pullState(one), await pullState(two)]).toEqual([
      ['closed', true],
      ['closed', true],
    ]);
  });

  it('builds anew what stood on a pull request that failed', async () => {
    const base = await openBranch(['ci']);
    const [one, two] = [await open(base, 'a.txt'), await open(base, 'b.txt')];
    await enqueue(one);
    await enqueue(two);
    const [first, second] = await entriesOf(base);
    await say(first?.headCommit?.oid ?? '', 'failure');
    const [left] = await entriesOf(base);
    await say(left?.headCommit?.oid ?? '', 'success');
    await world.github.idle();

    expect(left?.pullRequest.number).toBe(two.number);
    expect(left?.headCommit).not.toEqual(second?.headCommit);
    expect(await pullState(two)).toEqual(['closed', true]);
    expect(await heard(two)).toContain('merge_group destroyed invalidated');
    expect((await world.call(grace, 'GET', `${SHOP}/contents/a.txt?ref=${base}`)).status).toBe(404);
  });

  it('HEADGREEN takes those before a green one with it', async () => {
    const base = await openBranch(['ci'], { grouping_strategy: 'HEADGREEN' });
    const [one, two] = [await open(base, 'a.txt'), await open(base, 'b.txt')];
    await enqueue(one);
    await enqueue(two);
    const [first, second] = await entriesOf(base);
    await say(first?.headCommit?.oid ?? '', 'failure');
    const still = await statesOf(base);
    await say(second?.headCommit?.oid ?? '', 'success');
    await world.github.idle();

    expect(still.map(([number]) => number)).toEqual([one.number, two.number]);
    expect(await pullState(one)).toEqual(['closed', true]);
    expect(await pullState(two)).toEqual(['closed', true]);
  });

  it('builds no more at once than it may, and lets one jump to the front', async () => {
    const base = await openBranch(['ci'], { max_entries_to_build: 1 });
    const [one, two] = [await open(base, 'a.txt'), await open(base, 'b.txt')];
    await enqueue(one);
    await enqueue(two);
    const before = await statesOf(base);
    await octokit.graphql(DEQUEUE, { id: two.id });
    await enqueue(two, { jump: true });

    expect(before).toEqual([
      [one.number, 'AWAITING_CHECKS'],
      [two.number, 'QUEUED'],
    ]);
    expect(await statesOf(base)).toEqual([
      [two.number, 'AWAITING_CHECKS'],
      [one.number, 'QUEUED'],
    ]);
  });

  it('waits with one that conflicts with another before it, and removes it when that is merged', async () => {
    const base = await openBranch(['ci']);
    const [one, two] = [await open(base, 'a.txt', 'one'), await open(base, 'a.txt', 'other')];
    await enqueue(one);
    await enqueue(two);
    const [first] = await entriesOf(base);
    const before = await statesOf(base);
    await say(first?.headCommit?.oid ?? '', 'success');
    await world.github.idle();

    expect(before).toEqual([
      [one.number, 'AWAITING_CHECKS'],
      [two.number, 'UNMERGEABLE'],
    ]);
    expect([await pullState(one), await pullState(two)]).toEqual([
      ['closed', true],
      ['open', false],
    ]);
    expect((await heard(two)).at(-1)).toBe('pull_request dequeued MERGE_CONFLICT');
  });
});

describe('a pull request leaves the queue', () => {
  it('when somebody takes it out, and cannot be taken out twice', async () => {
    const base = await openBranch(['ci']);
    const pull = await open(base, 'a.txt');
    const added = await enqueue(pull);
    await world.github.idle();
    const gone = await octokit.graphql(DEQUEUE, { id: pull.id });
    const twice = await octokit.graphql(DEQUEUE, { id: pull.id }).catch((error) => error.message);

    expect(added.enqueuePullRequest.mergeQueueEntry).toMatchObject({
      position: 1,
      jump: false,
      enqueuer: { login: 'grace' },
      pullRequest: { number: pull.number, isInMergeQueue: true, isMergeQueueEnabled: true },
    });
    expect(gone).toEqual({
      dequeuePullRequest: { mergeQueueEntry: { pullRequest: { isInMergeQueue: false } } },
    });
    expect(twice).toContain('not in the merge queue');
    expect((await heard(pull)).slice(-2)).toEqual([
      'pull_request dequeued MANUAL',
      'merge_group destroyed dequeued',
    ]);
    expect(await queueRefs()).not.toContainEqual(expect.stringContaining(`pr-${pull.number}-`));
  });

  it('when its head moves: what was queued is not what would be merged', async () => {
    const base = await openBranch(['ci']);
    const [pull, other] = [await open(base, 'a.txt'), await open(base, 'b.txt')];
    await enqueue(pull);
    await enqueue(other);
    await world.github.idle();
    await put(pull.branch, 'more.txt', 'more');

    expect(await statesOf(base)).toEqual([[other.number, 'AWAITING_CHECKS']]);
    expect(await heard(pull)).toContain('pull_request dequeued MANUAL');
  });

  it('when an administrator takes the queue away', async () => {
    const base = await openBranch(['ci']);
    const pull = await open(base, 'a.txt');
    await enqueue(pull);
    await world.github.idle();
    const { body } = await world.call(ada, 'GET', `${SHOP}/rulesets`);
    const { id } = body.find(({ name }: { name: string }) => name === base);
    await world.call(ada, 'DELETE', `${SHOP}/rulesets/${id}`);
    await world.github.idle();

    expect(await readQueue(base)).toBeNull();
    expect(await heard(pull)).toContain('pull_request dequeued QUEUE_CLEARED');
  });
});

describe('nobody adds to the queue', () => {
  it('what its own checks have not passed, twice, or without the right', async () => {
    const base = await openBranch(['ci']);
    const pull = await open(base, 'a.txt');
    await say(pull.sha, 'pending');
    const pending = await enqueue(pull).catch((error) => error.message);
    await say(pull.sha, 'success');
    const stranger = new Octokit({ auth: eve, baseUrl: world.github.urls.rest });
    const foreign = await stranger
      .graphql(ENQUEUE, { id: pull.id })
      .catch((error) => error.message);
    await enqueue(pull);
    const twice = await enqueue(pull).catch((error) => error.message);

    expect(pending).toContain('Required status check "ci" is pending.');
    expect(foreign).toContain('does not have the correct permissions');
    expect(twice).toContain('already in the merge queue');
    expect(await statesOf(base)).toEqual([[pull.number, 'AWAITING_CHECKS']]);
  });

  it('nor to a branch that has none', async () => {
    await makeBranch('plain', 'main');
    const pull = await open('plain', 'a.txt');
    await expect(enqueue(pull)).rejects.toThrow('A merge queue is not enabled for plain');
    const automatic = octokit.graphql(
      'mutation($id:ID!){enablePullRequestAutoMerge(input:{pullRequestId:$id}){clientMutationId}}',
      { id: pull.id },
    );
    await expect(automatic).rejects.toThrow('Auto merge is not allowed for this repository');
    expect(await readQueue('plain')).toBeNull();
    expect(await pullState(pull)).toEqual(['open', false]);
  });

  it('and nobody writes to a trial merge', async () => {
    const base = await openBranch(['ci']);
    const pull = await open(base, 'a.txt');
    await enqueue(pull);
    const [entry] = await entriesOf(base);
    const [ref] = (await queueRefs()).filter((each) => each.includes(`/pr-${pull.number}-`));
    const branch = ref?.replace('refs/heads/', '') ?? '';
    const written = await put(branch, 'smuggled.txt', 'x');
    const dropped = await world.call(ada, 'DELETE', `${SHOP}/git/refs/heads/${branch}`);

    expect([written.status >= 400, dropped.status]).toEqual([true, 422]);
    expect(await headOf(branch)).toBe(entry?.headCommit?.oid);
    expect((await put(pull.branch, 'own.txt', 'x')).status).toBe(201);
  });
});
