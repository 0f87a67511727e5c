import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestGitHub } from './api-world.ts';

/**
 * The real gh, which finds the local GitHub as its proxy. It never blocks this process, which is
 * the server. What it says on both streams is the answer.
 */
export async function openGh(test: TestGitHub) {
  const folder = await mkdtemp(join(tmpdir(), 'gh-'));
  const run = (login: string, args: readonly string[]): Promise<string> => {
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      GH_CONFIG_DIR: folder,
      GH_HOST: 'github.localhost',
      GH_TOKEN: test.github.tokens[login] ?? '',
      HTTP_PROXY: test.github.urls.origin,
      GH_PROMPT_DISABLED: '1',
      GH_NO_UPDATE_NOTIFIER: '1',
    };
    return new Promise((resolve, reject) => {
      const child = spawn('gh', args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
      const chunks: Buffer[] = [];
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      child.on('error', reject);
      child.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
  };
  return { run, close: () => rm(folder, { recursive: true, force: true }) };
}
