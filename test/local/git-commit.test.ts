import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

const REPO = '/repos/acme/shop';
const NOWHERE = '1'.repeat(40);
const CREATE = `mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) {
    commit { oid message author { name email } committer { name } }
    ref { id name target { oid } }
  }
}`;

let test: TestGitHub;
let app = '';
let main = '';

const toBase64 = (text: string) => Buffer.from(text).toString('base64');

interface Changes {
  readonly additions?: readonly { readonly path: string; readonly contents: string }[];
  readonly deletions?: readonly { readonly path: string }[];
}

async function commit(branch: object, expectedHeadOid: string, fileChanges: Changes) {
  const message = { headline: 'Change it', body: 'Because.' };
  const variables = { input: { branch, expectedHeadOid, message, fileChanges } };
  const answer = await test.call(app, 'POST', test.github.urls.graphql, {
    query: CREATE,
    variables,
  });
  expect(answer.status).toBe(200);
  return answer.body;
}

const on = (branchName: string) => ({ repositoryNameWithOwner: 'acme/shop', branchName });

async function createBranch(name: string): Promise<void> {
  await test.call(app, 'POST', `${REPO}/git/refs`, { ref: `refs/heads/${name}`, sha: main });
}

async function listFiles(ref: string): Promise<readonly string[]> {
  const { body } = await test.call(app, 'GET', `${REPO}/git/trees/${ref}?recursive=1`);
  return body.tree
    .filter((each: { type: string }) => each.type === 'blob')
    .map((each: { path: string; mode: string }) => `${each.mode} ${each.path}`);
}

beforeAll(async () => {
  test = await openTestGitHub();
  app = await test.installationToken();
  main = (await test.call(app, 'GET', `${REPO}/git/ref/heads/main`)).body.object.sha;
});
afterAll(() => test.close());

describe('createCommitOnBranch', () => {
  it('adds and deletes files in one verified commit of the App, by the branch’s name or id', async () => {
    await createBranch('files');
    const first = await commit(on('files'), main, {
      additions: [
        { path: 'a/b.txt', contents: toBase64('b') },
        { path: 'c.txt', contents: toBase64('c') },
      ],
      deletions: [{ path: 'README.md' }],
    });
    const made = first.data.createCommitOnBranch;
    expect(made.commit).toMatchObject({
      message: 'Change it\n\nBecause.',
      author: { name: 'sally[bot]' },
      committer: { name: 'GitHub' },
    });
    expect(made.ref).toMatchObject({ name: 'files', target: { oid: made.commit.oid } });
    expect(await listFiles('files')).toEqual(['100644 a/b.txt', '100644 c.txt']);
    const shown = await test.call(app, 'GET', `${REPO}/git/commits/${made.commit.oid}`);
    expect(shown.body.verification).toMatchObject({ verified: true, reason: 'valid' });

    const second = await commit({ id: made.ref.id }, made.commit.oid, {
      deletions: [{ path: 'a/b.txt' }],
    });
    expect(second.errors).toBeUndefined();
    expect(await listFiles('files')).toEqual(['100644 c.txt']);
  });

  it('keeps the exec bit of a file that it changes', async () => {
    const entry = { path: 'run', mode: '100755', type: 'blob', content: '#!/bin/sh\n' };
    const tree = { base_tree: main, tree: [entry] };
    const { sha } = (await test.call(app, 'POST', `${REPO}/git/trees`, tree)).body;
    const body = { message: 'x', tree: sha, parents: [main] };
    const parent = (await test.call(app, 'POST', `${REPO}/git/commits`, body)).body.sha;
    const ref = { ref: 'refs/heads/exec', sha: parent };
    await test.call(app, 'POST', `${REPO}/git/refs`, ref);
    const additions = [{ path: 'run', contents: toBase64('#!/bin/bash\n') }];
    expect((await commit(on('exec'), parent, { additions })).errors).toBeUndefined();
    expect(await listFiles('exec')).toEqual(['100644 README.md', '100755 run']);
  });

  it('is stale when the branch is elsewhere, in GitHub’s words', async () => {
    await createBranch('stale');
    const additions = [{ path: 'x', contents: '' }];
    const { data, errors } = await commit(on('stale'), NOWHERE, { additions });
    expect(data.createCommitOnBranch).toBeNull();
    expect(errors).toMatchObject([
      {
        type: 'STALE_DATA',
        path: ['createCommitOnBranch'],
        message: `Expected branch to point to "${NOWHERE}" but it did not.  Pull and try again.`,
      },
    ]);
    expect((await commit(on('stale'), main, { additions })).errors).toBeUndefined();
  });

  it('lets one of many writers win, and tells the others', async () => {
    await createBranch('race');
    const answers = await Promise.all(
      ['1', '2', '3', '4'].map((name) =>
        commit(on('race'), main, { additions: [{ path: name, contents: '' }] }),
      ),
    );
    const types = answers.map(({ errors }) => errors?.[0].type ?? 'done').sort();
    expect(types).toEqual(['STALE_DATA', 'STALE_DATA', 'STALE_DATA', 'done']);
  });

  it.each<[string, Changes]>([
    ['a path up the tree', { additions: [{ path: '../x', contents: '' }] }],
    ['git’s own folder', { additions: [{ path: 'a/.git/config', contents: '' }] }],
    ['contents that are no base64', { additions: [{ path: 'x', contents: 'no base64!' }] }],
    ['the deletion of nothing', { deletions: [{ path: 'missing' }] }],
  ])('refuses %s and leaves the branch', async (_, changes) => {
    await createBranch('limits');
    const { errors } = await commit(on('limits'), main, changes);
    expect(errors).toMatchObject([{ type: 'UNPROCESSABLE' }]);
    const { body } = await test.call(app, 'GET', `${REPO}/git/ref/heads/limits`);
    expect(body.object.sha).toBe(main);
  });

  it('does not write on a protected branch, into the folder of workflows, or on no branch', async () => {
    const additions = [{ path: 'x', contents: '' }];
    const workflow = [{ path: '.github/workflows/x.yml', contents: '' }];
    await createBranch('flows');
    const typeOf = async (branch: string, changes: Changes) =>
      (await commit(on(branch), main, changes)).errors[0].type;
    expect(await typeOf('main', { additions })).toBe('UNPROCESSABLE');
    expect(await typeOf('flows', { additions: workflow })).toBe('FORBIDDEN');
    expect(await typeOf('missing', { additions })).toBe('NOT_FOUND');
  });
});

/** Names that are nobody's, ones that git would read as more than a name, and ones too long. */
const ODD = [
  'a..b',
  'a b',
  '%00',
  '%0A',
  '--all',
  'main%3AREADME.md',
  'main%5E%7B',
  '%40%7B-1%7D',
  'HEAD%40%7B1%7D',
  'x'.repeat(5000),
  'f'.repeat(39),
  'FETCH_HEAD',
  'config',
  '%E2%80%AE',
];

describe('what is no name of anything', () => {
  it.each(ODD)('"%s" is answered as missing or wrong, wherever it is asked', async (name) => {
    const reads = [
      `git/ref/${name}`,
      `git/blobs/${name}`,
      `git/trees/${name}`,
      `git/commits/${name}`,
      `commits/${name}`,
      `branches/${name}`,
      `compare/main...${name}`,
      `contents/${name}`,
      `contents/README.md?ref=${name}`,
      `tarball/${name}`,
    ];
    for (const path of reads) {
      const { status } = await test.call(app, 'GET', `${REPO}/${path}`);
      expect([path.slice(0, 60), [404, 422].includes(status)]).toEqual([path.slice(0, 60), true]);
    }
    const ref = `refs/heads/${decodeURIComponent(name)} `;
    const made = await test.call(app, 'POST', `${REPO}/git/refs`, { ref, sha: main });
    expect(made.status).toBe(422);
    const moved = await test.call(app, 'PATCH', `${REPO}/git/refs/heads/${name}`, { sha: main });
    expect(moved.status).toBe(422);
  });

  it.each([
    ['git/blobs', { content: '%%%', encoding: 'base64' }],
    ['git/blobs', { content: 7 }],
    ['git/blobs', { content: 'x', encoding: 'latin1' }],
    ['git/trees', { tree: 'x' }],
    ['git/trees', { tree: [null] }],
    ['git/trees', { tree: [{ path: 'x'.repeat(5000), mode: '100644', content: '' }] }],
    ['git/commits', { message: 'x', tree: 'main', parents: [] }],
    ['git/commits', { message: 'x', tree: NOWHERE, parents: [7] }],
    ['git/refs', { ref: 'refs/heads/x', sha: 'main' }],
    ['merges', { base: 'main', head: {} }],
  ])('POST %s refuses %j', async (path, body) => {
    expect((await test.call(app, 'POST', `${REPO}/${path}`, body)).status).toBe(422);
  });
});
