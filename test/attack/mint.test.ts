import { generateKeyPairSync } from 'node:crypto';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { GitHub } from '#github/client.ts';
import { openGitHub } from '#github/client.ts';
import { openRequester } from '#github/requester.ts';
import type { TokenKeeper } from '#model/live-token.ts';

const privateKeyPem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();
/** The long form with dots that GitHub gives since 2026-04. */
const token = `ghs_7_${'e'.repeat(200)}.${'y'.repeat(200)}.${'J'.repeat(110)}`;
const mintLine = 'POST /app/installations/3/access_tokens';
const revokeLine = 'DELETE /installation/token';
const pullLine = 'POST /repos/acme/shop/pulls';

interface Call {
  readonly line: string;
  readonly authorization: string;
  readonly body: unknown;
}

let server: Server | undefined;
let github: GitHub | undefined;

afterEach(async () => {
  await github?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
});

/** A GitHub that mints as it is told to, and writes down the whole of what it was asked. */
async function open(
  answer: object = {},
  statuses: readonly number[] = [],
  keeper?: TokenKeeper,
  endings: readonly number[] = [],
) {
  const ends = [...endings];
  const calls: Call[] = [];
  const left = [...statuses];
  const listening = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const line = `${request.method} ${request.url}`;
    const text = Buffer.concat(chunks).toString();
    const { authorization = '' } = request.headers;
    calls.push({ line, authorization, body: text ? JSON.parse(text) : null });
    if (line === revokeLine) return void response.writeHead(ends.shift() ?? 204).end('{}');
    const isMint = line === mintLine;
    const status = isMint ? (left.shift() ?? 201) : 201;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isMint ? { ...asAsked(), ...answer } : {}));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  const settings = { appId: 7, privateKeyPem, restUrl: `http://127.0.0.1:${port}` };
  github = openGitHub(settings, Date.now, openRequester(settings.restUrl, Date.now), keeper);
  const target = { stage: 'evidence', installationId: 3, repositoryId: 74 } as const;
  const place = { owner: 'acme', repo: 'shop' };
  const write = () =>
    openedOnce.write(target, 'POST /repos/{owner}/{repo}/pulls', { ...place, title: 't' });
  const openedOnce = github;
  return { calls, write, close: () => openedOnce.close() };
}

function asAsked() {
  return {
    token,
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    permissions: { pull_requests: 'write', metadata: 'read' },
    repository_selection: 'selected',
    repositories: [{ id: 74, name: 'shop' }],
  };
}

const widened: readonly [string, object][] = [
  ['T-B10 all repositories', { repository_selection: 'all' }],
  ['T-B10 a second repository', { repositories: [{ id: 74 }, { id: 75 }] }],
  ['T-B10 another repository', { repositories: [{ id: 75 }] }],
  ['T-B10 no repository that it names', { repositories: [] }],
  ['T-B10 nothing about repositories', { repositories: undefined }],
  ['T-E2 a permission more', { permissions: { pull_requests: 'write', contents: 'read' } }],
  ['T-E2 a higher level', { permissions: { pull_requests: 'admin' } }],
  ['T-E2 write for what always comes to read', { permissions: { metadata: 'write' } }],
  ['T-E2 two hours', { expires_at: new Date(Date.now() + 7_200_000).toISOString() }],
  ['T-E2 an end that is no date', { expires_at: 'never' }],
  ['T-E2 no end', { expires_at: undefined }],
];

describe('a token of the App', () => {
  it('grant:never-widens: T-E9 is asked for once, for one repository and one permission, used, and revoked by itself', async () => {
    const { calls, write, close } = await open();
    await write();
    await write();
    await close();

    expect(calls.map(({ line }) => line)).toEqual([mintLine, pullLine, pullLine, revokeLine]);
    const [mint, ...later] = calls;
    const permissions = { metadata: 'read', pull_requests: 'write' };
    expect(mint?.body).toEqual({ repository_ids: [74], permissions });
    expect(mint?.authorization).toMatch(/^Bearer eyJ[\w-]+\.[\w-]+\.[\w-]+$/);
    // 520 characters with dots, never taken apart: what was minted is what is used and revoked.
    expect(new Set(later.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${token}`]),
    );
  });

  it('T-E9 is asked for once by many calls at once, so that none is forgotten', async () => {
    const { calls, write, close } = await open();
    await Promise.all([write(), write(), write(), write()]);
    await close();

    const count = (line: string) => calls.filter((call) => call.line === line).length;
    expect([count(mintLine), count(pullLine), count(revokeLine)]).toEqual([1, 4, 1]);
  });

  it.each(widened)(
    'grant:never-widens: %s: it is revoked by itself and used for nothing',
    async (_name, answer) => {
      const { calls, write } = await open(answer);

      await expect(write()).rejects.toThrow('minted a token for more than was asked');
      expect(calls.map(({ line }) => line)).toEqual([mintLine, revokeLine]);
      expect(calls[1]?.authorization).toBe(`Bearer ${token}`);
    },
  );

  it('T-E4 is asked for once when GitHub answers 502, and anew by the next call only', async () => {
    const { calls, write } = await open({}, [502]);

    await expect(write()).rejects.toMatchObject({ code: 'GITHUB_UNAVAILABLE' });
    expect(calls.map(({ line }) => line)).toEqual([mintLine]);
    await write();
    expect(calls.map(({ line }) => line)).toEqual([mintLine, mintLine, pullLine]);
  });

  it.each([
    ['suspended', 403],
    ['gone', 404],
  ])(
    'T-E12 is refused for an installation that is %s, and nothing else is tried',
    async (_name, status) => {
      const { calls, write } = await open({}, [status]);

      await expect(write()).rejects.toMatchObject({ code: 'GITHUB_REFUSED' });
      expect(calls.map(({ line }) => line)).toEqual([mintLine]);
    },
  );

  it('T-E11 is not in what a failure says', async () => {
    const { write } = await open({ repository_selection: 'all' });
    const failure = await write().then(
      () => null,
      (error: Error) => `${error.message} ${error.stack} ${JSON.stringify(error)}`,
    );

    expect(failure).toContain('more than was asked');
    expect(failure).not.toMatch(/ghs_|eyJ/);
  });
});

/** A store that writes down what it is told. */
function keeping(told: string[], change: Partial<TokenKeeper> = {}): TokenKeeper {
  return {
    keep: async ({ repository }) => void told.push(`keep ${repository}`),
    forget: async () => void told.push('forget'),
    owe: async () => void told.push('owe'),
    ...change,
  };
}

describe('a token that lives', () => {
  it('ledger:first: is kept before it is used, and forgotten when GitHub has confirmed its end', async () => {
    const told: string[] = [];
    const { calls, write, close } = await open({}, [], keeping(told));
    await write();
    await close();
    expect(calls.map(({ line }) => line)).toEqual([mintLine, pullLine, revokeLine]);
    expect(told).toEqual(['keep 74', 'forget']);
  });

  it('is not used when it cannot be kept, and ended', async () => {
    const dead = keeping([], { keep: () => Promise.reject(new Error('the database is away')) });
    const { calls, write } = await open({}, [], dead);
    await expect(write()).rejects.toThrow('the database is away');
    expect(calls.map(({ line }) => line)).toEqual([mintLine, revokeLine]);
    expect(calls.at(-1)?.authorization).toContain(token);
  });

  it.each([
    ['T-E7 500: it is owed', 500, 'owe'],
    ['T-E7 401: GitHub knows it no more, so it is dead', 401, 'forget'],
  ])('%s', async (_name, status, end) => {
    const told: string[] = [];
    const { write, close } = await open({}, [], keeping(told), [status]);
    await write();
    await close();
    expect(told).toEqual(['keep 74', end]);
  });

  it('T-E2: one for more than was asked is owed as well when its end is not confirmed', async () => {
    const told: string[] = [];
    const { write } = await open({ repository_selection: 'all' }, [], keeping(told), [502]);
    await expect(write()).rejects.toThrow('for more than was asked');
    expect(told).toEqual(['keep 74', 'owe']);
  });
});
