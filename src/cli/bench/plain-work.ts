import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from '#model/fault.ts';
import { runProcess } from '#runner/process.ts';

/** The same work without a factory, in ms: get the code, run its tests once. */
export interface PlainTimes {
  readonly cloneMs: number;
  readonly testMs: number;
}

/** Clone a repository and run `npm test` in it, as somebody at a keyboard would. */
export async function doPlainWork(gitDir: string): Promise<PlainTimes> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-plain-'));
  try {
    const cloneMs = await time([
      'git',
      'clone',
      '--quiet',
      '--no-local',
      gitDir,
      `${folder}/clone`,
    ]);
    const testMs = await time(['npm', 'test'], `${folder}/clone`);
    return { cloneMs, testMs };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function time(argv: readonly string[], cwd?: string): Promise<number> {
  const startedAt = performance.now();
  const { exitCode, stderr } = await runProcess(argv, cwd ? { cwd } : {});
  assert(exitCode === 0, `${argv.join(' ')} succeeds; it said ${stderr.slice(0, 300)}`);
  return Math.round(performance.now() - startedAt);
}
