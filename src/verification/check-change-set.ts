// Pure: is this a change set for this base, with paths that a file system and git take as they are read?
import { type ChangeSet, changeSetLimits, changeSetSchema } from '#model/change-set.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import { foldPath } from './glob.ts';
import { quote } from './quote.ts';
import { readText } from './read-evidence.ts';

/** `change-set.json` with 3,000 entries of 4,096-character paths stays below this. */
export const changeSetBytesMax = 16_000_000;

/**
 * Parse and check `change-set.json`: the schema, the base commit, result `changed` with entries,
 * paths that are safe, and no two entries for one place.
 *
 * Fails   with one sentence that names the first trouble.
 */
export function checkChangeSet(bytes: Uint8Array, baseSha: string): Result<ChangeSet, string> {
  const parsed = changeSetSchema.safeParse(parseJson(readText(bytes)));
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') || 'the top';
    return refuse(`The change set does not follow its schema, first at ${where}.`);
  }
  const changeSet = parsed.data;
  if (changeSet.baseSha !== baseSha) {
    return refuse(`The change set was made on ${changeSet.baseSha}, and the base is ${baseSha}.`);
  }
  if (changeSet.result !== 'changed' || changeSet.entries.length === 0) {
    return refuse(`The change set holds no change: the agent’s result is ${changeSet.result}.`);
  }
  const trouble = entriesTrouble(changeSet);
  return trouble === null ? ok(changeSet) : refuse(trouble);
}

function entriesTrouble({ entries }: ChangeSet): string | null {
  const puts = new Set<string>();
  const seen = new Set<string>();
  let total = 0;
  for (const entry of entries) {
    const trouble = pathTrouble(entry.path);
    if (trouble !== null) return `The change set’s path ${quote(entry.path)} ${trouble}.`;
    if (seen.has(entry.path)) return `The change set names ${quote(entry.path)} twice.`;
    seen.add(entry.path);
    if (entry.op === 'delete') continue;
    puts.add(entry.path);
    total += entry.bytes;
    if (entry.bytes > changeSetLimits.blobBytesMax) {
      return `The change set’s file ${quote(entry.path)} has more than ${changeSetLimits.blobBytesMax} bytes.`;
    }
  }
  if (total > changeSetLimits.bytesMax) {
    return `The change set has ${total} bytes, and at most ${changeSetLimits.bytesMax} are taken.`;
  }
  const inside = [...puts].find((path) => parents(path).some((parent) => puts.has(parent)));
  return inside === undefined
    ? null
    : `The change set has ${quote(inside)} and also a file where its folder must be.`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const control = /[\u0000-\u001f\u007f-\u009f]/;

/** Names that git, or a file system that git may be checked out on, takes for the repository itself. */
const gitLike = /^(?:\.git|git~\d+)[. ]*$/;
/** Ignored by HFS+ when it compares names (git: utf8.c, is_hfs_dotgit). */
const ignoredByHfs = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** What is wrong with a path, as the end of a sentence; null when nothing is. */
export function pathTrouble(path: string): string | null {
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is not inside the repository';
  if (path.includes('\\')) return 'has a backslash';
  if (control.test(path)) return 'has a control character';
  if (!path.isWellFormed()) return 'is not well-formed Unicode';
  for (const name of path.split('/')) {
    if (name === '' || name === '.' || name === '..') return 'has an empty, “.” or “..” part';
    if (gitLike.test(foldPath(name.replace(ignoredByHfs, '').split(':')[0] ?? ''))) {
      return 'leads into git’s own folder';
    }
    if (Buffer.byteLength(name) > 255) return 'has a part of more than 255 bytes';
  }
  return null;
}

function parents(path: string): readonly string[] {
  const names = path.split('/');
  return names.slice(1).map((_, at) => names.slice(0, at + 1).join('/'));
}

function parseJson(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
