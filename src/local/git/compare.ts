import { diffTrees, type FileChange } from './diff.ts';
import { readGit, runGit } from './git.ts';
import { listCommits } from './log.ts';
import type { Commit } from './object.ts';
import { remember } from './remember.ts';

/** GitHub lists no more in one answer. */
const COMMITS_MAX = 250;

/** How `head` stands to `base`, counted and listed from their common ancestor. */
export interface Comparison {
  readonly status: 'ahead' | 'behind' | 'diverged' | 'identical';
  readonly aheadBy: number;
  readonly behindBy: number;
  /** Null for histories that have nothing in common. */
  readonly mergeBase: string | null;
  /** What `head` has and `base` has not, oldest first; the first 250. */
  readonly commits: readonly Commit[];
  readonly files: readonly FileChange[];
}

/** Compare two commits as GitHub's three-dot comparison does. Both must exist. */
export const compareCommits: (gitDir: string, base: string, head: string) => Promise<Comparison> =
  remember(compare);

async function compare(gitDir: string, base: string, head: string): Promise<Comparison> {
  const [counts, mergeBase, commits] = await Promise.all([
    readGit({ gitDir, args: ['rev-list', '--left-right', '--count', `${base}...${head}`, '--'] }),
    findMergeBase(gitDir, base, head),
    listCommits(gitDir, { from: head, without: base, oldestFirst: true }),
  ]);
  const [behindBy = 0, aheadBy = 0] = counts.split('\t').map(Number);
  const files = aheadBy === 0 ? [] : await diffTrees(gitDir, mergeBase ?? base, head);
  const status =
    aheadBy === 0
      ? behindBy === 0
        ? 'identical'
        : 'behind'
      : behindBy === 0
        ? 'ahead'
        : 'diverged';
  return { status, aheadBy, behindBy, mergeBase, commits: commits.slice(0, COMMITS_MAX), files };
}

/** The best common ancestor, or null. */
export async function findMergeBase(
  gitDir: string,
  one: string,
  other: string,
): Promise<string | null> {
  const args = ['merge-base', '--', one, other];
  const { code, stdout } = await runGit({ gitDir, args, codes: [0, 1] });
  return code === 0 ? stdout.toString('latin1').trim() : null;
}
