import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PushCommand } from '#local/git/pkt-line.ts';
import { listRefs, readRef } from '#local/git/ref.ts';
import { importFolder, initBare } from '#local/git/repository.ts';
import { type GitCall, refuseGitCredential, serveGit } from '#local/git/smart-http.ts';

const ANN = { name: 'Ann', email: 'ann@example.com' };
const ZERO = '0'.repeat(40);
/** What each token may do; no token is nobody. */
const TOKENS: Readonly<Record<string, Partial<GitCall>>> = {
  writer: { login: 'ann', canRead: true, canPush: true, canChangeWorkflows: true },
  app: { login: 'my-app[bot]', canRead: true, canPush: true },
  reader: { login: 'my-app[bot]', canRead: true },
  stranger: { login: 'eve' },
};

let root = '';
let gitDir = '';
let first = '';
let server: Server;
let origin = '';
let count = 0;
let isPublic = false;
let pushes: { change: PushCommand; stored: string }[] = [];
let protocols: string[] = [];

function tokenOf(header: string | undefined): string | undefined {
  const [scheme = '', value = ''] = (header ?? '').split(' ');
  if (scheme === '') return undefined;
  if (scheme === 'Bearer') return value;
  return Buffer.from(value, 'base64').toString().split(':')[1];
}

interface Ended {
  readonly code: number;
  readonly text: string;
}

/** Run the real client with no settings but those given. */
function git(cwd: string, ...args: readonly string[]): Promise<Ended> {
  const env = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: root,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Ann',
    GIT_AUTHOR_EMAIL: 'ann@example.com',
    GIT_COMMITTER_NAME: 'Ann',
    GIT_COMMITTER_EMAIL: 'ann@example.com',
  };
  return new Promise((resolve) => {
    execFile('git', args, { cwd, env, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, text: stdout + stderr }),
    );
  });
}

function url(token?: string): string {
  return `${origin.replace('//', token ? `//x-access-token:${token}@` : '//')}/o/r.git`;
}

async function clone(token: string, ...flags: readonly string[]): Promise<string> {
  const dir = path.join(root, `work-${count}-${randomBytes(4).toString('hex')}`);
  const ended = await git(root, 'clone', '-q', ...flags, url(token), dir);
  if (ended.code !== 0) throw new Error(ended.text);
  return dir;
}

async function commit(dir: string, file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(path.dirname(path.join(dir, file)), { recursive: true });
  await writeFile(path.join(dir, file), content);
  await git(dir, 'add', '-A');
  await git(dir, 'commit', '-qm', `change ${file}`);
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'git-http-'));
  server = createServer((request, response) => {
    const service = /^\/o\/r\.git\/(info\/refs|git-upload-pack|git-receive-pack)/.exec(
      request.url ?? '',
    )?.[1] as GitCall['path'];
    const token = tokenOf(request.headers.authorization);
    protocols.push(String(request.headers['git-protocol'] ?? ''));
    if (token !== undefined && !TOKENS[token]) return refuseGitCredential(response);
    void serveGit(request, response, {
      gitDir,
      path: service,
      fullName: 'o/r',
      login: null,
      canRead: isPublic,
      canPush: false,
      canChangeWorkflows: false,
      judge: ({ ref }) =>
        ref === 'refs/heads/main'
          ? {
              always: {
                reason: 'protected branch hook declined',
                message: `error: GH006: Protected branch update failed for ${ref}.\nerror: \nerror: - Changes must be made through a pull request.\n`,
              },
            }
          : {},
      onPush: async (changes) => {
        for (const change of changes)
          pushes.push({ change, stored: (await readRef(gitDir, change.ref))?.sha ?? ZERO });
      },
      ...TOKENS[token ?? ''],
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  count += 1;
  isPublic = false;
  pushes = [];
  protocols = [];
  gitDir = path.join(root, `${count}.git`);
  await initBare(gitDir, 'main');
  const workflow = { '.github/workflows/ci.yml': { content: 'on: push\n' } };
  await importFolder(gitDir, 'main', { ...workflow, 'a.txt': { content: '1\n' } }, 'One', ANN);
  const files = { ...workflow, 'a.txt': { content: '2\n' } };
  first = await importFolder(gitDir, 'main', files, 'Two', ANN);
});

describe('git over HTTP', () => {
  it('clones with protocol version 2, and with version 0 for old clients', async () => {
    const dir = await clone('reader');
    expect((await git(dir, 'rev-parse', 'HEAD')).text.trim()).toBe(first);
    expect(protocols).toContain('version=2');
    const old = await clone('reader', '-c', 'protocol.version=0');
    expect((await git(old, 'rev-parse', 'HEAD')).text.trim()).toBe(first);
  });

  it('clones shallowly and deepens', async () => {
    const dir = await clone('reader', '--depth=1');
    expect((await git(dir, 'rev-list', '--count', 'HEAD')).text.trim()).toBe('1');
    await git(dir, 'fetch', '-q', '--unshallow');
    expect((await git(dir, 'rev-list', '--count', 'HEAD')).text.trim()).toBe('2');
  });

  it('clones without blobs and brings them when they are asked for', async () => {
    const dir = await clone('reader', '--filter=blob:none', '--no-checkout');
    const missing = await git(dir, 'rev-list', '--objects', '--missing=print', '--all');
    expect(missing.text).toMatch(/^\?/m);
    expect((await git(dir, 'show', 'HEAD:a.txt')).text).toBe('2\n');
  });

  it('takes a token as Bearer', async () => {
    const header = 'http.extraHeader=Authorization: Bearer reader';
    const ended = await git(root, '-c', header, 'ls-remote', url(), 'refs/heads/main');
    expect(ended.text).toBe(`${first}\trefs/heads/main\n`);
  });

  it('lets anyone read what is public, and asks for a password elsewhere', async () => {
    expect((await git(root, 'ls-remote', url())).text).toContain('could not read Username');
    isPublic = true;
    expect((await git(root, 'ls-remote', url())).text).toContain(first);
  });

  it('refuses a wrong token with 401 and a stranger with 404', async () => {
    const wrong = await git(root, 'ls-remote', url('wrong'));
    expect(wrong.text).toContain('Authentication failed');
    const answer = await fetch(`${origin}/o/r.git/info/refs?service=git-upload-pack`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="GitHub"');
    const stranger = await git(root, 'ls-remote', url('stranger'));
    expect(stranger.code).not.toBe(0);
    expect(stranger.text).toContain('not found');
  });

  it('refuses the push of a token that may only read, in words git shows', async () => {
    const dir = await clone('reader');
    await commit(dir, 'b.txt', 'b');
    const ended = await git(dir, 'push', 'origin', 'HEAD:refs/heads/topic');
    expect(ended.code).not.toBe(0);
    expect(ended.text).toContain('Permission to o/r.git denied to my-app[bot].');
    expect(pushes).toEqual([]);
  });

  it('tells of a push only when the reference reads back', async () => {
    const dir = await clone('writer');
    await commit(dir, 'b.txt', 'b');
    const head = (await git(dir, 'rev-parse', 'HEAD')).text.trim();
    await git(dir, 'push', '-q', 'origin', 'HEAD:refs/heads/topic');
    await git(dir, 'push', '-q', 'origin', ':refs/heads/topic');
    const ref = 'refs/heads/topic';
    expect(pushes).toEqual([
      { change: { ref, before: ZERO, after: head }, stored: head },
      { change: { ref, before: head, after: ZERO }, stored: ZERO },
    ]);
  });

  it('takes three megabytes in chunks after the client has probed', async () => {
    const dir = await clone('writer');
    await commit(dir, 'big.bin', randomBytes(3 * 1024 * 1024));
    const ended = await git(dir, 'push', 'origin', 'HEAD:refs/heads/big');
    expect(ended.text).toContain('new branch');
    expect(pushes).toHaveLength(1);
  });

  it('refuses a protected branch and takes another in the same push', async () => {
    const dir = await clone('writer');
    await commit(dir, 'b.txt', 'b');
    const ended = await git(dir, 'push', 'origin', 'HEAD:main', 'HEAD:refs/heads/topic');
    expect(ended.code).not.toBe(0);
    expect(ended.text).toContain('GH006: Protected branch update failed for refs/heads/main.');
    expect(ended.text).toContain('(protected branch hook declined)');
    expect((await readRef(gitDir, 'refs/heads/main'))?.sha).toBe(first);
    expect(pushes.map(({ change }) => change.ref)).toEqual(['refs/heads/topic']);
  });

  it('changes nothing when an atomic push holds a protected branch', async () => {
    const dir = await clone('writer');
    await commit(dir, 'b.txt', 'b');
    await git(dir, 'push', '--atomic', 'origin', 'HEAD:main', 'HEAD:refs/heads/topic');
    expect((await listRefs(gitDir, 'refs/')).map((each) => each.sha)).toEqual([first]);
    expect(pushes).toEqual([]);
  });

  it('refuses workflow files from an App without that permission, and takes its other commits', async () => {
    const dir = await clone('app');
    await commit(dir, 'b.txt', 'b');
    expect((await git(dir, 'push', 'origin', 'HEAD:refs/heads/good')).code).toBe(0);
    await commit(dir, '.github/workflows/x.yml', 'on: push\n');
    await commit(dir, 'c.txt', 'c');
    const ended = await git(dir, 'push', 'origin', 'HEAD:refs/heads/bad');
    expect(ended.text).toContain(
      'refusing to allow a GitHub App to create or update workflow `.github/workflows/x.yml` without `workflows` permission',
    );
    expect(await readRef(gitDir, 'refs/heads/bad')).toBeUndefined();
  });

  it('lets an App push a merge of the base that brings the workflows of others', async () => {
    const dir = await clone('app');
    await commit(dir, 'b.txt', 'b');
    const other = { '.github/workflows/ci.yml': { content: 'on: pull_request\n' } };
    await importFolder(gitDir, 'main', { ...other, 'a.txt': { content: '2\n' } }, 'Three', ANN);
    await git(dir, 'pull', '-q', '--no-rebase', '--no-edit', 'origin', 'main');
    const ended = await git(dir, 'push', 'origin', 'HEAD:refs/heads/topic');
    expect(ended.text).toContain('new branch');
  });

  it('answers 400 to a push that is none, and 403 to clients without smart HTTP', async () => {
    const headers = { authorization: 'Bearer writer' };
    const post = { method: 'POST', headers, body: 'zzzz not a push' };
    expect((await fetch(`${origin}/o/r.git/git-receive-pack`, post)).status).toBe(400);
    expect((await fetch(`${origin}/o/r.git/info/refs`, { headers })).status).toBe(403);
  });

  it('answers 400 to a body that says gzip and is not, and stays up', async () => {
    const headers = { authorization: 'Bearer writer', 'content-encoding': 'gzip' };
    const post = { method: 'POST', headers, body: 'not gzip' };
    expect((await fetch(`${origin}/o/r.git/git-receive-pack`, post)).status).toBe(400);
    expect((await git(root, 'ls-remote', url('reader'))).text).toContain(first);
  });
});
