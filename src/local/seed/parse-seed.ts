import path from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { ok, type Result, refuse } from '#model/result.ts';
import type { SourceFile } from '../git/repository.ts';
import { checkSeed } from './check-seed.ts';
import type { Seed, SeedRepository } from './seed.ts';
import { type SeedFile, seedFileSchema } from './seed-file.ts';
import { renderMistake, toSeedMistakes } from './seed-mistake.ts';

/** A person repairs a handful at a time. */
const MISTAKES_MAX = 20;
/** Aliases multiply what a few bytes make the parser build. */
const ALIASES_MAX = 1_000;

/**
 * Read a seed file: JSON or YAML. `folder` is where it lies: paths in it start there.
 *
 * Fails  with one sentence for every mistake: the key, what was expected, what was seen.
 */
export function parseSeed(text: string, folder: string): Result<Seed, readonly string[]> {
  const read = readValue(text);
  if (!read.ok) return read;
  const parsed = seedFileSchema.safeParse(read.value);
  const mistakes = parsed.success
    ? checkSeed(parsed.data)
    : toSeedMistakes(parsed.error.issues, read.value);
  if (!parsed.success || mistakes.length > 0)
    return refuse(mistakes.slice(0, MISTAKES_MAX).map(renderMistake));
  return ok(toSeed(parsed.data, folder));
}

function readValue(text: string): Result<unknown, readonly string[]> {
  // Large seeds are JSON, which is read a hundred times faster as what it is.
  if (/^\s*\{/.test(text)) {
    try {
      return ok(JSON.parse(text));
    } catch {
      // YAML has a flow style that begins alike; its parser says what is wrong, and where.
    }
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken) {
    const { line, col } = lines.linePos(broken.pos[0]);
    const [because] = broken.message.split('\n');
    return refuse([
      `line ${line}, column ${col}: expected JSON or YAML, got a mistake: ${because}`,
    ]);
  }
  try {
    return ok(document.toJS({ maxAliasCount: ALIASES_MAX }));
  } catch {
    return refuse([`expected at most ${ALIASES_MAX} uses of aliases, got more`]);
  }
}

function toSeed({ repositories, ...rest }: SeedFile, folder: string): Seed {
  return { ...rest, repositories: repositories.map((each) => toRepository(each, folder)) };
}

function toRepository(
  { files, folder, git, branches, ...rest }: SeedFile['repositories'][number],
  from: string,
): SeedRepository {
  return {
    ...rest,
    source: toSource({ files, folder, git }, from),
    branches: (branches ?? []).map((each) => ({ ...each, files: toFiles(each.files) })),
  };
}

type Files = NonNullable<SeedFile['repositories'][number]['files']>;

function toSource(
  source: { files: Files | undefined; folder: string | undefined; git: string | undefined },
  from: string,
): SeedRepository['source'] {
  const { files, folder, git } = source;
  if (files !== undefined) return { kind: 'files', files: toFiles(files) };
  if (folder !== undefined) return { kind: 'folder', path: path.resolve(from, folder) };
  if (git !== undefined) return { kind: 'git', path: path.resolve(from, git) };
  return { kind: 'empty' };
}

function toFiles(files: Files): Record<string, SourceFile> {
  return Object.fromEntries(
    Object.entries(files).map(([name, file]) => [
      name,
      typeof file === 'string'
        ? { content: file }
        : { content: file.content, mode: file.executable ? '100755' : '100644' },
    ]),
  );
}
