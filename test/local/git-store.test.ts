import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { compareCommits } from '#local/git/compare.ts';
import { mergePull, writeTrialMerge } from '#local/git/merge.ts';
import { isRefName, isTreePath } from '#local/git/name.ts';
import {
  readBlob,
  readBlobAtPath,
  readCommit,
  readTree,
  resolveCommit,
  writeBlob,
  writeCommit,
  writeTree,
} from '#local/git/object.ts';
import { deleteRef, listRefs, readRef, updateRef } from '#local/git/ref.ts';
import { cloneBare, importFolder, initBare } from '#local/git/repository.ts';
import { readVerified } from '#local/git/verified.ts';

const ANN = { name: 'Ann', email: 'ann@example.com', date: '2026-01-02T03:04:05Z' };
const ODD = 'odd "näme"\twith\nlines\\.txt';
const NOWHERE = '1'.repeat(40);

let root = '';
let gitDir = '';
let first = '';
let count = 0;

/** Change one file on top of a commit; null deletes it. */
async function commitFile(parent: string, file: string, text: string | null): Promise<string> {
  const sha = text === null ? null : await writeBlob(gitDir, Buffer.from(text));
  const tree = await writeTree(gitDir, parent, [{ path: file, mode: '100644', sha }]);
  const message = `change ${file}`;
  return writeCommit(gitDir, { tree, parents: [parent], message, author: ANN, committer: ANN });
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'git-store-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  count += 1;
  gitDir = path.join(root, `${count}.git`);
  await initBare(gitDir, 'main');
  const files = {
    'a.txt': { content: 'one\ntwo\nthree\nfour\nfive\n' },
    'bin/run': { content: '#!/bin/sh\n', mode: '100755' },
    [ODD]: { content: 'odd' },
    link: { content: 'a.txt', mode: '120000' },
  } as const;
  first = await importFolder(gitDir, 'main', files, 'First\n\nwith a body', ANN);
});

describe('a repository of the local GitHub', () => {
  it('keeps exec bits, symbolic links and odd names of imported files', async () => {
    const entries = await readTree(gitDir, first, true);
    expect(entries.map(({ path: name, mode, type }) => [name, mode, type])).toEqual([
      ['a.txt', '100644', 'blob'],
      ['bin', '040000', 'tree'],
      ['bin/run', '100755', 'blob'],
      ['link', '120000', 'blob'],
      [ODD, '100644', 'blob'],
    ]);
    expect((await readBlobAtPath(gitDir, 'main', ODD))?.bytes.toString()).toBe('odd');
  });

  it('imports a folder as it lies on disk, without .git, as a child of the branch', async () => {
    const folder = path.join(root, `folder-${count}`);
    await mkdir(path.join(folder, '.git'), { recursive: true });
    await mkdir(path.join(folder, 'deep'));
    await writeFile(path.join(folder, '.git', 'config'), 'never');
    await writeFile(path.join(folder, 'deep', 'tool'), 'x');
    await chmod(path.join(folder, 'deep', 'tool'), 0o755);
    await symlink('deep/tool', path.join(folder, 'short'));
    const sha = await importFolder(gitDir, 'main', folder, 'Second', ANN);
    const files = (await readTree(gitDir, sha, true)).filter((entry) => entry.type === 'blob');
    expect(files.map((entry) => `${entry.mode} ${entry.path}`)).toEqual([
      '100755 deep/tool',
      '120000 short',
    ]);
    expect((await readCommit(gitDir, sha)).parents).toEqual([first]);
  });

  it('reads a commit in parts, with dates in UTC', async () => {
    expect(await readCommit(gitDir, first)).toEqual({
      sha: first,
      tree: expect.stringMatching(/^[0-9a-f]{40}$/),
      parents: [],
      author: ANN,
      committer: ANN,
      message: 'First\n\nwith a body',
    });
  });

  it('answers undefined for what is not there, and for names that git would read as options', async () => {
    expect(await readBlob(gitDir, NOWHERE)).toBeUndefined();
    expect(await readBlobAtPath(gitDir, first, 'no\nsuch\nfile')).toBeUndefined();
    expect(await readBlobAtPath(gitDir, '--help', 'a.txt')).toBeUndefined();
    expect(await resolveCommit(gitDir, 'nope')).toBeUndefined();
    expect(await resolveCommit(gitDir, '--all')).toBeUndefined();
    await expect(readCommit(gitDir, NOWHERE)).rejects.toThrow(/no commit/);
  });

  it('clones into a repository of its own that survives the source', async () => {
    const copy = path.join(root, `copy-${count}.git`);
    await cloneBare(gitDir, copy);
    await rm(gitDir, { recursive: true });
    expect(await resolveCommit(copy, 'main')).toBe(first);
    expect((await readBlobAtPath(copy, 'main', 'bin/run'))?.bytes.toString()).toBe('#!/bin/sh\n');
    expect(execFileSync('git', ['-C', copy, 'remote']).toString()).toBe('');
  });

  it('deletes folders and puts whole trees at a path', async () => {
    const { tree } = await readCommit(gitDir, first);
    const next = await writeTree(gitDir, tree, [
      { path: 'bin', mode: '100644', sha: null },
      { path: 'copy', mode: '040000', sha: tree },
    ]);
    const names = (await readTree(gitDir, next, true)).map((entry) => entry.path);
    expect(names).not.toContain('bin/run');
    expect(names).toContain('copy/bin/run');
    expect(names).toContain(`copy/${ODD}`);
  });
});

describe('references', () => {
  it('move by compare-and-swap: the second of two writers loses', async () => {
    const one = await commitFile(first, 'a.txt', 'one');
    const other = await commitFile(first, 'a.txt', 'other');
    expect(await updateRef(gitDir, 'refs/heads/main', one, first)).toBe('done');
    expect(await updateRef(gitDir, 'refs/heads/main', other, first)).toBe('moved');
    expect((await readRef(gitDir, 'refs/heads/main'))?.sha).toBe(one);
  });

  it('let exactly one of many concurrent writers win', async () => {
    const commits = await Promise.all(
      ['1', '2', '3', '4'].map((text) => commitFile(first, 'a.txt', text)),
    );
    const outcomes = await Promise.all(
      commits.map((sha) => updateRef(gitDir, 'refs/heads/main', sha, first)),
    );
    expect([...outcomes].sort()).toEqual(['done', 'moved', 'moved', 'moved']);
    const winner = commits[outcomes.indexOf('done')];
    expect((await readRef(gitDir, 'refs/heads/main'))?.sha).toBe(winner);
  });

  it('are refused below another of the same name, for missing objects and for bad names', async () => {
    expect(await updateRef(gitDir, 'refs/heads/main/below', first, null)).toBe('refused');
    expect(await updateRef(gitDir, 'refs/heads/ghost', NOWHERE, null)).toBe('refused');
    expect(await updateRef(gitDir, 'refs/heads/a..b', first, null)).toBe('refused');
  });

  it('are listed by any prefix of their name, and deleted only where they are expected', async () => {
    await updateRef(gitDir, 'refs/sallyport/evidence/1/x', first, null);
    await updateRef(gitDir, 'refs/heads/mainly', first, null);
    const names = (await listRefs(gitDir, 'refs/heads/mai')).map((each) => each.ref);
    expect(names).toEqual(['refs/heads/main', 'refs/heads/mainly']);
    expect(await deleteRef(gitDir, 'refs/heads/mainly', NOWHERE)).toBe('moved');
    expect(await deleteRef(gitDir, 'refs/heads/mainly', first)).toBe('done');
    expect(await readRef(gitDir, 'refs/heads/mainly')).toBeUndefined();
  });

  it.each(['refs/heads/a b', 'refs/heads/.a', 'refs/heads/a.lock', 'refs/heads/a~1', 'heads/a'])(
    'cannot be called %s',
    (name) => expect(isRefName(name)).toBe(false),
  );

  it.each(['../a', 'a/../b', '/a', 'a//b', '.git/config', 'a/.GIT/x', ''])(
    'and no tree holds the path "%s"',
    (name) => expect(isTreePath(name)).toBe(false),
  );
});

describe('comparing commits', () => {
  it('counts both sides and lists files with status, counts and patch', async () => {
    const ours = await commitFile(first, 'base.txt', 'base');
    let head = await commitFile(first, 'a.txt', 'one\nTWO\nthree\nfour\nfive\n');
    head = await commitFile(head, 'new.txt', 'new\n');
    head = await commitFile(head, 'bin/run', null);
    const compared = await compareCommits(gitDir, ours, head);
    expect(compared).toMatchObject({
      status: 'diverged',
      aheadBy: 3,
      behindBy: 1,
      mergeBase: first,
    });
    expect(compared.commits.map((commit) => commit.message)).toEqual([
      'change a.txt',
      'change new.txt',
      'change bin/run',
    ]);
    expect(compared.files).toMatchObject([
      { path: 'a.txt', status: 'modified', additions: 1, deletions: 1 },
      { path: 'bin/run', status: 'removed', additions: 0, deletions: 1 },
      {
        path: 'new.txt',
        status: 'added',
        additions: 1,
        deletions: 0,
        patch: '@@ -0,0 +1 @@\n+new',
      },
    ]);
    expect(compared.files[0]?.patch).toBe(
      '@@ -1,5 +1,5 @@\n one\n-two\n+TWO\n three\n four\n five',
    );
  });

  it('finds renames and keeps each patch with its file', async () => {
    const text = 'one\ntwo\nthree\nfour\nFIVE\n';
    const moved = await commitFile(await commitFile(first, 'z.txt', text), 'a.txt', null);
    const { files } = await compareCommits(gitDir, first, await commitFile(moved, ODD, 'even'));
    expect(files).toMatchObject([
      { path: ODD, status: 'modified', additions: 1, deletions: 1 },
      { path: 'z.txt', previousPath: 'a.txt', status: 'renamed', additions: 1, deletions: 1 },
    ]);
    expect(files[0]?.patch).toContain('+even');
    expect(files[1]?.patch).toContain('+FIVE');
  });

  it('calls a commit identical to itself, and an older one behind', async () => {
    const head = await commitFile(first, 'a.txt', 'x');
    expect(await compareCommits(gitDir, head, head)).toMatchObject({
      status: 'identical',
      files: [],
    });
    expect(await compareCommits(gitDir, head, first)).toMatchObject({
      status: 'behind',
      behindBy: 1,
    });
  });
});

describe('merging', () => {
  const options = { baseRef: 'main', message: 'Merge it', author: ANN } as const;

  async function diverge(): Promise<{ base: string; head: string }> {
    const base = await commitFile(first, 'base.txt', 'base');
    await updateRef(gitDir, 'refs/heads/main', base, first);
    const head = await commitFile(await commitFile(first, 'a.txt', 'A'), 'b.txt', 'B');
    return { base, head };
  }

  it('makes a commit with two parents by "merge", and vouches for it', async () => {
    const { base, head } = await diverge();
    const merged = await mergePull(gitDir, { ...options, headSha: head, method: 'merge' });
    const sha = merged.ok ? merged.sha : '';
    const commit = await readCommit(gitDir, sha);
    expect(commit).toMatchObject({ parents: [base, head], message: 'Merge it', author: ANN });
    expect(commit.committer.name).toBe('GitHub');
    expect((await readVerified(gitDir)).has(sha)).toBe(true);
  });

  it('makes one commit by "squash", with the tree of the merge', async () => {
    const { base, head } = await diverge();
    const merged = await mergePull(gitDir, { ...options, headSha: head, method: 'squash' });
    const sha = merged.ok ? merged.sha : '';
    expect((await readCommit(gitDir, sha)).parents).toEqual([base]);
    const names = (await readTree(gitDir, sha, false)).map((entry) => entry.path);
    expect(names).toEqual(expect.arrayContaining(['a.txt', 'b.txt', 'base.txt']));
  });

  it('replays each commit by "rebase", messages and authors kept', async () => {
    const { base, head } = await diverge();
    const merged = await mergePull(gitDir, { ...options, headSha: head, method: 'rebase' });
    const last = await readCommit(gitDir, merged.ok ? merged.sha : '');
    const previous = await readCommit(gitDir, last.parents[0] ?? '');
    expect([previous.message, last.message]).toEqual(['change a.txt', 'change b.txt']);
    expect(previous.parents).toEqual([base]);
    expect((await readBlobAtPath(gitDir, last.sha, 'base.txt'))?.bytes.toString()).toBe('base');
    expect(await readBlobAtPath(gitDir, previous.sha, 'b.txt')).toBeUndefined();
  });

  it.each(['merge', 'squash', 'rebase'] as const)(
    'stops at a conflict by "%s" and leaves the branch',
    async (method) => {
      const base = await commitFile(first, 'a.txt', 'ours');
      await updateRef(gitDir, 'refs/heads/main', base, first);
      const head = await commitFile(first, 'a.txt', 'theirs');
      expect(await writeTrialMerge(gitDir, base, { ...options, headSha: head })).toBeUndefined();
      const merged = await mergePull(gitDir, { ...options, headSha: head, method });
      expect(merged).toEqual({ ok: false, reason: 'conflict' });
      expect((await readRef(gitDir, 'refs/heads/main'))?.sha).toBe(base);
    },
  );

  it('has nothing to do for a head that the base holds', async () => {
    const merged = await mergePull(gitDir, { ...options, headSha: first, method: 'merge' });
    expect(merged).toEqual({ ok: false, reason: 'nothing' });
  });
});
