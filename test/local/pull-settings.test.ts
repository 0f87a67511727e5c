// How a repository merges: its settings, the words of its commits, and what is refused.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openTestGitHub, type Reply, seed, type TestGitHub } from './api-world.ts';

let world: TestGitHub;
let ada: string;
let grace: string;
let count = 0;

beforeAll(async () => {
  const [shop, ...others] = seed.repositories;
  if (!shop) throw new Error('expected the seed to hold a repository');
  const { protections: _, ...open } = shop;
  world = await openTestGitHub({ ...seed, repositories: [open, ...others] });
  ({ ada = '', grace = '' } = world.github.tokens);
});
afterAll(() => world.close());
beforeEach(async () => {
  count += 1;
  await settings(GITHUB_DEFAULTS);
});

const GITHUB_DEFAULTS = {
  allow_merge_commit: true,
  allow_squash_merge: true,
  allow_rebase_merge: true,
  allow_auto_merge: false,
  allow_update_branch: false,
  delete_branch_on_merge: false,
  squash_merge_commit_title: 'COMMIT_OR_PR_TITLE',
  squash_merge_commit_message: 'COMMIT_MESSAGES',
  merge_commit_title: 'MERGE_MESSAGE',
  merge_commit_message: 'PR_TITLE',
};
const call = (method: string, path: string, body?: object, token = grace): Promise<Reply> =>
  world.call(token, method, `/repos/acme/shop${path}`, body);
const settings = (fields: object, token = ada) => call('PATCH', '', fields, token);

/** A pull request by grace with a commit for each message. */
async function open(
  messages: readonly string[] = ['Add a line'],
  { base = 'main', token = grace, name = `work-${count}` } = {},
): Promise<number> {
  const { body } = await call('GET', `/git/ref/heads/${base}`);
  await call('POST', '/git/refs', { ref: `refs/heads/${name}`, sha: body.object.sha });
  for (const [index, message] of messages.entries())
    await call(
      'PUT',
      `/contents/${name}-${index}.txt`,
      { message, content: 'YQo=', branch: name },
      token,
    );
  const fields = { title: 'Work', body: 'Why it is done.', head: name, base };
  return (await call('POST', '/pulls', fields)).body.number;
}
const merge = (number: number, body: object = {}) => call('PUT', `/pulls/${number}/merge`, body);
const said = ({ status, body }: Reply) => [status, body.message];
const commitOf = async ({ body }: Reply) => (await call('GET', `/commits/${body.sha}`)).body.commit;

describe('the settings of a repository', () => {
  it('are GitHub’s at first, changed by an administrator alone, and told to REST and GraphQL', async () => {
    const first = await call('GET', '');
    const refused = await settings({ allow_auto_merge: true }, grace);
    const changed = await settings({ allow_auto_merge: true, description: 'A new shop' });
    const { body } = await world.call(grace, 'POST', world.github.urls.graphql, {
      query: `{ repository(owner: "acme", name: "shop") { description autoMergeAllowed
        squashMergeAllowed deleteBranchOnMerge squashMergeCommitTitle mergeCommitMessage } }`,
    });

    expect(first.body).toMatchObject(GITHUB_DEFAULTS);
    expect(said(refused)).toEqual([403, 'Must have admin rights to Repository.']);
    expect(changed.body).toMatchObject({ allow_auto_merge: true, description: 'A new shop' });
    expect(body.data.repository).toEqual({
      description: 'A new shop',
      autoMergeAllowed: true,
      squashMergeAllowed: true,
      deleteBranchOnMerge: false,
      squashMergeCommitTitle: 'COMMIT_OR_PR_TITLE',
      mergeCommitMessage: 'PR_TITLE',
    });
  });

  it.each([
    [
      'no way of merging',
      { allow_merge_commit: false, allow_squash_merge: false, allow_rebase_merge: false },
    ],
    ['a commit’s title over a pull request’s text', { squash_merge_commit_message: 'PR_BODY' }],
    ['a merge message twice', { merge_commit_title: 'PR_TITLE' }],
    ['a word for a flag', { allow_squash_merge: 'yes' }],
    ['what is not held to here', { private: true }],
    ['another name', { name: 'store' }],
  ])('are refused with %s, and stay', async (_name, fields) => {
    const refused = await settings({ allow_auto_merge: true, ...fields });
    const { body } = await call('GET', '');

    expect(refused.status).toBe(422);
    expect(body).toMatchObject({ ...GITHUB_DEFAULTS, private: false, name: 'shop' });
  });
});

describe('a way of merging', () => {
  it.each([
    ['merge', 'allow_merge_commit', 'Merge commits are not allowed on this repository.'],
    ['squash', 'allow_squash_merge', 'Squash merges are not allowed on this repository.'],
    ['rebase', 'allow_rebase_merge', 'Rebase merges are not allowed on this repository.'],
  ])('"%s" is refused where it is not allowed', async (method, flag, sentence) => {
    const number = await open();
    await settings({ [flag]: false });
    const refused = await merge(number, { merge_method: method });
    await settings({ [flag]: true });
    const done = await merge(number, { merge_method: method });

    expect(said(refused)).toEqual([405, sentence]);
    expect(done.status).toBe(200);
  });

  it('is asked after the head somebody has seen, and that after whether it can be merged at all', async () => {
    const number = await open();
    await settings({ allow_squash_merge: false });
    const stale = { sha: 'f'.repeat(40), merge_method: 'squash' };
    const moved = await merge(number, stale);
    await call('PATCH', `/pulls/${number}`, { state: 'closed' });
    const closed = await merge(number, stale);
    await call('PATCH', `/pulls/${number}`, { state: 'open' });
    const { body } = await call('GET', `/pulls/${number}`);
    const done = await merge(number, { sha: body.head.sha });
    const again = await merge(number, stale);

    expect(said(moved)).toEqual([409, 'Head branch was modified. Review and try the merge again.']);
    expect(said(closed)).toEqual([405, 'Pull Request is not mergeable']);
    expect(done.status).toBe(200);
    expect(said(again)).toEqual([405, 'Pull Request is not mergeable']);
  });

  it('happens once, however many ask at the same time', async () => {
    const before = (await call('GET', '/commits?per_page=100')).body.length;
    const number = await open();
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => merge(number, { merge_method: 'squash' })),
    );
    const after = (await call('GET', '/commits?per_page=100')).body.length;

    expect(replies.map(({ status }) => status).sort()).toEqual([200, 405, 405, 405, 405]);
    expect(after - before).toBe(1);
  });
});

describe('the message of', () => {
  const PR_SQUASH = { squash_merge_commit_title: 'PR_TITLE' };
  const PR_MERGE = { merge_commit_title: 'PR_TITLE' };
  const blank = { squash_merge_commit_message: 'BLANK' };
  const body = { squash_merge_commit_message: 'PR_BODY' };

  it.each<[string, string, object, readonly string[], (number: number) => string]>([
    [
      'a squashed commit',
      'squash',
      {},
      ['Add a line\n\nIt was missing.'],
      (number) => `Add a line (#${number})\n\nIt was missing.`,
    ],
    [
      'two squashed commits',
      'squash',
      {},
      ['One\n\nText', 'Two'],
      (number) => `Work (#${number})\n\n* One\n\nText\n\n* Two`,
    ],
    ['a squash under the title', 'squash', PR_SQUASH, ['One'], (number) => `Work (#${number})`],
    [
      'a squash without text',
      'squash',
      { ...PR_SQUASH, ...blank },
      ['One', 'Two'],
      (number) => `Work (#${number})`,
    ],
    [
      'a squash with the text',
      'squash',
      { ...PR_SQUASH, ...body },
      ['One'],
      (number) => `Work (#${number})\n\nWhy it is done.`,
    ],
    [
      'a merge',
      'merge',
      {},
      ['One'],
      (number) => `Merge pull request #${number} from acme/work-${count}\n\nWork`,
    ],
    [
      'a merge with the text',
      'merge',
      { ...PR_MERGE, merge_commit_message: 'PR_BODY' },
      ['One'],
      (number) => `Work (#${number})\n\nWhy it is done.`,
    ],
    [
      'a merge without text',
      'merge',
      { ...PR_MERGE, merge_commit_message: 'BLANK' },
      ['One'],
      (number) => `Work (#${number})`,
    ],
    ['a rebased commit', 'rebase', PR_SQUASH, ['One\n\nText'], () => 'One\n\nText'],
  ])('%s is the repository’s', async (_name, method, fields, messages, expected) => {
    await settings(fields);
    const number = await open(messages);
    const commit = await commitOf(await merge(number, { merge_method: method }));

    expect(commit.message).toBe(expected(number));
    expect(commit.author.name).toBe('grace');
  });

  it('a merge is the caller’s, where the caller says one', async () => {
    const words = { commit_title: 'Mine', commit_message: '', merge_method: 'squash' };
    const commit = await commitOf(await merge(await open(), words));

    expect(commit.message).toBe('Mine');
  });

  it('a squash names who else wrote a part, and its author is who opened it', async () => {
    const number = await open(['One', 'Two'], { token: ada });
    const done = await call('PUT', `/pulls/${number}/merge`, { merge_method: 'squash' }, ada);
    const commit = await commitOf(done);

    expect(commit.author.name).toBe('grace');
    expect(commit.message).toMatch(
      /\n\n---------\n\nCo-authored-by: Ada <\d+\+ada@users\.noreply\.github\.com>$/,
    );
  });
});

describe('the head branch of a merged pull request', () => {
  const branch = async (name: string) => (await call('GET', `/git/ref/heads/${name}`)).status;

  it('is deleted where the repository wants it, and what builds on it goes into the base', async () => {
    await settings({ delete_branch_on_merge: true });
    const number = await open();
    const child = await open(['Child'], { base: `work-${count}`, name: `child-${count}` });
    const done = await merge(number);
    await world.github.idle();
    const { body } = await call('GET', `/pulls/${child}`);

    expect(done.status).toBe(200);
    expect(await branch(`work-${count}`)).toBe(404);
    expect([body.state, body.base.ref, body.commits]).toEqual(['open', 'main', 1]);
  });

  it('stays otherwise, and where a rule keeps it', async () => {
    await merge(await open());
    const kept = await branch(`work-${count}`);
    await settings({ delete_branch_on_merge: true });
    const number = await open(['More'], { name: `kept-${count}` });
    await call(
      'POST',
      '/rulesets',
      {
        name: 'keep',
        enforcement: 'active',
        conditions: { ref_name: { include: [`refs/heads/kept-${count}`], exclude: [] } },
        rules: [{ type: 'deletion' }],
      },
      ada,
    );
    const done = await merge(number);

    expect([kept, done.status, await branch(`kept-${count}`)]).toEqual([200, 200, 200]);
  });
});
