// Real git for tests: commits that need no configuration, and the effect that verification takes.
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Git } from '#verification/verification-deps.ts';

const clean = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
};

/** Run git in a folder and give back its output. */
export function git(folder: string, ...argv: string[]): string {
  return execFileSync('git', argv, {
    cwd: folder,
    env: clean,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

/** A repository with these files as its one commit; the commit's name. */
export async function commitFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  git(folder, 'init', '--quiet', '--initial-branch=main');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await rm(join(folder, path), { force: true });
    await writeFile(join(folder, path), text);
  }
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', 'base');
  return git(folder, 'rev-parse', 'HEAD');
}

/** Git with an own store and no configuration, as the runner's edge gives it to verification. */
export const realGit: Git = (argv, { gitDir, workTree, indexFile, objects, input }) =>
  new Promise((resolve, reject) => {
    const child = spawn('git', argv, {
      cwd: workTree ?? '/',
      env: {
        ...clean,
        GIT_DIR: gitDir,
        ...(workTree === undefined ? {} : { GIT_WORK_TREE: workTree }),
        ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
        ...(objects === undefined ? {} : { GIT_ALTERNATE_OBJECT_DIRECTORIES: objects }),
      },
    });
    const out: Buffer[] = [];
    let stderr = '';
    child.stdout.on('data', (data) => out.push(data));
    child.stderr.on('data', (data) => {
      stderr += String(data);
    });
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ exitCode: code ?? 1, stdout: Buffer.concat(out), stderr }),
    );
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
