// git's own protocol for changing a reference (its lock-file API): whoever creates `<name>.lock` may
// replace `<name>`. git and this process therefore exclude each other.
import {
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, isMissing } from './missing-file.ts';
import { listRefFiles, readLooseRef, readPackedRefs } from './ref-file.ts';

/** git waits this long for another's lock on a reference (core.filesRefLockTimeout). */
const WAIT_MS = 100;
const RETRY_MS = 5;
/** A folder may vanish again and again while others delete references in it. */
const FOLDER_ATTEMPTS_MAX = 5;

/** `ask-git`: what only git should do (a symbolic reference, a packed one that goes). */
export type LockOutcome = 'done' | 'moved' | 'refused' | 'ask-git';

/** Point a reference at an object if it still names `oldSha` (null: if there is none). */
export async function replaceRef(
  gitDir: string,
  ref: string,
  newSha: string,
  oldSha: string | null,
): Promise<LockOutcome> {
  return withLock(gitDir, ref, (lock) => {
    const refusal = compare(gitDir, ref, oldSha);
    if (refusal !== undefined) return refusal;
    if (oldSha === null && isBlocked(gitDir, ref)) return 'refused';
    writeFileSync(lock, `${newSha}\n`);
    return rename(lock, path.join(gitDir, ref));
  });
}

/** Delete a reference if it still names `oldSha`. */
export async function removeRef(gitDir: string, ref: string, oldSha: string): Promise<LockOutcome> {
  const outcome = await withLock(gitDir, ref, () => {
    const refusal = compare(gitDir, ref, oldSha);
    if (refusal !== undefined) return refusal;
    // Held meanwhile, or another could pack what is being deleted, and it would be back.
    const packedLock = path.join(gitDir, 'packed-refs.lock');
    if (!create(packedLock)) return 'ask-git';
    try {
      if (readPackedRefs(gitDir).has(ref)) return 'ask-git';
      rmSync(path.join(gitDir, ref));
      return 'done';
    } finally {
      rmSync(packedLock, { force: true });
    }
  });
  if (outcome === 'done') removeEmptyParents(gitDir, ref);
  return outcome;
}

/** Between taking the lock and giving it back nothing else of this process runs. */
async function withLock(
  gitDir: string,
  ref: string,
  change: (lock: string) => LockOutcome,
): Promise<LockOutcome> {
  const lock = path.join(gitDir, `${ref}.lock`);
  for (const deadline = Date.now() + WAIT_MS; ; await sleep(RETRY_MS)) {
    const taken = createWithFolders(lock);
    if (taken === 'blocked') return 'refused';
    if (!taken) {
      // A lock that another holds is a race that was lost, whoever wins it.
      if (Date.now() >= deadline) return 'moved';
      continue;
    }
    try {
      return change(lock);
    } finally {
      rmSync(lock, { force: true });
    }
  }
}

function compare(gitDir: string, ref: string, oldSha: string | null): LockOutcome | undefined {
  const loose = readLooseRef(gitDir, ref);
  if (loose?.kind === 'symbolic') return 'ask-git';
  const now = loose?.sha ?? readPackedRefs(gitDir).get(ref) ?? null;
  return now === oldSha ? undefined : 'moved';
}

/** `a` and `a/b` cannot both be references: the one would be a file where the other needs a folder. */
function isBlocked(gitDir: string, ref: string): boolean {
  if (listRefFiles(gitDir, `${ref}/`).size > 0) return true;
  const packed = readPackedRefs(gitDir);
  const parts = ref.split('/');
  return parts.some((_, i) => i > 2 && packed.has(parts.slice(0, i).join('/')));
}

function rename(lock: string, file: string): LockOutcome {
  try {
    renameSync(lock, file);
    return 'done';
  } catch (error) {
    if (!hasCode(error, 'EISDIR') && !hasCode(error, 'ENOTEMPTY')) throw error;
    // Folders that deleted references have left behind: git knows how to clear them.
    return 'ask-git';
  }
}

function createWithFolders(lock: string): boolean | 'blocked' {
  for (let attempt = 0; attempt < FOLDER_ATTEMPTS_MAX; attempt += 1) {
    try {
      return create(lock);
    } catch (error) {
      if (hasCode(error, 'ENAMETOOLONG')) return 'blocked';
      if (!isMissing(error)) throw error;
    }
    if (!createFolder(path.dirname(lock))) return 'blocked';
  }
  return 'blocked';
}

/** False when a reference stands where a folder would have to be. */
function createFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    return true;
  } catch (error) {
    if (['EEXIST', 'ENOTDIR', 'ENAMETOOLONG'].some((code) => hasCode(error, code))) return false;
    // Deleted by another while it was made: the caller tries again.
    if (hasCode(error, 'ENOENT')) return true;
    throw error;
  }
}

function create(file: string): boolean {
  try {
    closeSync(openSync(file, 'wx'));
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** git leaves `refs/heads` and its like, and nothing empty below. */
function removeEmptyParents(gitDir: string, ref: string): void {
  const parts = ref.split('/').slice(0, -1);
  try {
    for (; parts.length > 2; parts.pop()) rmdirSync(path.join(gitDir, ...parts));
  } catch {
    // Not empty, or gone already.
  }
}
