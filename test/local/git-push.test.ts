import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '#model/json.ts';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

const REPO = '/repos/acme/shop';
const ZERO = '0'.repeat(40);

let test: TestGitHub;
let root = '';
let work = '';
let grace = '';

interface Ended {
  readonly code: number;
  readonly text: string;
}

const env = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Grace',
  GIT_AUTHOR_EMAIL: 'grace@example.com',
  GIT_COMMITTER_NAME: 'Grace',
  GIT_COMMITTER_EMAIL: 'grace@example.com',
};

/** Run the real client in the clone. */
function git(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile('git', args, { cwd: work, env: { ...env, HOME: root } }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, text: stdout + stderr }),
    );
  });
}

function url(token: string): string {
  return `${test.github.urls.origin.replace('//', `//x-access-token:${token}@`)}/acme/shop.git`;
}

async function refSha(ref: string): Promise<string | undefined> {
  return (await test.call(grace, 'GET', `${REPO}/git/ref/${ref}`)).body.object?.sha;
}

/** Store raw bytes as an object of the clone, unchecked, as an attacker would. */
function store(type: string, bytes: Uint8Array): string {
  const args = ['hash-object', '-t', type, '-w', '--stdin', '--literally'];
  return execFileSync('git', args, { cwd: work, env, input: bytes }).toString().trim();
}

function treeOf(mode: string, name: string, sha: string): string {
  return store('tree', Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(sha, 'hex')]));
}

async function commitTree(tree: string): Promise<string> {
  return (await git('commit-tree', '-m', 'x', '-p', 'origin/main', tree)).text.trim();
}

/** One hand-made push: commands, then whatever stands for a pack. */
async function pushRaw(ref: string, after: string, pack: Uint8Array) {
  const command = `${ZERO} ${after} ${ref}\0report-status\n`;
  const line = `${(command.length + 4).toString(16).padStart(4, '0')}${command}0000`;
  const response = await fetch(`${test.github.urls.origin}/acme/shop.git/git-receive-pack`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`x:${grace}`).toString('base64')}` },
    body: Buffer.concat([Buffer.from(line), pack]),
  });
  return { status: response.status, text: await response.text() };
}

/** A pack of one commit object. */
function packOf(commit: Buffer): Buffer {
  const size = commit.length;
  const head = Buffer.from([0x80 | (1 << 4) | (size & 15), size >> 4]);
  const start = Buffer.from([0x50, 0x41, 0x43, 0x4b, 0, 0, 0, 2, 0, 0, 0, 1]);
  const body = Buffer.concat([start, head, deflateSync(commit)]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

beforeAll(async () => {
  test = await openTestGitHub();
  grace = test.github.tokens.grace ?? '';
  root = await mkdtemp(path.join(tmpdir(), 'git-push-'));
  work = root;
  await git('clone', '-q', url(grace), 'work');
  work = path.join(root, 'work');
});
afterAll(async () => {
  await test.close();
  await rm(root, { recursive: true, force: true });
});

describe('a push', () => {
  it('keeps exec bits and links, takes tags and push options, and is gone when deleted', async () => {
    await git('checkout', '-q', '-b', 'kept', 'origin/main');
    await mkdir(path.join(work, 'bin'));
    await writeFile(path.join(work, 'bin/run'), '#!/bin/sh\n');
    await chmod(path.join(work, 'bin/run'), 0o755);
    await symlink('README.md', path.join(work, 'link'));
    await git('add', '-A');
    await git('commit', '-qm', 'Keep');
    await git('tag', '-a', '-m', 'One', 'v1');
    const pushed = await git('push', '-o', 'ci.skip', 'origin', 'kept', 'v1');
    expect(pushed).toEqual({ code: 0, text: expect.stringContaining('new tag') });
    const tree = await test.call(grace, 'GET', `${REPO}/git/trees/kept?recursive=1`);
    const modes = tree.body.tree.map((each: { path: string; mode: string }) => [
      each.path,
      each.mode,
    ]);
    expect(modes).toEqual([
      ['README.md', '100644'],
      ['bin', '040000'],
      ['bin/run', '100755'],
      ['link', '120000'],
    ]);
    const link = await test.call(grace, 'GET', `${REPO}/contents/link?ref=v1`);
    expect(link.body).toMatchObject({ type: 'symlink', target: 'README.md' });
    const tag = await test.call(grace, 'GET', `${REPO}/git/ref/tags/v1`);
    expect(tag.body.object.type).toBe('tag');
    expect((await git('push', 'origin', ':kept', ':v1')).code).toBe(0);
    expect(await refSha('heads/kept')).toBeUndefined();
    const refused = await git('push', 'origin', ':main');
    expect(refused).toEqual({
      code: 1,
      text: expect.stringContaining('refusing to delete the current branch: refs/heads/main'),
    });
    expect(refused.text).not.toContain('receive.denyDeleteCurrent');
  });

  it.each(['0', '1', '2'])(
    'and a sparse, blobless clone work with protocol %s',
    async (version) => {
      const dir = `sparse-${version}`;
      const flags = ['--filter=blob:none', '--sparse', '--single-branch', '--branch', 'main'];
      const cloned = await git(
        '-c',
        `protocol.version=${version}`,
        'clone',
        '-q',
        ...flags,
        url(grace),
        dir,
      );
      expect(cloned).toEqual({ code: 0, text: '' });
      expect(await readFile(path.join(work, dir, 'README.md'), 'utf8')).toBe('# Shop\n');
      await rm(path.join(work, dir), { recursive: true });
    },
  );

  it('is told with its new commits, oldest first, and the paths that each changes', async () => {
    const told: JsonObject[] = [];
    test.github.world.onEvent((event, _repository, _sender, payload) => {
      if (event === 'push') told.push(payload);
    });
    await git('checkout', '-q', '-b', 'told', 'origin/main');
    await mkdir(path.join(work, 'deep/er'), { recursive: true });
    await writeFile(path.join(work, 'deep/er/a.txt'), 'a');
    await git('add', '-A');
    await git('commit', '-qm', 'First');
    await writeFile(path.join(work, 'deep/er/a.txt'), 'A');
    await git('mv', 'README.md', 'deep/README.md');
    await git('commit', '-qam', 'Second');
    await git('push', '-q', 'origin', 'told');
    await git('push', '-q', '--force', 'origin', 'told~1:told');
    expect(told).toMatchObject([
      {
        created: true,
        forced: false,
        commits: [
          { message: 'First', added: ['deep/er/a.txt'], removed: [], modified: [] },
          {
            message: 'Second',
            added: ['deep/README.md'],
            removed: ['README.md'],
            modified: ['deep/er/a.txt'],
          },
        ],
        head_commit: { message: 'Second' },
      },
      { created: false, forced: true, commits: [], head_commit: { message: 'First' } },
    ]);
  });

  it('over another’s work is refused until it is forced', async () => {
    const base = await refSha('heads/main');
    await git('push', '-q', 'origin', `${base}:refs/heads/shared`);
    const theirs = await test.call(grace, 'PUT', `${REPO}/contents/t.txt`, {
      message: 'Theirs',
      content: 'eA==',
      branch: 'shared',
    });
    expect(theirs.status).toBe(201);
    await git('checkout', '-q', '-B', 'ours', 'origin/main');
    await git('commit', '-q', '--allow-empty', '-m', 'Ours');
    const refused = await git('push', 'origin', 'ours:shared');
    expect(refused.text).toMatch(/rejected.*(fetch first|non-fast-forward)/);
    expect(await refSha('heads/shared')).toBe(theirs.body.commit.sha);
    expect((await git('push', '--force', 'origin', 'ours:shared')).code).toBe(0);
    expect(await refSha('heads/shared')).toBe((await git('rev-parse', 'ours')).text.trim());
  });

  it.each([
    ['.git', '100644'],
    ['..', '100644'],
    ['.GIT', '40000'],
    ['git~1', '100644'],
  ])('of a tree that holds "%s" is refused, as git-fsck does', async (name, mode) => {
    const blob = store('blob', Buffer.from('x'));
    const inner = treeOf('100644', 'x', blob);
    const bad = await commitTree(treeOf(mode, name, mode === '40000' ? inner : blob));
    const ended = await git('push', 'origin', `${bad}:refs/heads/bad`);
    expect(ended.code).not.toBe(0);
    expect(ended.text).toMatch(/unpack|unpacker error|fsck/);
    expect(await refSha('heads/bad')).toBeUndefined();
    // The same with a name that harms nobody.
    const good = await commitTree(treeOf(mode, 'ok', mode === '40000' ? inner : blob));
    expect((await git('push', 'origin', `${good}:refs/heads/good`)).code).toBe(0);
    await git('push', '-q', 'origin', ':refs/heads/good');
  });

  it('of a broken, a cut or an incomplete pack changes nothing and is said to be so', async () => {
    const who = 'Eve <eve@example.com> 1700000000 +0000';
    const text = (tree: string) => `tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nx\n`;
    const main = await test.call(grace, 'GET', `${REPO}/git/commits/${await refSha('heads/main')}`);
    const attempt = (ref: string, tree: string, cut: (pack: Buffer) => Buffer) => {
      const commit = Buffer.from(text(tree));
      const sha = createHash('sha1')
        .update(`commit ${commit.length}\0`)
        .update(commit)
        .digest('hex');
      return pushRaw(`refs/heads/${ref}`, sha, cut(packOf(commit)));
    };
    const { sha: tree } = main.body.tree;
    const whole = await attempt('whole', tree, (pack) => pack);
    expect(whole.text).toContain('ok refs/heads/whole');
    const missing = await attempt('missing', '1'.repeat(40), (pack) => pack);
    const cut = await attempt('cut', tree, (pack) => pack.subarray(0, 60));
    const broken = await attempt('broken', tree, (pack) =>
      Buffer.concat([pack.subarray(0, -1), Buffer.of(0)]),
    );
    for (const each of [missing, cut, broken]) {
      expect(each.status).toBe(200);
      expect(each.text).toMatch(/ng refs|unpack (?!ok)/);
    }
    for (const ref of ['missing', 'cut', 'broken'])
      expect(await refSha(`heads/${ref}`)).toBeUndefined();
  });

  it('of a file past 100 MB is refused in GitHub’s words, and one below is taken', async () => {
    await git('checkout', '-q', '-B', 'big', 'origin/main');
    await writeFile(path.join(work, 'big.bin'), Buffer.alloc(100 * 1024 * 1024 + 1));
    await git('add', '-A');
    await git('-c', 'core.bigFileThreshold=1g', 'commit', '-qm', 'Big');
    const refused = await git('push', 'origin', 'big');
    expect(refused.text).toContain('GH001: Large files detected.');
    expect(refused.text).toContain(
      "File big.bin is 100.00 MB; this exceeds GitHub's file size limit",
    );
    expect(refused.text).toContain('pre-receive hook declined');
    expect(await refSha('heads/big')).toBeUndefined();
    await writeFile(path.join(work, 'big.bin'), Buffer.alloc(1024));
    await git('add', '-A');
    await git('commit', '-q', '--amend', '-m', 'Small');
    expect((await git('push', 'origin', 'big')).code).toBe(0);
  }, 60_000);
});
