import { peel, readById } from './find-object.ts';
import { readGit } from './git.ts';
import type { GitObject } from './loose-object.ts';
import { type Commit, readCommit } from './object.ts';
import { listRefFiles, resolveRef } from './ref-file.ts';
import { parseTree } from './tree-format.ts';

/** Where GitHub finds workflows; only those with the `workflows` permission may write there. */
export const WORKFLOW_FOLDER = '.github/workflows';
/** So many commits are looked at here; a longer history is git's. */
const STEPS_MAX = 50;

/** How git names what new commits change there: merges count only what they change themselves. */
export const WORKFLOW_LOG: readonly string[] = [
  'log',
  '--full-history',
  '-c',
  '--format=',
  '--name-only',
];

/**
 * A workflow file that a commit, or one before it that no reference holds yet, changes; or undefined.
 * `known` are commits that references hold, when the caller knows some: most ways end there.
 */
export async function findWorkflowChange(
  gitDir: string,
  sha: string,
  known: readonly (string | null | undefined)[] = [],
): Promise<string | undefined> {
  const near = new Set([...known, resolveRef(gitDir, 'HEAD')]);
  if (await isQuiet(gitDir, sha, near)) return undefined;
  if (await isQuiet(gitDir, sha, new Set(listRefFiles(gitDir, 'refs/').values()))) return undefined;
  const args = [...WORKFLOW_LOG, sha, '--not', '--all', '--', WORKFLOW_FOLDER];
  return (await readGit({ gitDir, args })).split('\n').find((line) => line !== '');
}

/**
 * Whether no commit between this one and the tips of references changes the folder of workflows:
 * true is certain, false means that git must look closer.
 */
async function isQuiet(
  gitDir: string,
  sha: string,
  tips: ReadonlySet<string | null | undefined>,
): Promise<boolean> {
  const open = [sha];
  const seen = new Set<string>();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (tips.has(next) || seen.has(next)) continue;
    seen.add(next);
    const commit = (await peel(gitDir, next, 'commit')) && (await readCommit(gitDir, next));
    if (!commit || seen.size > STEPS_MAX || (await changesFolder(gitDir, commit))) return false;
    open.push(...commit.parents);
  }
  return true;
}

/** A merge is quiet here only when all sides agree; git judges the others. */
async function changesFolder(gitDir: string, commit: Commit): Promise<boolean> {
  const own = await findFolder(gitDir, commit.tree);
  if (commit.parents.length === 0) return own !== undefined;
  for (const parent of commit.parents) {
    const { tree } = await readCommit(gitDir, parent);
    if ((await findFolder(gitDir, tree)) !== own) return true;
  }
  return false;
}

async function findFolder(gitDir: string, tree: string): Promise<string | undefined> {
  let sha: string | undefined = tree;
  for (const part of WORKFLOW_FOLDER.split('/')) {
    const folder: GitObject | undefined =
      sha === undefined ? undefined : await readById(gitDir, sha);
    if (folder?.type !== 'tree') return undefined;
    sha = parseTree(folder.bytes).find((entry) => entry.name === part)?.sha;
  }
  return sha;
}

/** Whether a path of a tree is a workflow, the folder of workflows, or holds that folder. */
export function touchesWorkflows(path: string): boolean {
  return path === '.github' || path === WORKFLOW_FOLDER || path.startsWith(`${WORKFLOW_FOLDER}/`);
}
