import { Fault } from '#model/fault.ts';
import { readById } from './find-object.ts';
import { writeLoose } from './loose-object.ts';
import { EMPTY_TREE } from './name.ts';
import { FOLDER_MODE, formatTree, parseTree, toRawName, typeOfMode } from './tree-format.ts';

/** One change of a tree: `sha` null deletes the path, with everything below it. */
export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  readonly sha: string | null;
}

/** A folder that was opened, because something below it changes. */
interface Folder {
  readonly entries: Map<string, Entry>;
}
interface Stored {
  readonly mode: string;
  readonly sha: string;
}
type Entry = Folder | Stored;

/**
 * Store a tree made of a base and changes, applied in their order; returns its id. A file gives way
 * to a folder of its name and the other way round; folders that end empty are left out, as git's
 * index does. Only folders on the way to a change are read.
 */
export async function editTree(
  gitDir: string,
  baseTree: string | null,
  changes: readonly TreeChange[],
): Promise<string> {
  const root = baseTree === null ? emptyFolder() : await openFolder(gitDir, baseTree);
  for (const change of changes) await apply(gitDir, root, change);
  return (await store(gitDir, root)) ?? writeLoose(gitDir, 'tree', new Uint8Array());
}

async function apply(gitDir: string, root: Folder, change: TreeChange): Promise<void> {
  const parts = toRawName(change.path).split('/');
  const name = parts.pop() ?? '';
  // A tree without entries is no entry of another.
  const isGone = change.sha === null || change.sha === EMPTY_TREE;
  let folder: Folder | undefined = root;
  for (const part of parts) {
    folder = await enter(gitDir, folder, part, !isGone);
    if (folder === undefined) return;
  }
  if (change.sha === null || isGone) folder.entries.delete(name);
  else folder.entries.set(name, { mode: change.mode.replace(/^0+/, ''), sha: change.sha });
}

async function enter(
  gitDir: string,
  folder: Folder,
  name: string,
  isNeeded: boolean,
): Promise<Folder | undefined> {
  const entry = folder.entries.get(name);
  if (entry !== undefined && 'entries' in entry) return entry;
  const isFolder = entry !== undefined && typeOfMode(entry.mode) === 'tree';
  if (!isFolder && !isNeeded) return undefined;
  const opened = isFolder ? await openFolder(gitDir, entry.sha) : emptyFolder();
  folder.entries.set(name, opened);
  return opened;
}

function emptyFolder(): Folder {
  return { entries: new Map() };
}

async function openFolder(gitDir: string, sha: string): Promise<Folder> {
  const object = await readById(gitDir, sha);
  if (object?.type !== 'tree') throw new Fault('LOCAL_GITHUB', `There is no tree ${sha}.`);
  return { entries: new Map(parseTree(object.bytes).map((entry) => [entry.name, entry])) };
}

async function store(gitDir: string, folder: Folder): Promise<string | undefined> {
  const kept: { name: string; mode: string; sha: string }[] = [];
  for (const [name, entry] of folder.entries) {
    const sha = 'entries' in entry ? await store(gitDir, entry) : entry.sha;
    if (sha === undefined) continue;
    kept.push({ name, mode: 'entries' in entry ? FOLDER_MODE : entry.mode, sha });
  }
  return kept.length === 0 ? undefined : writeLoose(gitDir, 'tree', formatTree(kept));
}
