import { appendFileSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

// Beside the repository's objects, where no push can write: a signature in a commit could be copied.
const FILE_NAME = 'verified-commits';
/** Repositories whose list is remembered. */
const REMEMBERED_MAX = 100;

interface Remembered {
  /** The file only grows. */
  readonly bytes: number;
  readonly shas: ReadonlySet<string>;
}

const remembered = new Map<string, Remembered>();
const NONE: ReadonlySet<string> = new Set();

/** Remember a commit that GitHub itself made, and would have signed. */
export async function markVerified(gitDir: string, sha: string): Promise<void> {
  appendFileSync(path.join(gitDir, FILE_NAME), `${sha}\n`);
}

/** The commits that show as verified. */
export async function readVerified(gitDir: string): Promise<ReadonlySet<string>> {
  const file = path.join(gitDir, FILE_NAME);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return NONE;
  const known = remembered.get(file);
  if (known?.bytes === found.size) return known.shas;
  const text = readFileSync(file, 'utf8');
  const shas = new Set(text.split('\n'));
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(file, { bytes: Buffer.byteLength(text), shas });
  return shas;
}
