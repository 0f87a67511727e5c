import { readObject, readTree, type TreeEntry } from './object.ts';

/** The line of a commit's tree that names a path, without its folder; undefined when there is none. */
export async function findFile(
  gitDir: string,
  commit: string,
  path: string,
): Promise<TreeEntry | undefined> {
  const slash = path.lastIndexOf('/');
  const parent = await readObject(gitDir, `${commit}:${path.slice(0, Math.max(0, slash))}`);
  if (parent?.type !== 'tree') return undefined;
  const siblings = await readTree(gitDir, parent.sha, false);
  return siblings.find((entry) => entry.path === path.slice(slash + 1));
}
