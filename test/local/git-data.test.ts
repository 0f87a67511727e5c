import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '#model/json.ts';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

const REPO = '/repos/acme/shop';
const NOWHERE = '1'.repeat(40);

let test: TestGitHub;
let ada = '';
let grace = '';
let app = '';
let main = '';
let pushes: JsonObject[] = [];

const toBase64 = (text: string) => Buffer.from(text).toString('base64');

async function createTree(token: string, body: object) {
  return test.call(token, 'POST', `${REPO}/git/trees`, body);
}

/** A commit of the App on top of main, held by no reference. */
async function createCommit(path = 'a.txt', content = 'a', parent = main): Promise<string> {
  const entry = { path, mode: '100644', type: 'blob', content };
  const tree = (await createTree(app, { base_tree: parent, tree: [entry] })).body.sha;
  const commit = { message: `Add ${path}`, tree, parents: [parent] };
  return (await test.call(app, 'POST', `${REPO}/git/commits`, commit)).body.sha;
}

async function createBranch(name: string, sha = main) {
  return test.call(app, 'POST', `${REPO}/git/refs`, { ref: `refs/heads/${name}`, sha });
}

beforeAll(async () => {
  test = await openTestGitHub();
  test.github.world.onEvent((event, _repository, _sender, payload) => {
    if (event === 'push') pushes.push(payload);
  });
  ada = test.github.tokens.ada ?? '';
  grace = test.github.tokens.grace ?? '';
  app = await test.installationToken();
  main = (await test.call(ada, 'GET', `${REPO}/git/ref/heads/main`)).body.object.sha;
});
afterAll(() => test.close());
beforeEach(() => {
  pushes = [];
});

describe('the Git data API', () => {
  it('stores blobs in both encodings and gives them back byte by byte', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    const body = { content: bytes.toString('base64'), encoding: 'base64' };
    const made = await test.call(app, 'POST', `${REPO}/git/blobs`, body);
    expect(made.status).toBe(201);
    const read = await test.call(app, 'GET', `${REPO}/git/blobs/${made.body.sha}`);
    expect(Buffer.from(read.body.content, 'base64')).toEqual(bytes);
    expect(read.body).toMatchObject({ encoding: 'base64', size: 5 });
    const plain = await test.call(app, 'POST', `${REPO}/git/blobs`, { content: 'ä\n' });
    const again = await test.call(app, 'GET', `${REPO}/git/blobs/${plain.body.sha}`);
    expect(Buffer.from(again.body.content, 'base64').toString()).toBe('ä\n');
    expect((await test.call(app, 'GET', `${REPO}/git/blobs/${NOWHERE}`)).status).toBe(404);
  });

  it('builds trees on a base with modes, links, odd names and deletions', async () => {
    const odd = 'dir/odd "ö"\nname';
    const made = await createTree(app, {
      base_tree: main,
      tree: [
        { path: 'bin/run', mode: '100755', type: 'blob', content: '#!/bin/sh\n' },
        { path: 'link', mode: '120000', type: 'blob', content: 'README.md' },
        { path: odd, mode: '100644', type: 'blob', content: 'x' },
      ],
    });
    expect(made.status).toBe(201);
    const whole = await test.call(app, 'GET', `${REPO}/git/trees/${made.body.sha}?recursive=1`);
    const blobs = whole.body.tree.filter((entry: { type: string }) => entry.type === 'blob');
    expect(blobs).toMatchObject([
      { path: 'README.md', mode: '100644' },
      { path: 'bin/run', mode: '100755', size: 10 },
      { path: odd, mode: '100644' },
      { path: 'link', mode: '120000' },
    ]);
    const entry = { path: 'bin/run', mode: '100755', type: 'blob', sha: null };
    const less = await createTree(app, { base_tree: made.body.sha, tree: [entry] });
    expect(less.body.tree.map((each: { path: string }) => each.path)).toEqual([
      'README.md',
      'dir',
      'link',
    ]);
  });

  it.each([
    [
      { path: '../x', mode: '100644', content: '' },
      'tree.path contains a malformed path component',
    ],
    [
      { path: '.git/config', mode: '100644', content: '' },
      'tree.path contains a malformed path component',
    ],
    [{ path: 'x', mode: '777', content: '' }, 'Must supply a valid tree.mode'],
    [{ path: 'x', mode: '100644', sha: NOWHERE }, `tree.sha ${NOWHERE} is not a valid blob`],
  ])('refuses the tree entry %j', async (entry, message) => {
    const answer = await createTree(app, { base_tree: main, tree: [entry] });
    expect([answer.status, answer.body.message]).toEqual([422, message]);
  });

  it('names the bot on a commit without author, and shows it as verified', async () => {
    const sha = await createCommit();
    const { body } = await test.call(app, 'GET', `${REPO}/git/commits/${sha}`);
    expect(body.author.name).toBe('sally[bot]');
    expect(body.author.email).toMatch(/^\d+\+sally\[bot\]@users\.noreply\.github\.com$/);
    expect(body.verification).toMatchObject({ verified: true, reason: 'valid' });
    expect(body.parents).toMatchObject([{ sha: main }]);
  });

  it('does not vouch for a commit whose author the App has chosen', async () => {
    const { body: base } = await test.call(app, 'GET', `${REPO}/git/commits/${main}`);
    const author = { name: 'Eve', email: 'eve@example.com', date: '2026-01-02T03:04:05Z' };
    const commit = { message: 'x', tree: base.tree.sha, parents: [main], author };
    const made = await test.call(app, 'POST', `${REPO}/git/commits`, commit);
    expect(made.body.author).toEqual(author);
    expect(made.body.verification).toMatchObject({ verified: false, reason: 'unsigned' });
  });

  it('refuses commits of trees and parents that do not exist', async () => {
    const post = (body: object) => test.call(app, 'POST', `${REPO}/git/commits`, body);
    const noTree = await post({ message: 'x', tree: NOWHERE, parents: [] });
    expect([noTree.status, noTree.body.message]).toEqual([422, 'Tree SHA does not exist']);
    const tree = (await test.call(app, 'GET', `${REPO}/git/commits/${main}`)).body.tree.sha;
    expect((await post({ message: 'x', tree, parents: [NOWHERE] })).status).toBe(422);
  });

  it('says that an empty repository is empty', async () => {
    const empty = await test.call(app, 'POST', '/repos/acme/vault/git/blobs', { content: 'x' });
    expect([empty.status, empty.body.message]).toEqual([409, 'Git Repository is empty.']);
  });
});

describe('references over REST', () => {
  it('are created once, moved forward, forced only when asked, and deleted; each is a push', async () => {
    const next = await createCommit('b.txt', 'b');
    expect((await createBranch('topic')).status).toBe(201);
    const twice = await createBranch('topic');
    expect([twice.status, twice.body.message]).toEqual([422, 'Reference already exists']);
    const patch = (body: object) => test.call(app, 'PATCH', `${REPO}/git/refs/heads/topic`, body);
    expect((await patch({ sha: next })).body.object.sha).toBe(next);
    const back = await patch({ sha: main });
    expect([back.status, back.body.message]).toEqual([422, 'Update is not a fast forward']);
    expect((await patch({ sha: main, force: true })).status).toBe(200);
    expect((await test.call(app, 'DELETE', `${REPO}/git/refs/heads/topic`)).status).toBe(204);
    expect((await patch({ sha: next })).body.message).toBe('Reference does not exist');
    expect(
      pushes.map(({ before, after, created, deleted }) => [before, after, created, deleted]),
    ).toEqual([
      ['0'.repeat(40), main, true, false],
      [main, next, false, false],
      [next, main, false, false],
      [main, '0'.repeat(40), false, true],
    ]);
  });

  it('may have any name below refs, and those outside branches and tags move in silence', async () => {
    const ref = `refs/sallyport/evidence/1/${main}`;
    const made = await test.call(app, 'POST', `${REPO}/git/refs`, { ref, sha: main });
    expect(made.body).toMatchObject({ ref, object: { sha: main, type: 'commit' } });
    const found = await test.call(app, 'GET', `${REPO}/git/matching-refs/sallyport/evidence/1/`);
    expect(found.body.map((each: { ref: string }) => each.ref)).toEqual([ref]);
    expect(pushes).toEqual([]);
  });

  it.each([
    [
      { ref: 'topic', sha: NOWHERE },
      "Reference name must start with 'refs' and contain at least two slashes.",
    ],
    [{ ref: 'refs/heads/a b', sha: NOWHERE }, 'refs/heads/a b is not a valid ref name.'],
    [{ ref: 'refs/heads/ghost', sha: NOWHERE }, 'Object does not exist'],
  ])('are refused for %j', async (body, message) => {
    const answer = await test.call(app, 'POST', `${REPO}/git/refs`, body);
    expect([answer.status, answer.body.message]).toEqual([422, message]);
  });

  it('of protected branches move only for those who administer the repository, unless it holds for them, too', async () => {
    const sha = await createCommit('p.txt', 'p');
    const protect = (enforce_admins: boolean) =>
      test.call(ada, 'PUT', `${REPO}/branches/main/protection`, {
        required_status_checks: null,
        enforce_admins,
        required_pull_request_reviews: { required_approving_review_count: 1 },
        restrictions: null,
      });
    await protect(true);
    const held = await test.call(ada, 'PATCH', `${REPO}/git/refs/heads/main`, { sha });
    expect([held.status, held.body.message]).toEqual([
      422,
      'Changes must be made through a pull request.',
    ]);
    await protect(false);
    const refused = await test.call(app, 'PATCH', `${REPO}/git/refs/heads/main`, { sha });
    expect(refused.status).toBe(422);
    const dropped = await test.call(grace, 'DELETE', `${REPO}/git/refs/heads/main`);
    expect(dropped.status).toBe(422);
    expect((await test.call(ada, 'PATCH', `${REPO}/git/refs/heads/main`, { sha })).status).toBe(
      200,
    );
    const back = { sha: main, force: true };
    expect((await test.call(ada, 'PATCH', `${REPO}/git/refs/heads/main`, back)).status).toBe(200);
  });

  it('cannot bring workflows from an App without that permission, by tree or by another’s commit', async () => {
    const entry = {
      path: '.github/workflows/x.yml',
      mode: '100644',
      type: 'blob',
      content: 'on: push',
    };
    const tree = await createTree(app, { base_tree: main, tree: [entry] });
    expect([tree.status, tree.body.message]).toEqual([
      403,
      'Resource not accessible by integration',
    ]);
    const allowed = (await createTree(ada, { base_tree: main, tree: [entry] })).body.sha;
    const commit = { message: 'x', tree: allowed, parents: [main] };
    const { sha } = (await test.call(ada, 'POST', `${REPO}/git/commits`, commit)).body;
    expect((await createBranch('sneak', sha)).status).toBe(403);
  });
});

describe('files, branches and history over REST', () => {
  it('writes, reads, lists and deletes a file, each write a commit and a push', async () => {
    await createBranch('files');
    const path = `${REPO}/contents/docs/Ünï.md`;
    const made = await test.call(app, 'PUT', path, {
      message: 'Write',
      content: toBase64('one'),
      branch: 'files',
    });
    expect(made.status).toBe(201);
    const read = await test.call(app, 'GET', `${path}?ref=files`);
    expect(read.body).toMatchObject({ type: 'file', name: 'Ünï.md', path: 'docs/Ünï.md' });
    expect(Buffer.from(read.body.content, 'base64').toString()).toBe('one');
    const stale = { message: 'x', content: toBase64('two'), branch: 'files' };
    expect((await test.call(app, 'PUT', path, stale)).status).toBe(422);
    expect((await test.call(app, 'PUT', path, { ...stale, sha: NOWHERE })).status).toBe(409);
    const written = await test.call(app, 'PUT', path, { ...stale, sha: read.body.sha });
    expect(written.status).toBe(200);
    const folder = await test.call(app, 'GET', `${REPO}/contents/docs?ref=files`);
    expect(folder.body).toMatchObject([{ type: 'file', sha: written.body.content.sha, size: 3 }]);
    const gone = { message: 'x', sha: written.body.content.sha, branch: 'files' };
    expect((await test.call(app, 'DELETE', path, gone)).body.content).toBeNull();
    expect((await test.call(app, 'GET', `${path}?ref=files`)).status).toBe(404);
    expect(pushes).toHaveLength(4);
  });

  it('does not write a file into the folder of workflows, over a folder, up the tree, or on a protected branch', async () => {
    await createBranch('limits');
    const put = (path: string, branch: string) =>
      test.call(app, 'PUT', `${REPO}/contents/${path}`, {
        message: 'x',
        content: '',
        branch,
      });
    expect((await put('.github/workflows/x.yml', 'limits')).status).toBe(403);
    expect((await put('a%2F..%2Fb', 'limits')).status).toBe(422);
    expect((await put('sub/x.txt', 'limits')).status).toBe(201);
    expect((await put('sub', 'limits')).status).toBe(422);
    expect((await put('ok.txt', 'main')).status).toBe(422);
    expect((await put('ok.txt', 'missing')).status).toBe(404);
  });

  it('keeps what each of many writers of a branch was told it wrote', async () => {
    await createBranch('race');
    const put = (path: string) =>
      test.call(app, 'PUT', `${REPO}/contents/${path}`, {
        message: 'x',
        content: toBase64(path),
        branch: 'race',
      });
    const names = Array.from({ length: 8 }, (_, i) => `race-${i}.txt`);
    const answers = await Promise.all(names.map(put));
    const { body } = await test.call(app, 'GET', `${REPO}/git/trees/race`);
    const files = body.tree.map((each: { path: string }) => each.path);
    for (const [i, { status, body: told }] of answers.entries()) {
      expect(files.includes(names[i])).toBe(status === 201);
      if (status === 201) continue;
      expect(status).toBe(409);
      expect(told.message).toMatch(/^is at [0-9a-f]{40} but expected [0-9a-f]{40}$/);
    }
  });

  it('shows a submodule as one, and as a file in its folder', async () => {
    const entry = { path: 'vendor/lib', mode: '160000', type: 'commit', sha: NOWHERE };
    const tree = (await createTree(app, { base_tree: main, tree: [entry] })).body.sha;
    const commit = { message: 'x', tree, parents: [main] };
    const { sha } = (await test.call(app, 'POST', `${REPO}/git/commits`, commit)).body;
    const shown = await test.call(app, 'GET', `${REPO}/contents/vendor/lib?ref=${sha}`);
    expect(shown.body).toMatchObject({ type: 'submodule', sha: NOWHERE, size: 0 });
    const folder = await test.call(app, 'GET', `${REPO}/contents/vendor?ref=${sha}`);
    expect(folder.body).toMatchObject([{ type: 'file', path: 'vendor/lib' }]);
  });

  it('makes the first commit of an empty repository', async () => {
    const body = { message: 'First', content: toBase64('# Vault') };
    const made = await test.call(ada, 'PUT', '/repos/acme/vault/contents/README.md', body);
    expect(made.status).toBe(201);
    const branch = await test.call(ada, 'GET', '/repos/acme/vault/branches/main');
    expect(branch.body.commit.sha).toBe(made.body.commit.sha);
  });

  it('compares, lists and shows commits', async () => {
    const sha = await createCommit('b/c.txt', 'line\n');
    await createBranch('sallyport/1-compare', sha);
    const compared = await test.call(app, 'GET', `${REPO}/compare/main...sallyport/1-compare`);
    expect(compared.body).toMatchObject({
      status: 'ahead',
      ahead_by: 1,
      behind_by: 0,
      merge_base_commit: { sha: main },
      commits: [{ sha, author: { login: 'sally[bot]' } }],
      files: [
        { filename: 'b/c.txt', status: 'added', additions: 1, patch: '@@ -0,0 +1 @@\n+line' },
      ],
    });
    const listed = await test.call(
      app,
      'GET',
      `${REPO}/commits?sha=sallyport/1-compare&per_page=1`,
    );
    expect(listed.body).toMatchObject([{ sha }]);
    expect(listed.headers.get('link')).toContain('rel="next"');
    const shown = await test.call(app, 'GET', `${REPO}/commits/sallyport/1-compare`);
    expect(shown.body).toMatchObject({ sha, stats: { additions: 1, deletions: 0, total: 1 } });
    expect((await test.call(app, 'GET', `${REPO}/compare/main...missing`)).status).toBe(404);
    expect((await test.call(app, 'GET', `${REPO}/commits/--all`)).status).toBe(422);
  });

  it('lists branches with their protection', async () => {
    const { body } = await test.call(app, 'GET', `${REPO}/branches?protected=true`);
    expect(body).toMatchObject([{ name: 'main', protected: true, commit: { sha: main } }]);
    const missing = await test.call(app, 'GET', `${REPO}/branches/missing`);
    expect([missing.status, missing.body.message]).toEqual([404, 'Branch not found']);
  });

  it('merges branches: 201 for a commit, 204 for nothing to do, 409 for a conflict', async () => {
    const merge = (base: string, head: string) =>
      test.call(app, 'POST', `${REPO}/merges`, { base, head });
    await createBranch('base', await createCommit('m.txt', 'base'));
    await createBranch('clean', await createCommit('n.txt', 'clean'));
    await createBranch('conflict', await createCommit('m.txt', 'other'));
    const merged = await merge('base', 'clean');
    expect(merged.status).toBe(201);
    expect(merged.body.commit.message).toBe('Merge clean into base');
    expect(pushes.at(-1)).toMatchObject({ ref: 'refs/heads/base', after: merged.body.sha });
    expect((await merge('base', 'clean')).status).toBe(204);
    expect((await merge('base', 'conflict')).status).toBe(409);
    expect((await merge('main', 'clean')).status).toBe(409);
    expect((await merge('base', 'missing')).body.message).toBe('Head does not exist');
  });

  it('packs a commit into an archive', async () => {
    const headers = { authorization: `Bearer ${app}` };
    const answer = await fetch(`${test.github.urls.rest}${REPO}/tarball/main`, { headers });
    expect(answer.headers.get('content-type')).toBe('application/x-gzip');
    expect([...new Uint8Array(await answer.arrayBuffer()).slice(0, 2)]).toEqual([0x1f, 0x8b]);
  });
});
