import { readBlobAtPath, readTree, resolveCommit } from '#local/git/object.ts';
import type { Repository } from '#local/record/repository.ts';

/** A commit and the full name it was found under: a branch, a tag, or the commit's own id. */
export interface ResolvedRef {
  readonly ref: string;
  readonly sha: string;
}

const WORKFLOWS = '.github/workflows';

/** Resolve what stands after `@`, or a dispatch's `ref`: branches win over tags, as on GitHub. */
export async function resolveRef(
  repository: Repository,
  name: string,
): Promise<ResolvedRef | undefined> {
  if (/^[0-9a-f]{40}$/.test(name)) {
    const sha = await resolveCommit(repository.gitDir, name);
    return sha === undefined ? undefined : { ref: name, sha };
  }
  // A name that starts with a dash would be read by git as an option.
  if (name === '' || name.startsWith('-')) return undefined;
  const names = name.startsWith('refs/') ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`];
  for (const ref of names) {
    const sha = await resolveCommit(repository.gitDir, ref);
    if (sha !== undefined) return { ref, sha };
  }
  return undefined;
}

/** The text of a file at a commit; undefined when there is none. */
export async function readText(
  repository: Repository,
  sha: string,
  path: string,
): Promise<string | undefined> {
  const blob = await readBlobAtPath(repository.gitDir, sha, path);
  return blob === undefined ? undefined : Buffer.from(blob.bytes).toString('utf8');
}

/** Paths of the workflow files at a commit, in order of name. */
export async function listWorkflowPaths(
  repository: Repository,
  sha: string,
): Promise<readonly string[]> {
  const tree = await readTree(repository.gitDir, `${sha}:${WORKFLOWS}`, false).catch(() => []);
  return tree
    .filter((entry) => /\.ya?ml$/.test(entry.path))
    .map((entry) => `${WORKFLOWS}/${entry.path}`)
    .sort();
}
