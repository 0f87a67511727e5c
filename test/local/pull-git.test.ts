// Pull requests as git sees them: pushed, fetched and merged with the real client, over HTTP.
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openTestGitHub, type Reply, seed, type TestGitHub } from './api-world.ts';

const exec = promisify(execFile);
const BINARY = Buffer.from([0, 255, 13, 10, 0, 128]);
const LINES = Array.from({ length: 20 }, (_, index) => `line ${index}\n`);
let world: TestGitHub;
let ada: string;
let root: string;
let clone: string;
let count = 0;

beforeAll(async () => {
  const [shop, ...others] = seed.repositories;
  if (!shop) throw new Error('expected the seed to hold a repository');
  const { protections: _, ...open } = shop;
  world = await openTestGitHub({ ...seed, repositories: [open, ...others] });
  ada = world.github.tokens.ada ?? '';
  root = await mkdtemp(join(tmpdir(), 'pull-git-'));
  clone = join(root, 'shop');
  const url = world.github.urls.origin.replace('//', `//x-access-token:${ada}@`);
  await exec('git', ['clone', '-q', `${url}/acme/shop.git`, clone]);
  await write('tool.sh', '#!/bin/sh\necho hello\n');
  await write('long.txt', LINES.join(''));
  await write('data.bin', BINARY);
  await git('add', '.');
  await git('commit', '-qm', 'Start');
  await git('push', '-q', 'origin', 'main');
});
afterAll(async () => {
  await world.close();
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  count += 1;
  await git('fetch', '-q', 'origin');
  await git('checkout', '-qfB', `work-${count}`, 'origin/main');
});

async function git(...args: readonly string[]): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    HOME: root,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Grace',
    GIT_AUTHOR_EMAIL: 'grace@example.com',
    GIT_COMMITTER_NAME: 'Grace',
    GIT_COMMITTER_EMAIL: 'grace@example.com',
  };
  return (await exec('git', args, { cwd: clone, env })).stdout.trim();
}
const write = (path: string, content: string | Uint8Array) => writeFile(join(clone, path), content);
const call = (method: string, path: string, body?: object): Promise<Reply> =>
  world.call(ada, method, `/repos/acme/shop${path}`, body);
const remote = async (ref: string): Promise<string> =>
  (await git('ls-remote', 'origin', ref)).slice(0, 40);

/** Commit everything and push it to the test's branch. */
async function push(message = 'Work'): Promise<string> {
  await git('add', '-A');
  await git('commit', '-qm', message);
  await git('push', '-qf', 'origin', `HEAD:work-${count}`);
  return git('rev-parse', 'HEAD');
}

/** A commit on the base branch, made in the clone. */
async function moveBase(path: string, content: string): Promise<string> {
  await git('checkout', '-qf', '--detach', 'origin/main');
  await write(path, content);
  await git('add', '-A');
  await git('commit', '-qm', `Base ${path}`);
  await git('push', '-q', 'origin', 'HEAD:main');
  const sha = await git('rev-parse', 'HEAD');
  await git('fetch', '-q', 'origin');
  await git('checkout', '-qf', `work-${count}`);
  return sha;
}

async function open(): Promise<number> {
  const fields = { title: 'Work', head: `work-${count}`, base: 'main' };
  return (await call('POST', '/pulls', fields)).body.number;
}

describe('the references of a pull request', () => {
  it('are fetched with git from the moment it is open, and say what the API says', async () => {
    const base = await git('rev-parse', 'origin/main');
    await write('a.txt', 'a\n');
    const head = await push();
    const number = await open();
    const { body: pull } = await call('GET', `/pulls/${number}`);
    const refs = `+refs/pull/${number}/*:refs/remotes/pull/*`;
    await git('fetch', '-q', 'origin', refs);
    const { body } = await world.call(ada, 'POST', world.github.urls.graphql, {
      query: `{ repository(owner: "acme", name: "shop") { pullRequest(number: ${number}) {
        mergeable mergeCommit { oid } potentialMergeCommit { oid } } } }`,
    });

    expect(await git('rev-parse', 'refs/remotes/pull/head')).toBe(head);
    expect(await git('show', '-s', '--format=%P', 'refs/remotes/pull/merge')).toBe(
      `${base} ${head}`,
    );
    expect(pull.merge_commit_sha).toBe(await git('rev-parse', 'refs/remotes/pull/merge'));
    expect(body.data.repository.pullRequest).toEqual({
      mergeable: 'MERGEABLE',
      mergeCommit: null,
      potentialMergeCommit: { oid: pull.merge_commit_sha },
    });
  });

  it('follow both branches, and no merge is left when they conflict', async () => {
    await write('long.txt', ['ours\n', ...LINES.slice(1)].join(''));
    await push();
    const number = await open();
    await world.github.idle();
    const first = await remote(`refs/pull/${number}/merge`);
    await moveBase(`other-${count}.txt`, 'other\n');
    await world.github.idle();
    const second = await remote(`refs/pull/${number}/merge`);
    await moveBase('long.txt', ['theirs\n', ...LINES.slice(1)].join(''));
    await world.github.idle();
    const conflict = await call('GET', `/pulls/${number}`);
    const none = await remote(`refs/pull/${number}/merge`);
    const refused = await call('PUT', `/pulls/${number}/merge`);
    await git('reset', '-q', '--hard', 'origin/main');
    await write('long.txt', ['theirs\n', 'and ours\n', ...LINES.slice(2)].join(''));
    const head = await push('Solved');
    await world.github.idle();

    expect(first).not.toBe('');
    expect(second).not.toBe(first);
    expect(none).toBe('');
    expect(conflict.body).toMatchObject({
      mergeable: false,
      mergeable_state: 'dirty',
      merge_commit_sha: null,
    });
    expect([refused.status, refused.body.message]).toEqual([405, 'Pull Request is not mergeable']);
    expect(await remote(`refs/pull/${number}/head`)).toBe(head);
    expect(await remote(`refs/pull/${number}/merge`)).not.toBe('');
    expect((await call('GET', `/pulls/${number}`)).body).toMatchObject({ mergeable: true });
  });

  it('keep the head of a closed pull request when its branch is deleted', async () => {
    await write('b.txt', 'b\n');
    const head = await push();
    const number = await open();
    await git('push', '-q', 'origin', `:work-${count}`);
    await world.github.idle();

    expect((await call('GET', `/pulls/${number}`)).body.state).toBe('closed');
    expect(await remote(`work-${count}`)).toBe('');
    expect(await remote(`refs/pull/${number}/head`)).toBe(head);
  });
});

describe.each(['merge', 'squash', 'rebase'])('a %s', (method) => {
  it('keeps exec bits, links, binary files, and follows renames', async () => {
    const suffix = `${method}-${count}`;
    await chmod(join(clone, 'tool.sh'), method === 'squash' ? 0o644 : 0o755);
    await symlink('README.md', join(clone, `link-${suffix}`));
    await write(`image-${suffix}.bin`, Buffer.concat([BINARY, Buffer.from(suffix)]));
    await push('First');
    const name = (await git('ls-files', 'long*')) || 'long.txt';
    await rename(join(clone, name), join(clone, `long-${suffix}.txt`));
    const head = await push('Second');
    const number = await open();
    // The base changes the file that the head has moved.
    const text = [...LINES.slice(0, -1), `last ${suffix}\n`].join('');
    const base = await moveBase(name, text);
    await world.github.idle();
    const merged = await call('PUT', `/pulls/${number}/merge`, { merge_method: method });
    await git('fetch', '-q', 'origin');
    const tree = await git('ls-tree', 'origin/main');
    const parents = await git('show', '-s', '--format=%P', 'origin/main');
    const added = await git('rev-list', '--count', `${base}..origin/main`);

    expect(merged.status).toBe(200);
    expect(tree).toMatch(method === 'squash' ? /^100644 .*\ttool\.sh$/m : /^100755 .*\ttool\.sh$/m);
    expect(tree).toMatch(new RegExp(`^120000 .*\\tlink-${suffix}$`, 'm'));
    expect(tree).not.toMatch(new RegExp(`\\t${name}$`, 'm'));
    expect(`${await git('show', `origin/main:long-${suffix}.txt`)}\n`).toBe(text);
    const image = await git('cat-file', '-p', `origin/main:link-${suffix}`);
    expect(image).toBe('README.md');
    expect(await git('rev-parse', `origin/main:image-${suffix}.bin`)).toBe(
      await git('rev-parse', `${head}:image-${suffix}.bin`),
    );
    expect(merged.body.sha).toBe(await git('rev-parse', 'origin/main'));
    // One commit with two parents brings two others; squashed it is one, rebased two.
    expect([parents.split(' ').length, added]).toEqual(
      { merge: [2, '3'], squash: [1, '1'], rebase: [1, '2'] }[method],
    );
  });

  it('does nothing when both have added another file under one name', async () => {
    const path = `both-${method}.bin`;
    await write(path, Buffer.concat([BINARY, Buffer.from('ours')]));
    await push();
    const number = await open();
    const base = await moveBase(path, `theirs ${method}`);
    const refused = await call('PUT', `/pulls/${number}/merge`, { merge_method: method });

    expect([refused.status, refused.body.message]).toEqual([405, 'Pull Request is not mergeable']);
    expect(await remote('refs/heads/main')).toBe(base);
    expect((await call('GET', `/pulls/${number}`)).body).toMatchObject({
      state: 'open',
      merged: false,
      mergeable_state: 'dirty',
    });
  });

  it('does nothing when one has deleted what the other has changed', async () => {
    const [path = ''] = (await git('ls-files', 'long*')).split('\n');
    await unlink(join(clone, path));
    await push();
    const number = await open();
    await moveBase(path, `changed for ${method}\n`);
    const refused = await call('PUT', `/pulls/${number}/merge`, { merge_method: method });

    expect([refused.status, refused.body.message]).toEqual([405, 'Pull Request is not mergeable']);
    await moveBase(path, LINES.join(''));
  });
});
