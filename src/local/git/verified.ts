import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';

// Beside the repository's objects, where no push can write: a signature in a commit could be copied.
const FILE_NAME = 'verified-commits';

/** Remember a commit that GitHub itself made, and would have signed. */
export async function markVerified(gitDir: string, sha: string): Promise<void> {
  await appendFile(path.join(gitDir, FILE_NAME), `${sha}\n`);
}

/** The commits that show as verified. */
export async function readVerified(gitDir: string): Promise<ReadonlySet<string>> {
  try {
    return new Set((await readFile(path.join(gitDir, FILE_NAME), 'utf8')).split('\n'));
  } catch (error) {
    if (isMissingFile(error)) return new Set();
    throw error;
  }
}

function isMissingFile(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
