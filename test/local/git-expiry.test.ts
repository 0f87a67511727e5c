import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAppAuth } from '@octokit/auth-app';
import { type LocalGitHub, startLocalGitHub } from '#local/server.ts';
import { seed } from './api-world.ts';

const HOUR_MS = 3_600_000;

let github: LocalGitHub;
let dataDir: string;
let lateMs = 0;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'local-git-expiry-'));
  github = await startLocalGitHub({ dataDir, seed, now: () => new Date(Date.now() + lateMs) });
});
afterAll(async () => {
  await github.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function mintToken(): Promise<string> {
  const { app, urls } = github;
  if (!app) throw new Error('expected the seed to hold an App');
  const auth = createAppAuth({ appId: app.id, privateKey: app.privateKeyPem });
  const { token: jwt } = await auth({ type: 'app' });
  const response = await fetch(
    `${urls.rest}/app/installations/${app.installationId}/access_tokens`,
    { method: 'POST', headers: { authorization: `Bearer ${jwt}` } },
  );
  return ((await response.json()) as { readonly token: string }).token;
}

/** Of the private repository: git asks for a public one without its credential. What git says, and what GitHub said to it. */
async function ask(token: string) {
  const origin = new URL(github.urls.origin);
  const url = `http://x-access-token:${token}@${origin.host}/acme/vault.git`;
  const env = { PATH: process.env.PATH, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1' };
  const git = await new Promise<{ readonly isGood: boolean; readonly text: string }>((resolve) => {
    execFile('git', ['ls-remote', url], { env }, (error, stdout, stderr) =>
      resolve({ isGood: error === null, text: stdout + stderr }),
    );
  });
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  const answer = await fetch(`${origin.origin}/acme/vault.git/info/refs?service=git-receive-pack`, {
    headers: { authorization: `Basic ${basic}` },
  });
  return { git, status: answer.status, text: await answer.text(), headers: answer.headers };
}

describe('an installation token over git', () => {
  it('is good for an hour, and then refused as any other that is not good', async () => {
    const token = await mintToken();
    const early = await ask(token);
    lateMs = HOUR_MS + 60_000;
    const late = await ask(token);
    const garbage = await ask('ghs_neverMinted');

    expect(early).toMatchObject({ git: { isGood: true }, status: 200 });
    expect(late.git.isGood).toBe(false);
    expect(late.git.text).toContain('Authentication failed');
    expect(late.status).toBe(401);
    expect(late.text).toMatch(/^Invalid username or token\./);
    expect(late.headers.get('www-authenticate')).toBe('Basic realm="GitHub"');
    expect([garbage.status, garbage.text]).toEqual([late.status, late.text]);
  });
});
