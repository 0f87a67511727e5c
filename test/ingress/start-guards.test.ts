import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGuards } from '#ingress/start-guards.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
const privateKeyPem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guards-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** How `sallyport serve` ends with this secret, and what it says. */
async function serve(secret: string): Promise<{ code: number; stderr: string }> {
  const env = {
    PATH: process.env.PATH,
    PORT: '0',
    SALLYPORT_URL: 'https://sallyport.example.com',
    SALLYPORT_DATA: folder,
    SALLYPORT_RELEASES: 'a'.repeat(40),
    // Nobody answers there: an App that passes its guards gets so far and no further.
    GITHUB_API_URL: 'http://127.0.0.1:1',
    APP_ID: '7',
    PRIVATE_KEY: privateKeyPem,
    WEBHOOK_SECRET: secret,
  };
  return promisify(execFile)(process.execPath, [main, 'serve'], { env }).then(
    () => ({ code: 0, stderr: '' }),
    (error: { code: number; stderr: string }) => error,
  );
}

describe('T-G1: an App without a secret of its own', () => {
  it.each([
    ['none', '', 'WEBHOOK_SECRET is empty'],
    ['the public word', 'development', 'which is public'],
    ['one that can be searched for', 'x'.repeat(31), '31 bytes, expected at least 32'],
  ])('may not start with %s', (_name, webhookSecret, words) => {
    expect(startGuards({ webhookSecret, appId: 7, privateKeyPem })).toEqual([
      expect.stringContaining(words),
    ]);
  });

  it('ends with a code and a sentence', async () => {
    const { code, stderr } = await serve('development');

    expect([code, stderr]).toEqual([2, expect.stringContaining('which is public')]);
  });

  it('passes with 32 bytes, and fails later, at what this test leaves out (the control)', async () => {
    const { stderr } = await serve('x'.repeat(32));

    expect(stderr).toContain('GET /app');
    expect(stderr).not.toContain('WEBHOOK_SECRET');
    expect(startGuards({ webhookSecret: 'x'.repeat(32), appId: 7, privateKeyPem })).toEqual([]);
  });
});
