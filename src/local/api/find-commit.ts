import { resolveCommit } from '../git/object.ts';
import { type Call, HttpError } from './route.ts';
import { repositoryOf } from './serve-api.ts';

/** A commit by id, branch, tag or full ref; undefined when git has none. */
export async function findCommit(call: Call, name: string): Promise<string | undefined> {
  // A name that starts with a dash would be read by git as an option.
  if (!/^[\w./][\w./@+-]*$/.test(name) || name.includes('..')) return undefined;
  const { gitDir } = repositoryOf(call);
  if (/^[0-9a-f]{40}$/.test(name)) return resolveCommit(gitDir, name);
  for (const ref of [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`]) {
    const sha = await resolveCommit(gitDir, ref);
    if (sha !== undefined) return sha;
  }
  return undefined;
}

/** The same, or GitHub's 422. */
export async function requireCommit(call: Call, name: string): Promise<string> {
  const sha = await findCommit(call, name);
  if (sha === undefined) throw new HttpError(422, `No commit found for SHA: ${name}`);
  return sha;
}
