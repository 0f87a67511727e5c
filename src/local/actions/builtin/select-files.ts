import { globSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { ok, type Result, refuse } from '#model/result.ts';

/** Files for an artifact, and the folder their names are relative to. */
export interface Selection {
  readonly root: string;
  readonly files: readonly string[];
}

// upload-artifact itself warns at 10,000 files.
const FILES_MAX = 20_000;

/**
 * Select files by `path:` lines as upload-artifact does: globs, `!` to exclude, folders whole.
 * A link that leads outside `roots` is refused: its target is not the job's to publish.
 */
export async function selectFiles(
  lines: readonly string[],
  workspace: string,
  roots: readonly string[],
  hidden: boolean,
): Promise<Result<Selection, string>> {
  const patterns = lines.filter((line) => !line.startsWith('!'));
  const excluded = new Set(
    lines
      .filter((line) => line.startsWith('!'))
      .flatMap((line) => expand(line.slice(1), workspace)),
  );
  const bases = patterns.map((line) => baseOf(path.resolve(workspace, line)));
  const found = new Set<string>();
  for (const match of patterns.flatMap((line) => expand(line, workspace))) {
    for (const file of await filesBelow(match, hidden)) {
      if (!isExcluded(file, excluded)) found.add(file);
    }
    if (found.size > FILES_MAX) return refuse(`expected at most ${FILES_MAX} files`);
  }
  const files = [...found].sort();
  const stray = files.find((file) => !isInside(realpathSync(file), roots));
  if (stray !== undefined) return refuse(`${stray} is a link that leads out of the job's folders`);
  const [only] = files;
  const single = files.length === 1 && bases.length === 1 && only !== undefined;
  return ok({ root: single ? rootOfOne(only, bases[0] ?? '') : commonRoot(bases), files });
}

function expand(pattern: string, workspace: string): readonly string[] {
  const absolute = path.resolve(workspace, pattern);
  if (!/[*?[]/.test(pattern)) return exists(absolute) ? [absolute] : [];
  return globSync(absolute);
}

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

// The part of a pattern before its first wildcard.
function baseOf(pattern: string): string {
  const parts = pattern.split(path.sep);
  const wild = parts.findIndex((part) => /[*?[]/.test(part));
  const base = wild < 0 ? pattern : parts.slice(0, wild).join(path.sep);
  const isFile = statSync(base, { throwIfNoEntry: false })?.isFile() === true;
  return isFile ? path.dirname(base) : base;
}

function rootOfOne(file: string, base: string): string {
  return isInside(file, [base]) ? base : path.dirname(file);
}

function commonRoot(bases: readonly string[]): string {
  const split = bases.map((base) => base.split(path.sep));
  const [first = []] = split;
  const length = first.findIndex((part, at) => split.some((other) => other[at] !== part));
  return (length < 0 ? first : first.slice(0, length)).join(path.sep) || path.sep;
}

async function filesBelow(match: string, hidden: boolean): Promise<readonly string[]> {
  if (!hidden && path.basename(match).startsWith('.')) return [];
  const found = statSync(match, { throwIfNoEntry: false });
  if (found?.isFile()) return [match];
  if (!found?.isDirectory() || lstatSync(match).isSymbolicLink()) return [];
  const names = await readdir(match);
  const nested = await Promise.all(names.map((name) => filesBelow(path.join(match, name), hidden)));
  return nested.flat();
}

function isExcluded(file: string, excluded: ReadonlySet<string>): boolean {
  return [...excluded].some((each) => file === each || file.startsWith(each + path.sep));
}

function isInside(file: string, roots: readonly string[]): boolean {
  return roots.some((root) => file === root || file.startsWith(root + path.sep));
}
