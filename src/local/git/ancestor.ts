import { readById } from './find-object.ts';
import { runGit } from './git.ts';
import { readParents } from './object.ts';

/** So many commits are looked at here: most updates are a step or two. A longer way is git's. */
const STEPS_MAX = 100;

/** Whether the second commit holds the first in its history. What is no commit follows nothing. */
export async function isAncestor(gitDir: string, first: string, second: string): Promise<boolean> {
  const seen = new Set<string>([second]);
  for (const sha of seen) {
    if (sha === first) return (await readById(gitDir, first))?.type === 'commit';
    if (seen.size > STEPS_MAX) return askGit(gitDir, first, second);
    for (const parent of await readParents(gitDir, sha)) seen.add(parent);
  }
  return false;
}

async function askGit(gitDir: string, first: string, second: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', first, second];
  // 128: one of them is no commit.
  return (await runGit({ gitDir, args, codes: [0, 1, 128] })).code === 0;
}
