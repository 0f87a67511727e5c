import { Fault } from '#model/fault.ts';
import { readHeader } from './find-object.ts';
import { runGit } from './git.ts';
import { isRefName, isSha, ZERO_SHA } from './name.ts';
import { listRefFiles, resolveRef } from './ref-file.ts';
import { removeRef, replaceRef } from './ref-lock.ts';

/** A reference and the object it names. */
export interface Ref {
  readonly ref: string;
  readonly sha: string;
  readonly type: string;
}

/**
 * What became of a change: `done`; `moved` when the reference was not where the caller expected;
 * `refused` when git cannot hold it (a bad name, a folder of references of that name, no such object).
 */
export type RefOutcome = 'done' | 'moved' | 'refused';

/** References whose full name starts with `prefix` (`refs/heads/fea` finds `refs/heads/feature`). */
export async function listRefs(gitDir: string, prefix: string): Promise<readonly Ref[]> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (!isRefName(`${folder}x/x`)) return [];
  const found: Ref[] = [];
  for (const [ref, sha] of listRefFiles(gitDir, folder)) {
    if (!ref.startsWith(prefix)) continue;
    const header = await readHeader(gitDir, sha);
    if (header) found.push({ ref, sha, type: header.type });
  }
  return found;
}

/** One reference by its full name, or undefined. */
export async function readRef(gitDir: string, ref: string): Promise<Ref | undefined> {
  if (!isRefName(ref)) return undefined;
  const sha = resolveRef(gitDir, ref);
  const header = sha === undefined ? undefined : await readHeader(gitDir, sha);
  return sha !== undefined && header ? { ref, sha, type: header.type } : undefined;
}

/** Point a reference at an object if it still names `oldSha` (null: if it does not exist). */
export async function updateRef(
  gitDir: string,
  ref: string,
  newSha: string,
  oldSha: string | null,
): Promise<RefOutcome> {
  if (!isRefName(ref) || !isSha(newSha)) return 'refused';
  const header = await readHeader(gitDir, newSha);
  if (!header || (ref.startsWith('refs/heads/') && header.type !== 'commit')) return 'refused';
  const outcome = await replaceRef(gitDir, ref, newSha, oldSha);
  if (outcome !== 'ask-git') return outcome;
  return askGit(gitDir, ref, ['update-ref', ref, newSha, oldSha ?? ZERO_SHA], oldSha);
}

/** Delete a reference if it still names `oldSha`. */
export async function deleteRef(gitDir: string, ref: string, oldSha: string): Promise<RefOutcome> {
  if (!isRefName(ref)) return 'refused';
  const outcome = await removeRef(gitDir, ref, oldSha);
  if (outcome !== 'ask-git') return outcome;
  return askGit(gitDir, ref, ['update-ref', '-d', ref, oldSha], oldSha);
}

async function askGit(
  gitDir: string,
  ref: string,
  args: readonly string[],
  oldSha: string | null,
): Promise<RefOutcome> {
  const { code, stderr } = await runGit({ gitDir, args, codes: [0, 1, 128] });
  if (code === 0) return 'done';
  const now = (await readRef(gitDir, ref))?.sha ?? null;
  // A lock that another holds is a race that was lost, whoever wins it.
  if (now !== oldSha || /\.lock': File exists/.test(stderr)) return 'moved';
  if (/cannot lock ref|nonexistent object|non-commit object|unable to resolve/.test(stderr))
    return 'refused';
  throw new Fault('LOCAL_GITHUB', `git ${args[0]} failed on ${ref}: ${stderr.trim()}`);
}
