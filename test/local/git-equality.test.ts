import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isAncestor } from '#local/git/ancestor.ts';
import type { TreeChange } from '#local/git/edit-tree.ts';
import {
  findTypes,
  readBlob,
  readObject,
  readTree,
  resolveCommit,
  writeBlob,
  writeCommit,
  writeTree,
} from '#local/git/object.ts';
import { closePackReaders } from '#local/git/packed-object.ts';
import { deleteRef, listRefs, readRef, updateRef } from '#local/git/ref.ts';
import { initBare } from '#local/git/repository.ts';
import { findWorkflowChange } from '#local/git/workflow-change.ts';

const ANN = { name: 'Ann', email: 'ann@example.com', date: '2026-01-02T03:04:05Z' };
const MAIN = 'refs/heads/main';

let root = '';
let gitDir = '';
let count = 0;

/** What git itself says about the same repository. */
function git(args: readonly string[], input?: Uint8Array | string, env = {}): string {
  return execFileSync('git', ['--git-dir', gitDir, ...args], {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: root, LC_ALL: 'C', ...env },
    input: input ?? '',
    stdio: 'pipe',
    maxBuffer: 1e9,
  }).toString();
}

/** Whether git did it, in its own time. */
function gitLater(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('git', ['--git-dir', gitDir, ...args], (error) => resolve(error === null));
  });
}

function fsck(): string {
  return git(['fsck', '--strict', '--no-dangling', '--full']);
}

/** The tree that git's own index makes of the same changes. */
function indexTree(changes: readonly TreeChange[]): string {
  const env = { GIT_INDEX_FILE: path.join(root, `index-${randomBytes(4).toString('hex')}`) };
  for (const { path: file, mode, sha } of changes) {
    if (sha !== null) {
      const line = `${mode} ${sha}\t${file}\0`;
      git(['update-index', '--add', '--replace', '-z', '--index-info'], line, env);
      continue;
    }
    const below = git(['ls-files', '-z', '--', `:(literal)${file}`], '', env);
    const lines = below
      .split('\0')
      .filter(Boolean)
      .map((name) => `0 ${'0'.repeat(40)}\t${name}\0`);
    git(['update-index', '-z', '--index-info'], lines.join(''), env);
  }
  return git(['write-tree'], '', env).trim();
}

async function commitFile(parent: string | null, file: string, text: string): Promise<string> {
  const blob = await writeBlob(gitDir, Buffer.from(text));
  const tree = await writeTree(gitDir, parent, [{ path: file, mode: '100644', sha: blob }]);
  const parents = parent === null ? [] : [parent];
  return writeCommit(gitDir, { tree, parents, message: `${file}\n`, author: ANN, committer: ANN });
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'git-equality-'));
});
afterAll(async () => {
  await closePackReaders(root);
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  count += 1;
  gitDir = path.join(root, `${count}.git`);
  await initBare(gitDir, 'main');
});

/** Few names, so that files and folders meet; some that sort differently with a slash at the end. */
const name = fc.constantFrom('a', 'a-b', 'a.b', 'a0', 'ab', 'b', 'Ünï', 'x y', '"q"');
const file = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const edit = fc.record({
  path: file,
  mode: fc.constantFrom('100644', '100755', '120000', '160000'),
  text: fc.option(fc.constantFrom('', 'one', 'two'), { freq: 3 }),
});

describe('objects written here', () => {
  it('have the ids that git gives them, and git reads them back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        const sha = await writeBlob(gitDir, bytes);
        expect(sha).toBe(git(['hash-object', '--stdin'], bytes).trim());
        expect(git(['cat-file', '-s', sha]).trim()).toBe(String(bytes.length));
        expect(await readBlob(gitDir, sha)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 25 },
    );
    expect(fsck()).toBe('');
  });

  it('may be larger than what is done at once', async () => {
    const bytes = randomBytes(3 * 1024 * 1024);
    const sha = await writeBlob(gitDir, bytes);
    expect(sha).toBe(git(['hash-object', '--stdin'], bytes).trim());
    expect((await readBlob(gitDir, sha))?.equals(bytes)).toBe(true);
    expect(fsck()).toBe('');
  });

  it('are, as trees of any changes, what git makes of the same changes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 12 }), fc.nat(12), async (edits, split) => {
        const changes: TreeChange[] = [];
        for (const { path: at, mode, text } of edits) {
          const sha = text === null ? null : await writeBlob(gitDir, Buffer.from(text));
          changes.push({ path: at, mode, sha });
        }
        // In one step, and in two with a stored tree between them.
        const whole = await writeTree(gitDir, null, changes);
        const first = await writeTree(gitDir, null, changes.slice(0, split));
        expect(await writeTree(gitDir, first, changes.slice(split))).toBe(whole);
        expect(whole).toBe(indexTree(changes));
        const listed = (await readTree(gitDir, whole, true)).map(
          (each) => `${each.mode} ${each.type} ${each.sha} ${each.size ?? '-'}\t${each.path}`,
        );
        const expected = git(['ls-tree', '-r', '-t', '-l', '-z', whole]).replace(/ +/g, ' ');
        // Names hold blanks of their own; git pads the size alone.
        expect(listed.map((line) => line.replace(/ +/g, ' '))).toEqual(
          expected.split('\0').filter(Boolean),
        );
      }),
      { numRuns: 40 },
    );
    expect(fsck()).toBe('');
  }, 120_000);

  it('are commits that git finds in order, and that follow each other as git says', async () => {
    const first = await commitFile(null, 'a', '1');
    const left = await commitFile(await commitFile(first, 'b', '2'), 'c', '3');
    const right = await commitFile(first, 'd', '4');
    const { tree } = { tree: await writeTree(gitDir, left, []) };
    const parents = [left, right];
    const parts = { tree, parents, message: 'Join\n\nö', author: ANN, committer: ANN };
    const join = await writeCommit(gitDir, parts);
    expect(await updateRef(gitDir, MAIN, join, null)).toBe('done');
    expect(fsck()).toBe('');
    expect(git(['log', '-1', '--format=%an <%ae> %aI %s|%b', 'main']).trim()).toBe(
      'Ann <ann@example.com> 2026-01-02T03:04:05+00:00 Join|ö',
    );
    for (const [one, other] of [
      [first, join],
      [right, join],
      [join, join],
      [join, first],
      [left, right],
    ] as const) {
      const base = git(['merge-base', one, other]).trim();
      expect(await isAncestor(gitDir, one, other)).toBe(base === one);
    }
  });
});

describe('packed repositories', () => {
  it('read as loose ones do, also when git packs them while they are read', async () => {
    const first = await commitFile(null, 'dir/a', '1');
    await updateRef(gitDir, MAIN, first, null);
    git(['tag', '-a', '-m', 'Tag', 'v1', first], '', {
      GIT_COMMITTER_NAME: 'Ann',
      GIT_COMMITTER_EMAIL: 'ann@example.com',
    });
    const names = [first, 'main', 'v1', 'main:dir/a', 'main:dir', 'v1^{tree}', 'main~0', 'HEAD:'];
    const read = () =>
      Promise.all(names.map(async (each) => (await readObject(gitDir, each))?.sha));
    const before = await read();
    expect(before).toEqual(names.map((each) => git(['rev-parse', each]).trim()));
    git(['gc', '-q', '--prune=now']);
    expect((await readdir(path.join(gitDir, 'refs/heads'))).length).toBe(0);
    expect(await read()).toEqual(before);
    expect(await findTypes(gitDir, [first, '1'.repeat(40)])).toEqual(['commit', undefined]);
    // A new pack that the reading process has not seen.
    const second = await commitFile(first, 'dir/a', '2');
    await updateRef(gitDir, MAIN, second, first);
    git(['repack', '-qd']);
    git(['prune-packed', '-q']);
    expect((await readObject(gitDir, 'main:dir/a'))?.bytes.toString()).toBe('2');
    expect(await resolveCommit(gitDir, 'v1')).toBe(first);
    expect(await resolveCommit(gitDir, first.slice(0, 9))).toBe(first);
  });

  it('are read further after the reading process was ended', async () => {
    const first = await commitFile(null, 'a', '1');
    await updateRef(gitDir, MAIN, first, null);
    git(['gc', '-q', '--prune=now']);
    expect((await readObject(gitDir, first))?.type).toBe('commit');
    await closePackReaders(root);
    expect((await readObject(gitDir, first))?.type).toBe('commit');
  });

  it('give up their packed references one by one', async () => {
    const first = await commitFile(null, 'a', '1');
    const second = await commitFile(first, 'a', '2');
    for (const each of ['main', 'x/y', 'z'])
      await updateRef(gitDir, `refs/heads/${each}`, first, null);
    git(['pack-refs', '--all', '--prune']);
    expect(await updateRef(gitDir, 'refs/heads/z', second, first)).toBe('done');
    expect(await deleteRef(gitDir, 'refs/heads/z', first)).toBe('moved');
    expect(await deleteRef(gitDir, 'refs/heads/z', second)).toBe('done');
    expect(await readRef(gitDir, 'refs/heads/z')).toBeUndefined();
    expect(await updateRef(gitDir, 'refs/heads/x', first, null)).toBe('refused');
    expect(await updateRef(gitDir, 'refs/heads/x/y/z', first, null)).toBe('refused');
    expect(await deleteRef(gitDir, 'refs/heads/x/y', first)).toBe('done');
    expect(await updateRef(gitDir, 'refs/heads/x', first, null)).toBe('done');
    const listed = git(['for-each-ref', '--format=%(refname) %(objectname) %(objecttype)']);
    const ours = await listRefs(gitDir, 'refs/');
    expect(ours.map((each) => `${each.ref} ${each.sha} ${each.type}\n`).join('')).toBe(listed);
  });
});

describe('references changed here and by git at once', () => {
  it('take the place of folders that deleted references left behind', async () => {
    const first = await commitFile(null, 'a', '1');
    git(['update-ref', 'refs/heads/deep/er/x', first]);
    git(['update-ref', '-d', 'refs/heads/deep/er/x']);
    expect(await updateRef(gitDir, 'refs/heads/deep', first, null)).toBe('done');
    expect(await updateRef(gitDir, 'refs/heads/deep/er', first, null)).toBe('refused');
    expect(git(['rev-parse', 'refs/heads/deep']).trim()).toBe(first);
  });

  it('move for one of two writers only, whoever comes first', async () => {
    const first = await commitFile(null, 'a', '1');
    await updateRef(gitDir, MAIN, first, null);
    let tip = first;
    for (let round = 0; round < 10; round += 1) {
      const ours = await commitFile(tip, 'a', `ours ${round}`);
      const theirs = await commitFile(tip, 'a', `theirs ${round}`);
      const before = tip;
      const writing = gitLater(['update-ref', MAIN, theirs, before]);
      await sleep(round);
      const outcome = await updateRef(gitDir, MAIN, ours, before);
      const other = await writing;
      expect((outcome === 'done') !== other).toBe(true);
      tip = other ? theirs : ours;
      expect(git(['rev-parse', MAIN]).trim()).toBe(tip);
    }
    expect(fsck()).toBe('');
  });

  it('stay as they are while another holds the lock, and the lock stays too', async () => {
    const first = await commitFile(null, 'a', '1');
    const second = await commitFile(first, 'a', '2');
    await updateRef(gitDir, MAIN, first, null);
    await writeFile(path.join(gitDir, `${MAIN}.lock`), '');
    expect(await updateRef(gitDir, MAIN, second, first)).toBe('moved');
    expect(await deleteRef(gitDir, MAIN, first)).toBe('moved');
    await rm(path.join(gitDir, `${MAIN}.lock`));
    expect(await updateRef(gitDir, MAIN, second, first)).toBe('done');
    expect(await readdir(path.join(gitDir, 'refs/heads'))).toEqual(['main']);
  });
});

describe('finding changed workflows', () => {
  it('sees them in new commits alone, and through merges as git does', async () => {
    const first = await commitFile(null, '.github/workflows/ci.yml', 'on: push');
    expect(await findWorkflowChange(gitDir, first)).toBe('.github/workflows/ci.yml');
    await updateRef(gitDir, MAIN, first, null);
    expect(await findWorkflowChange(gitDir, first)).toBeUndefined();
    const plain = await commitFile(first, 'a', '1');
    expect(await findWorkflowChange(gitDir, plain)).toBeUndefined();
    const changed = await commitFile(plain, '.github/workflows/ci.yml', 'on: pull_request');
    const above = await commitFile(changed, 'a', '2');
    expect(await findWorkflowChange(gitDir, above)).toBe('.github/workflows/ci.yml');
    await updateRef(gitDir, MAIN, changed, first);
    const tree = await writeTree(gitDir, changed, []);
    const parents = [plain, changed];
    const merge = { tree, parents, message: 'Merge', author: ANN, committer: ANN };
    expect(await findWorkflowChange(gitDir, await writeCommit(gitDir, merge))).toBeUndefined();
  });
});
