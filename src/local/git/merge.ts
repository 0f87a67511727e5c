import { findMergeBase } from './compare.ts';
import { runGit } from './git.ts';
import { listCommits } from './log.ts';
import { findCommits, writeCommit } from './object.ts';
import { readRef, updateRef } from './ref.ts';
import { GITHUB, type Signature } from './signature.ts';
import { markVerified } from './verified.ts';

export interface MergeInput {
  /** Without `refs/heads/`. */
  readonly baseRef: string;
  readonly headSha: string;
  readonly method: 'merge' | 'squash' | 'rebase';
  readonly message: string;
  readonly author: Signature;
}

/** `nothing`: the base holds the head already; `moved`: the base branch changed meanwhile. */
export type MergeOutcome =
  | { readonly ok: true; readonly sha: string }
  | { readonly ok: false; readonly reason: 'conflict' | 'nothing' | 'moved' | 'missing' };

/** Merge a commit into a branch and move the branch, unless it has moved itself. */
export async function mergePull(gitDir: string, input: MergeInput): Promise<MergeOutcome> {
  const base = await readRef(gitDir, `refs/heads/${input.baseRef}`);
  if (!base) return { ok: false, reason: 'missing' };
  const merged = await writeMerge(gitDir, base.sha, input);
  return merged.ok ? moveTo(gitDir, base, merged.sha) : merged;
}

/** Move a branch to a merge of this file if it still is where the caller saw it (null: nowhere). */
export async function moveTo(
  gitDir: string,
  { ref, sha: before }: { readonly ref: string; readonly sha: string | null },
  sha: string,
): Promise<MergeOutcome> {
  const outcome = await updateRef(gitDir, ref, sha, before);
  if (outcome !== 'done') return { ok: false, reason: 'moved' };
  await markVerified(gitDir, sha);
  return { ok: true, sha };
}

/** Make the commit of a merge on top of `base`, which no reference names yet; never `moved`. */
export async function writeMerge(
  gitDir: string,
  base: string,
  input: Omit<MergeInput, 'baseRef'>,
): Promise<MergeOutcome> {
  const [head] = await findCommits(gitDir, [input.headSha]);
  if (!head) return { ok: false, reason: 'missing' };
  const ancestor = await findMergeBase(gitDir, base, head.sha);
  if (ancestor === head.sha) return { ok: false, reason: 'nothing' };
  const sha =
    input.method === 'rebase'
      ? await replay(gitDir, base, head.sha)
      : await join(gitDir, base, input);
  return sha === undefined ? { ok: false, reason: 'conflict' } : { ok: true, sha };
}

/**
 * The commit that a merge of two commits would make, on no branch: GitHub's trial merge. Undefined
 * when they conflict.
 */
export async function writeTrialMerge(
  gitDir: string,
  base: string,
  input: Pick<MergeInput, 'headSha' | 'message' | 'author'>,
): Promise<string | undefined> {
  return join(gitDir, base, { ...input, method: 'merge' });
}

async function join(
  gitDir: string,
  base: string,
  input: Omit<MergeInput, 'baseRef'>,
): Promise<string | undefined> {
  const tree = await mergeTrees(gitDir, base, input.headSha);
  if (tree === undefined) return undefined;
  const parents = input.method === 'merge' ? [base, input.headSha] : [base];
  const { message, author } = input;
  return writeCommit(gitDir, { tree, parents, message, author, committer: GITHUB });
}

/**
 * Put commits on a new base one by one. `merge-tree` takes the ancestor from history alone, so each
 * step merges with a commit that holds our tree and has the replayed commit's parent as its own.
 */
async function replay(gitDir: string, base: string, head: string): Promise<string | undefined> {
  const commits = await listCommits(gitDir, { from: head, without: base, oldestFirst: true });
  const [start] = await findCommits(gitDir, [base]);
  if (!start) return undefined;
  let tip = base;
  let tree = start.tree;
  for (const commit of commits) {
    // Merges of the base into the branch bring nothing of their own.
    if (commit.parents.length > 1) continue;
    const { message, author } = commit;
    const signatures = { message, author, committer: GITHUB };
    const step = await writeCommit(gitDir, { tree, parents: commit.parents, ...signatures });
    const merged = await mergeTrees(gitDir, step, commit.sha);
    if (merged === undefined) return undefined;
    tree = merged;
    tip = await writeCommit(gitDir, { tree, parents: [tip], ...signatures });
  }
  return tip;
}

/** The tree of a merge without conflict, or undefined. */
async function mergeTrees(gitDir: string, one: string, other: string): Promise<string | undefined> {
  const { code, stdout } = await runGit({
    gitDir,
    args: ['merge-tree', '--write-tree', '--allow-unrelated-histories', one, other],
    codes: [0, 1],
  });
  return code === 0 ? stdout.toString('latin1').trim() : undefined;
}
