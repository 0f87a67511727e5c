import type { PatchFiles } from '#model/verify-record.ts';
import { runBytes, type TreeStore } from './build-trees.ts';
import { blobBytesMax } from './evidence-layout.ts';
import { matchesAny } from './glob.ts';

type Files = PatchFiles['files'];

/** `git diff` text for people, cut when it is longer: the blobs beside it are what is judged. */
const patchBytesMax = 10_000_000;
/** Blobs carried in one evidence tree; a change may have twice as many sides as this. */
const blobsMax = 1500;
const blobsBytesMax = 60_000_000;

/** The change as git sees it between two trees: paths with blob names, and the text of it. */
export async function describePatch(
  store: TreeStore,
  trees: { readonly base: string; readonly head: string },
  tests: readonly string[],
): Promise<{ readonly files: Files; readonly patch: Uint8Array; readonly isCut: boolean }> {
  const raw = await runBytes(store, [
    'diff-tree',
    '-r',
    '-z',
    '--raw',
    '--no-renames',
    '--full-index',
    trees.base,
    trees.head,
  ]);
  const patch = await runBytes(store, [
    'diff-tree',
    '-r',
    '-p',
    '--no-renames',
    '--no-color',
    '--no-ext-diff',
    '--no-textconv',
    '--full-index',
    trees.base,
    trees.head,
  ]);
  return {
    files: readRaw(new TextDecoder().decode(raw), tests),
    patch: patch.subarray(0, patchBytesMax),
    isCut: patch.length > patchBytesMax,
  };
}

/** Pure: `:mode mode sha sha X\0path\0` records (git diff-tree, raw output format). */
export function readRaw(text: string, tests: readonly string[]): Files {
  const parts = text.split('\0');
  const files: Files = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    files.push(readRecord((parts[at] ?? '').slice(1).split(' '), parts[at + 1] ?? '', tests));
  }
  return files;
}

function readRecord(
  [baseMode = '', headMode = '', baseBlob = '', headBlob = '']: readonly string[],
  path: string,
  tests: readonly string[],
): Files[number] {
  const isAdded = /^0+$/.test(baseMode);
  const isDeleted = /^0+$/.test(headMode);
  return {
    path,
    status: isAdded ? 'added' : isDeleted ? 'deleted' : 'modified',
    isTest: matchesAny(path, tests),
    baseMode: isAdded ? null : baseMode,
    headMode: isDeleted ? null : headMode,
    baseBlob: isAdded ? null : baseBlob,
    headBlob: isDeleted ? null : headBlob,
  };
}

/** The contents of both sides, by side and blob name; what is too large, or past the limits, is left out. */
export async function readBlobs(
  store: TreeStore,
  files: Files,
): Promise<{
  readonly base: ReadonlyMap<string, Uint8Array>;
  readonly head: ReadonlyMap<string, Uint8Array>;
  readonly leftOut: number;
}> {
  const shasOf = (side: 'base' | 'head') => [
    ...new Set(
      files.flatMap((file) =>
        file[`${side}Mode`] === '160000' ? [] : (file[`${side}Blob`] ?? []),
      ),
    ),
  ];
  const wanted = { base: shasOf('base'), head: shasOf('head') };
  const sizes = await readSizes(store, [...new Set([...wanted.base, ...wanted.head])]);
  let count = 0;
  let bytes = 0;
  const fits = (sha: string) => {
    const size = sizes.get(sha) ?? Number.POSITIVE_INFINITY;
    if (size > blobBytesMax || count >= blobsMax || bytes + size > blobsBytesMax) return false;
    count += 1;
    bytes += size;
    return true;
  };
  const chosen = { base: wanted.base.filter(fits), head: wanted.head.filter(fits) };
  const contents = await readContents(store, [...new Set([...chosen.base, ...chosen.head])]);
  const pick = (shas: readonly string[]) =>
    new Map(shas.map((sha) => [sha, contents.get(sha) ?? new Uint8Array()] as const));
  return {
    base: pick(chosen.base),
    head: pick(chosen.head),
    leftOut: wanted.base.length + wanted.head.length - count,
  };
}

async function readSizes(
  store: TreeStore,
  shas: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (shas.length === 0) return new Map();
  const input = Buffer.from(`${shas.join('\n')}\n`);
  const lines = new TextDecoder().decode(
    await runBytes(store, ['cat-file', '--batch-check'], { input }),
  );
  return new Map(
    lines.split('\n').flatMap((line) => {
      const [sha = '', type, size] = line.split(' ');
      return type === 'blob' ? [[sha, Number(size)] as const] : [];
    }),
  );
}

async function readContents(
  store: TreeStore,
  shas: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>();
  if (shas.length === 0) return contents;
  const input = Buffer.from(`${shas.join('\n')}\n`);
  const bytes = await runBytes(store, ['cat-file', '--batch'], { input });
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0x0a, at);
    const [sha = '', , size] = new TextDecoder().decode(bytes.subarray(at, end)).split(' ');
    const from = end + 1;
    contents.set(sha, bytes.subarray(from, from + Number(size)));
    at = from + Number(size) + 1;
  }
  return contents;
}
