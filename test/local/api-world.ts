import { createPrivateKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importPKCS8, SignJWT } from 'jose';
import { resolveCommit, writeBlob, writeCommit, writeTree } from '#local/git/object.ts';
import { updateRef } from '#local/git/ref.ts';
import type { Seed } from '#local/seed/seed.ts';
import { type LocalGitHub, startLocalGitHub } from '#local/server.ts';

export const seed: Seed = {
  users: [{ login: 'ada', name: 'Ada' }, { login: 'grace' }, { login: 'eve' }],
  organizations: [{ login: 'acme', members: { ada: 'admin' } }],
  repositories: [
    {
      owner: 'acme',
      name: 'shop',
      source: { kind: 'files', files: { 'README.md': { content: '# Shop\n' } } },
      collaborators: { grace: 'write' },
      labels: [{ name: 'sallyport', color: '0969da' }],
      issues: [
        { title: 'The sum is wrong', body: 'See *cart*.', author: 'grace', labels: ['bug'] },
        { title: 'Then this', body: '', author: 'ada', blockedBy: [1] },
      ],
      protections: [
        { branch: 'main', checks: [{ context: 'sallyport / review', app: true }], approvals: 1 },
      ],
    },
    { owner: 'acme', name: 'vault', private: true, source: { kind: 'empty' } },
  ],
  app: {
    slug: 'sally',
    permissions: { issues: 'write', pull_requests: 'write', contents: 'write', checks: 'write' },
    events: ['issues', 'issue_comment', 'issue_dependencies', 'pull_request', 'push', 'sub_issues'],
    installOn: 'acme',
  },
};

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers as a client would, by name.
  readonly body: any;
}

export interface TestGitHub {
  readonly github: LocalGitHub;
  call(token: string | null, method: string, path: string, body?: unknown): Promise<Reply>;
  /** A token of the App: narrowed when a scope is given. */
  installationToken(scope?: object): Promise<string>;
  appJwt(claims?: { iat?: number; exp?: number; iss?: string }): Promise<string>;
  /** A branch with one commit on top of main. */
  commitOn(branch: string, path: string, text: string): Promise<string>;
  close(): Promise<void>;
}

/** A local GitHub: two people, a stranger, an App and two repositories, unless told otherwise. */
export async function openTestGitHub(planted: Seed = seed): Promise<TestGitHub> {
  const dataDir = await mkdtemp(join(tmpdir(), 'local-github-'));
  const github = await startLocalGitHub({ dataDir, seed: planted });
  const { app, urls, world } = github;
  if (!app) throw new Error('expected the seed to hold an App');
  const call: TestGitHub['call'] = async (token, method, path, body) => {
    const response = await fetch(path.startsWith('http') ? path : `${urls.rest}${path}`, {
      method,
      headers: token === null ? {} : { authorization: toHeader(token) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text ? JSON.parse(text) : text,
    };
  };
  const appJwt: TestGitHub['appJwt'] = async (claims = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const pem = createPrivateKey(app.privateKeyPem).export({ type: 'pkcs8', format: 'pem' });
    return new SignJWT({ iat: now - 30, exp: now + 300, iss: String(app.id), ...claims })
      .setProtectedHeader({ alg: 'RS256' })
      .sign(await importPKCS8(String(pem), 'RS256'));
  };
  return {
    github,
    call,
    appJwt,
    installationToken: async (scope = {}) => {
      const path = `/app/installations/${app.installationId}/access_tokens`;
      return (await call(await appJwt(), 'POST', path, scope)).body.token;
    },
    commitOn: async (branch, path, text) => {
      const repository = world.repositoryByName('acme', 'shop');
      if (!repository) throw new Error('expected acme/shop');
      const { gitDir } = repository;
      const parent = (await resolveCommit(gitDir, 'refs/heads/main')) ?? '';
      const blob = await writeBlob(gitDir, Buffer.from(text));
      const tree = await writeTree(gitDir, parent, [{ path, mode: '100644', sha: blob }]);
      const author = { name: 'grace', email: 'grace@users.noreply.github.com' };
      const sha = await writeCommit(gitDir, {
        tree,
        parents: [parent],
        message: `Change ${path}`,
        author,
        committer: author,
      });
      await updateRef(gitDir, `refs/heads/${branch}`, sha, null);
      return sha;
    },
    close: async () => {
      await github.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A token as Bearer; what names its scheme goes as it is. */
function toHeader(credential: string): string {
  return credential.includes(' ') ? credential : `Bearer ${credential}`;
}

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A receiver of webhooks that keeps what came. */
export async function openReceiver() {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, text: Buffer.concat(chunks).toString('utf8') });
      response.writeHead(202).end('taken');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
