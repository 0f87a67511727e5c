// Pure: a change set as a change of a tree: the paths, the kinds, the links. Contents are judged elsewhere.
import { posix } from 'node:path';
import type { ChangeEntry, ChangeSet } from '#model/change-set.ts';
import { pathTrouble } from './path-trouble.ts';

/** A sentence when the change may not be pushed at all, whatever the tests say; null when it may. */
export function entriesTrouble(
  changeSet: ChangeSet,
  blobs: ReadonlyMap<string, Uint8Array>,
): string | null {
  if (changeSet.entries.length === 0) return 'the change set changes nothing';
  const seen = new Map<string, string>();
  for (const entry of changeSet.entries) {
    const trouble = pathTrouble(entry.path) ?? linkTrouble(entry, blobs);
    if (trouble) return trouble;
    // Two names that one file system takes for the same file hide one of them from a reviewer.
    const folded = entry.path.normalize('NFKC').toLowerCase();
    const other = seen.get(folded);
    if (other !== undefined && isSecondFile(entry, other, changeSet)) {
      return `the change holds both ${JSON.stringify(other)} and ${JSON.stringify(entry.path)}`;
    }
    seen.set(folded, entry.path);
  }
  return null;
}

/** A rename by case alone is a delete and a put: that is one file, not two. */
function isSecondFile(entry: ChangeEntry, other: string, changeSet: ChangeSet): boolean {
  if (other === entry.path) return true;
  const before = changeSet.entries.find((one) => one.path === other);
  return entry.op === 'put' && before?.op === 'put';
}

/** A link may only lead to a path inside the repository that is no `.git`. */
function linkTrouble(entry: ChangeEntry, blobs: ReadonlyMap<string, Uint8Array>): string | null {
  if (entry.op === 'delete' || entry.mode !== '120000') return null;
  const target = new TextDecoder().decode(blobs.get(entry.sha256));
  const led = posix.normalize(posix.join(posix.dirname(entry.path), target));
  return target === '' || target.startsWith('/') || pathTrouble(led.replace(/\/$/, '')) !== null
    ? `the symbolic link ${JSON.stringify(entry.path)} leads out of the repository`
    : null;
}
