import { runGit } from './git.ts';
import { EMPTY_TREE, isSha } from './name.ts';

/** GitHub shows no patch of what is larger; the counts stay. */
const PATCHES_BYTES_MAX = 8 * 1024 * 1024;
const PATCH_CHARS_MAX = 1024 * 1024;

/** One file of a difference. */
export interface FileChange {
  readonly path: string;
  readonly previousPath: string | undefined;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'changed';
  /** The blob after the change; of a removed file, the one before. */
  readonly sha: string;
  readonly mode: string;
  readonly additions: number;
  readonly deletions: number;
  /** From the first `@@`; absent for binary, empty or very large changes. */
  readonly patch: string | undefined;
}

type Entry = Omit<FileChange, 'additions' | 'deletions' | 'patch'>;

/** What changed between two trees or commits; `from` null compares with nothing. Renames are found. */
export async function diffTrees(
  gitDir: string,
  from: string | null,
  to: string,
): Promise<readonly FileChange[]> {
  const sides = [from ?? EMPTY_TREE, to];
  const flags = ['-r', '-M', '--no-ext-diff', '--no-textconv', '--no-color'];
  const [lists, patches] = await Promise.all([
    runGit({
      gitDir,
      args: ['diff-tree', ...flags, '--raw', '--numstat', '-z', '--no-abbrev', ...sides],
    }),
    runGit({
      gitDir,
      args: ['diff-tree', ...flags, '-p', ...sides],
      truncateAt: PATCHES_BYTES_MAX,
    }),
  ]);
  const { entries, counts } = parseLists(lists.stdout.toString('utf8'));
  // Lines of content start with a sign of their own, so this can only be a header.
  const texts = patches.stdout.toString('utf8').split(/^(?=diff --git )/m);
  const cut = patches.stdout.length >= PATCHES_BYTES_MAX ? texts.length - 1 : texts.length;
  return entries.map((entry, i) => ({
    ...entry,
    ...(counts[i] ?? { additions: 0, deletions: 0 }),
    patch: i < cut ? takePatch(texts[i] ?? '') : undefined,
  }));
}

interface Counts {
  readonly additions: number;
  readonly deletions: number;
}

function parseLists(text: string): { entries: readonly Entry[]; counts: readonly Counts[] } {
  const fields = text.split('\0').values();
  const entries: Entry[] = [];
  const counts: Counts[] = [];
  const next = () => fields.next().value ?? '';
  for (const field of fields) {
    if (field.startsWith(':')) {
      const path = next();
      const isMove = / [RC]\d*$/.test(field);
      entries.push(toEntry(field, path, isMove ? next() : undefined));
    } else if (field !== '') {
      const [additions, deletions, path] = field.split('\t');
      // A renamed file leaves its name empty and says both names after.
      if (path === '') skip(next, 2);
      counts.push({ additions: Number(additions) || 0, deletions: Number(deletions) || 0 });
    }
  }
  return { entries, counts };
}

function skip(next: () => unknown, count: number): void {
  for (let i = 0; i < count; i += 1) next();
}

function toEntry(header: string, path: string, movedTo: string | undefined): Entry {
  const [oldMode = '', mode = '', oldSha = '', sha = '', letter = ''] = header.slice(1).split(' ');
  const isRemoved = letter === 'D';
  return {
    path: movedTo ?? path,
    previousPath: movedTo === undefined ? undefined : path,
    status: toStatus(letter),
    sha: isRemoved || !isSha(sha) ? oldSha : sha,
    mode: isRemoved ? oldMode : mode,
  };
}

function toStatus(letter: string): FileChange['status'] {
  switch (letter.charAt(0)) {
    case 'A':
      return 'added';
    case 'D':
      return 'removed';
    case 'R':
      return 'renamed';
    case 'T':
      return 'changed';
    default:
      return 'modified';
  }
}

function takePatch(text: string): string | undefined {
  const start = text.search(/^@@ /m);
  if (start < 0 || text.length - start > PATCH_CHARS_MAX) return undefined;
  return text.slice(start).replace(/\n$/, '');
}
