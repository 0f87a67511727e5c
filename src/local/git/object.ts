import { Fault } from '#model/fault.ts';
import { editTree, type TreeChange } from './edit-tree.ts';
import { findByName, peel, readById, readHeader } from './find-object.ts';
import { runGit } from './git.ts';
import { type GitObject, isObjectType, writeLoose } from './loose-object.ts';
import { isRevision } from './name.ts';
import { formatSignature, parseSignature, type Signature } from './signature.ts';
import { fromRawName, parseTree, typeOfMode } from './tree-format.ts';

/**
 * Read objects by name (`sha`, `rev:path`); undefined where there is none. A name that git could
 * read as anything but a revision is missing. Simple names need no process; the others share one.
 */
export async function readObjects(
  gitDir: string,
  names: readonly string[],
): Promise<readonly (GitObject | undefined)[]> {
  const asked = [...new Set(names.filter(isObjectName))];
  const answers = await Promise.all(asked.map((name) => findByName(gitDir, name)));
  const hard = asked.filter((_, i) => answers[i] === 'ask-git');
  const found = new Map<string, GitObject>(await askGit(gitDir, hard));
  for (const [i, name] of asked.entries()) {
    const object = answers[i];
    if (object !== undefined && object !== 'ask-git') found.set(name, object);
  }
  return names.map((name) => found.get(name));
}

function isObjectName(name: string): boolean {
  return isRevision(name.split(':', 1)[0] ?? '') && !name.includes('\0');
}

async function askGit(
  gitDir: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, GitObject>> {
  if (names.length === 0) return new Map();
  const { stdout } = await runGit({
    gitDir,
    args: ['cat-file', '--batch', '-z'],
    stdin: names.map((name) => `${name}\0`).join(''),
  });
  return parseBatch(stdout, names);
}

function parseBatch(output: Buffer, asked: readonly string[]): Map<string, GitObject> {
  const found = new Map<string, GitObject>();
  let at = 0;
  for (const name of asked) {
    const missing = Buffer.from(`${name} `);
    const end = output.indexOf('\n', at);
    const header = output.subarray(at, end).toString('latin1');
    const [, sha = '', type = '', size] = /^([0-9a-f]{40}) (\w+) (\d+)$/.exec(header) ?? [];
    if (!isObjectType(type)) {
      // "<name> missing" or "<name> ambiguous"; the name itself may hold line breaks.
      at = output.indexOf('\n', at + missing.length) + 1;
      continue;
    }
    const start = end + 1;
    at = start + Number(size) + 1;
    found.set(name, { sha, type, bytes: output.subarray(start, at - 1) });
  }
  return found;
}

/** The types of objects by full id, without reading them; undefined for none. */
export async function findTypes(
  gitDir: string,
  shas: readonly string[],
): Promise<readonly (string | undefined)[]> {
  const headers = await Promise.all(shas.map((sha) => readHeader(gitDir, sha)));
  return headers.map((header) => header?.type);
}

/** One object, or undefined. */
export async function readObject(gitDir: string, name: string): Promise<GitObject | undefined> {
  return (await readObjects(gitDir, [name]))[0];
}

/** A commit in parts; dates are ISO 8601 in UTC. */
export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Required<Signature>;
  readonly committer: Required<Signature>;
  readonly message: string;
}

/** The bytes of a blob, or undefined when there is none of that id. */
export async function readBlob(gitDir: string, sha: string): Promise<Buffer | undefined> {
  const object = await readObject(gitDir, sha);
  return object?.type === 'blob' ? object.bytes : undefined;
}

/** Store bytes; returns the blob's id. */
export function writeBlob(gitDir: string, bytes: Uint8Array): Promise<string> {
  return writeLoose(gitDir, 'blob', bytes);
}

/** The file at a path of a revision, or undefined when there is no file. */
export async function readBlobAtPath(
  gitDir: string,
  revision: string,
  file: string,
): Promise<{ readonly sha: string; readonly bytes: Buffer } | undefined> {
  const object = await readObject(gitDir, `${revision}:${file}`);
  return object?.type === 'blob' ? { sha: object.sha, bytes: object.bytes } : undefined;
}

/** The commit a branch, tag, short or full id means; undefined when it means none. */
export async function resolveCommit(gitDir: string, ref: string): Promise<string | undefined> {
  if (!isRevision(ref) || ref.includes(':')) return undefined;
  return (await readObject(gitDir, `${ref}^{commit}`))?.sha;
}

/** A commit in parts. Throws `Fault('LOCAL_GITHUB')` when there is none; see `findCommits`. */
export async function readCommit(gitDir: string, sha: string): Promise<Commit> {
  const [commit] = await findCommits(gitDir, [sha]);
  if (!commit) throw new Fault('LOCAL_GITHUB', `There is no commit ${sha} in the repository.`);
  return commit;
}

/** Commits in parts, with one process; undefined where there is none. */
export async function findCommits(
  gitDir: string,
  shas: readonly string[],
): Promise<readonly (Commit | undefined)[]> {
  const objects = await readObjects(gitDir, shas);
  return objects.map((object) => (object?.type === 'commit' ? parseCommit(object) : undefined));
}

/** The parents of a commit; none for what is no commit. */
export async function readParents(gitDir: string, sha: string): Promise<readonly string[]> {
  return (await findCommits(gitDir, [sha]))[0]?.parents ?? [];
}

function parseCommit(object: GitObject): Commit {
  const text = object.bytes.toString('utf8');
  const split = text.indexOf('\n\n');
  const head = (split < 0 ? text : text.slice(0, split)).split('\n');
  const values = (key: string) =>
    head.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  return {
    sha: object.sha,
    tree: values('tree')[0] ?? '',
    parents: values('parent'),
    author: parseSignature(values('author')[0] ?? ''),
    committer: parseSignature(values('committer')[0] ?? ''),
    message: split < 0 ? '' : text.slice(split + 2).replace(/\n$/, ''),
  };
}

/** Store a commit; its tree and parents must exist. Returns its id. */
export function writeCommit(
  gitDir: string,
  commit: {
    readonly tree: string;
    readonly parents: readonly string[];
    readonly message: string;
    readonly author: Signature;
    readonly committer: Signature;
  },
): Promise<string> {
  const text = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${formatSignature(commit.author)}`,
    `committer ${formatSignature(commit.committer)}`,
    '',
    commit.message.replaceAll('\0', ''),
  ].join('\n');
  return writeLoose(gitDir, 'commit', Buffer.from(text));
}

/** One line of a tree; `size` in bytes, null for what is not a blob. */
export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  readonly size: number | null;
}

/** List a tree (`sha`, `rev`, `rev:folder`); recursive lists folders too, as GitHub does. Throws a `Fault` for none. */
export async function readTree(
  gitDir: string,
  treeish: string,
  recursive: boolean,
): Promise<readonly TreeEntry[]> {
  const object = await readObject(gitDir, treeish);
  const tree = object && (await peel(gitDir, object.sha, 'tree'));
  if (!tree) throw new Fault('LOCAL_GITHUB', `There is no tree ${treeish} in the repository.`);
  const entries: TreeEntry[] = [];
  await list(gitDir, tree, '', { recursive, entries });
  return entries;
}

async function list(
  gitDir: string,
  tree: GitObject,
  folder: string,
  into: { readonly recursive: boolean; readonly entries: TreeEntry[] },
): Promise<void> {
  for (const { mode, name, sha } of parseTree(tree.bytes)) {
    const type = typeOfMode(mode);
    const file = `${folder}${fromRawName(name)}`;
    const size = type === 'blob' ? ((await readHeader(gitDir, sha))?.size ?? null) : null;
    into.entries.push({ path: file, mode: mode.padStart(6, '0'), type, sha, size });
    if (type !== 'tree' || !into.recursive) continue;
    const below = await readById(gitDir, sha);
    if (below) await list(gitDir, below, `${file}/`, into);
  }
}

/** Store a tree made of a base (a tree or a commit) and changes, applied in order. Returns its id. */
export async function writeTree(
  gitDir: string,
  baseTree: string | null,
  changes: readonly TreeChange[],
): Promise<string> {
  for (const { sha, mode } of changes) {
    // A submodule's commit lives elsewhere.
    if (sha === null || typeOfMode(mode) === 'commit') continue;
    const header = await readHeader(gitDir, sha);
    if (header?.type !== typeOfMode(mode))
      throw new Fault('LOCAL_GITHUB', `There is no ${typeOfMode(mode)} ${sha}.`);
  }
  const base = baseTree === null ? null : ((await peel(gitDir, baseTree, 'tree'))?.sha ?? baseTree);
  return editTree(gitDir, base, changes);
}
