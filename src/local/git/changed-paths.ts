import { readById } from './find-object.ts';
import { fromRawName, parseTree, type RawEntry, typeOfMode } from './tree-format.ts';

/** GitHub cuts long lists as well; nobody reads further. */
const PATHS_MAX = 3000;

/** Paths of files that differ between two trees; a renamed file is one removed and one added. */
export interface ChangedPaths {
  readonly added: string[];
  readonly removed: string[];
  readonly modified: string[];
}

/** Compare two trees by their ids; `from` null compares with nothing. Equal folders are not read. */
export async function listChangedPaths(
  gitDir: string,
  from: string | null,
  to: string,
): Promise<ChangedPaths> {
  const changed: ChangedPaths = { added: [], removed: [], modified: [] };
  const open = [{ folder: '', from: from ?? undefined, to: to as string | undefined }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { folder } = next;
    const [old, now] = [await readTree(gitDir, next.from), await readTree(gitDir, next.to)];
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const [one, other] = [old.get(name), now.get(name)];
      if (one?.sha === other?.sha && one?.mode === other?.mode) continue;
      const path = `${folder}${fromRawName(name)}`;
      addFile(changed, path, isFile(one), isFile(other));
      const below = { folder: `${path}/`, from: folderOf(one), to: folderOf(other) };
      if (below.from !== undefined || below.to !== undefined) open.push(below);
    }
    if (Object.values(changed).some((paths) => paths.length > PATHS_MAX)) break;
  }
  for (const paths of Object.values(changed)) paths.sort();
  return changed;
}

function addFile(changed: ChangedPaths, path: string, was: boolean, is: boolean): void {
  if (was && is) changed.modified.push(path);
  else if (was) changed.removed.push(path);
  else if (is) changed.added.push(path);
}

function isFile(entry: RawEntry | undefined): boolean {
  return entry !== undefined && typeOfMode(entry.mode) !== 'tree';
}

function folderOf(entry: RawEntry | undefined): string | undefined {
  return entry !== undefined && typeOfMode(entry.mode) === 'tree' ? entry.sha : undefined;
}

async function readTree(
  gitDir: string,
  sha: string | undefined,
): Promise<ReadonlyMap<string, RawEntry>> {
  const tree = sha === undefined ? undefined : await readById(gitDir, sha);
  if (tree?.type !== 'tree') return new Map();
  return new Map(parseTree(tree.bytes).map((entry) => [entry.name, entry]));
}
