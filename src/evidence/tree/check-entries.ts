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
  for (const entry of changeSet.entries) {
    const trouble = pathTrouble(entry.path) ?? linkTrouble(entry, blobs);
    if (trouble) return trouble;
  }
  return collisionTrouble(changeSet.entries);
}

/**
 * Two names that one file system takes for the same hide one of them from a reviewer, and a link
 * that is some file's folder as well sends that file elsewhere (CVE-2021-21300). A rename by case
 * alone is a delete and a put: that is one file, not two.
 */
function collisionTrouble(entries: readonly ChangeEntry[]): string | null {
  const named = new Set<string>();
  const files = new Map<string, string>();
  for (const { op, path } of entries) {
    const other = op === 'put' ? files.get(fold(path)) : undefined;
    if (named.has(path) || other !== undefined) return both(other ?? path, path);
    named.add(path);
    if (op === 'put') files.set(fold(path), path);
  }
  const [folder, path] = findInside([...files.keys()]).map((key) => files.get(key));
  return folder !== undefined && path !== undefined ? both(folder, path) : null;
}

/** A path that is a folder of another, and that other: neighbours when the separator sorts first. */
function findInside(paths: readonly string[]): readonly string[] {
  const sorted = paths.map((path) => path.replaceAll('/', '\0')).sort();
  const at = sorted.findIndex((path, index) => sorted[index + 1]?.startsWith(`${path}\0`));
  return at < 0 ? [] : sorted.slice(at, at + 2).map((path) => path.replaceAll('\0', '/'));
}

function both(one: string, other: string): string {
  return `the change holds both ${JSON.stringify(one)} and ${JSON.stringify(other)}`;
}

function fold(path: string): string {
  return path.normalize('NFKC').toLowerCase();
}

/**
 * A link may only lead to a path inside the repository that is no `.git`. It may go up at its start
 * alone: after a name, which may be a link itself, `..` leads where the text does not say.
 */
function linkTrouble(entry: ChangeEntry, blobs: ReadonlyMap<string, Uint8Array>): string | null {
  if (entry.op === 'delete' || entry.mode !== '120000') return null;
  const target = new TextDecoder().decode(blobs.get(entry.sha256));
  const led = posix.normalize(posix.join(posix.dirname(entry.path), target));
  const parts = target.split('/');
  const named = parts.findIndex((part) => !['', '.', '..'].includes(part));
  const isWinding = named >= 0 && parts.slice(named).includes('..');
  return target.startsWith('/') || isWinding || pathTrouble(led.replace(/\/$/, '')) !== null
    ? `the symbolic link ${JSON.stringify(entry.path)} leads out of the repository`
    : null;
}
