import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Fault } from '#model/fault.ts';
import { readGit, runGit } from './git.ts';
import { isRevision, isSha, ZERO_SHA } from './name.ts';
import { formatSignature, parseSignature, type Signature } from './signature.ts';

/** One object as git stores it. */
export interface GitObject {
  readonly sha: string;
  readonly type: 'blob' | 'tree' | 'commit' | 'tag';
  readonly bytes: Buffer;
}

/**
 * Read objects by name (`sha`, `rev:path`) with one process; undefined where there is none. A name
 * that git could read as anything but a revision is missing.
 */
export async function readObjects(
  gitDir: string,
  names: readonly string[],
): Promise<readonly (GitObject | undefined)[]> {
  const asked = names.filter(isObjectName);
  if (asked.length === 0) return names.map(() => undefined);
  const { stdout } = await runGit({
    gitDir,
    args: ['cat-file', '--batch', '-z'],
    stdin: asked.map((name) => `${name}\0`).join(''),
  });
  const found = parseBatch(stdout, asked);
  return names.map((name) => found.get(name));
}

function isObjectName(name: string): boolean {
  return isRevision(name.split(':', 1)[0] ?? '') && !name.includes('\0');
}

function parseBatch(output: Buffer, asked: readonly string[]): Map<string, GitObject> {
  const found = new Map<string, GitObject>();
  let at = 0;
  for (const name of asked) {
    const missing = Buffer.from(`${name} `);
    const end = output.indexOf('\n', at);
    const header = output.subarray(at, end).toString('latin1');
    const match = /^([0-9a-f]{40}) (blob|tree|commit|tag) (\d+)$/.exec(header);
    if (!match) {
      // "<name> missing" or "<name> ambiguous"; the name itself may hold line breaks.
      at = output.indexOf('\n', at + missing.length) + 1;
      continue;
    }
    const [, sha = '', type, size] = match;
    const start = end + 1;
    at = start + Number(size) + 1;
    const bytes = output.subarray(start, at - 1);
    if (type === 'blob' || type === 'tree' || type === 'commit' || type === 'tag')
      found.set(name, { sha, type, bytes });
  }
  return found;
}

/** The types of objects by full id, with one process and without reading them; undefined for none. */
export async function findTypes(
  gitDir: string,
  shas: readonly string[],
): Promise<readonly (string | undefined)[]> {
  if (shas.length === 0) return [];
  const asked = shas.map((sha) => `${isSha(sha) ? sha : ZERO_SHA}\n`).join('');
  const text = await readGit({ gitDir, args: ['cat-file', '--batch-check'], stdin: asked });
  return text.split('\n').map((line) => /^[0-9a-f]{40} (\w+) \d+$/.exec(line)?.[1]);
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
  return readGit({ gitDir, args: ['hash-object', '-w', '--stdin'], stdin: bytes });
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
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
  const { code, stdout } = await runGit({ gitDir, args, codes: [0, 1, 128] });
  // rev-parse repeats the marker before it answers.
  const sha = stdout.toString('latin1').trim().split('\n').at(-1) ?? '';
  return code === 0 && /^[0-9a-f]{40}$/.test(sha) ? sha : undefined;
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
  return readGit({ gitDir, args: ['hash-object', '-t', 'commit', '-w', '--stdin'], stdin: text });
}

/** One line of a tree; `size` in bytes, null for what is not a blob. */
export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  readonly size: number | null;
}

/** One change of a tree: `sha` null deletes the path, with everything below it. */
export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  readonly sha: string | null;
}

/** List a tree (`sha`, `rev`, `rev:folder`); recursive lists folders too, as GitHub does. Throws a `Fault` for none. */
export async function readTree(
  gitDir: string,
  treeish: string,
  recursive: boolean,
): Promise<readonly TreeEntry[]> {
  const flags = recursive ? ['-r', '-t'] : [];
  const { stdout } = await runGit({
    gitDir,
    args: ['ls-tree', '-z', '-l', '--full-tree', ...flags, '--end-of-options', treeish],
  });
  return stdout.toString('utf8').split('\0').filter(Boolean).map(parseEntry);
}

function parseEntry(line: string): TreeEntry {
  const tab = line.indexOf('\t');
  const [mode = '', type = '', sha = '', size = '-'] = line.slice(0, tab).split(/ +/);
  return {
    path: line.slice(tab + 1),
    mode,
    type: type === 'tree' || type === 'commit' ? type : 'blob',
    sha,
    size: size === '-' ? null : Number(size),
  };
}

/** Store a tree made of a base and changes, in an index of its own. Returns its id. */
export async function writeTree(
  gitDir: string,
  baseTree: string | null,
  entries: readonly TreeChange[],
): Promise<string> {
  const index = path.join(tmpdir(), `local-git-${randomUUID()}.index`);
  const env = { GIT_INDEX_FILE: index };
  const changes = await expand(gitDir, baseTree, entries);
  try {
    if (baseTree !== null) await runGit({ gitDir, args: ['read-tree', baseTree], env });
    await runGit({
      gitDir,
      args: ['update-index', '--add', '--replace', '-z', '--index-info'],
      stdin: changes.map(formatChange).join(''),
      env,
    });
    return await readGit({ gitDir, args: ['write-tree'], env });
  } finally {
    await rm(index, { force: true });
  }
}

function formatChange(change: TreeChange): string {
  return change.sha === null
    ? `0 ${ZERO_SHA}\t${change.path}\0`
    : `${change.mode} ${change.sha}\t${change.path}\0`;
}

/** The index holds files alone: whole folders are taken apart, to be added or deleted. */
async function expand(
  gitDir: string,
  baseTree: string | null,
  entries: readonly TreeChange[],
): Promise<readonly TreeChange[]> {
  const isFolder = (entry: TreeChange) => /^0?40000$/.test(entry.mode) && entry.sha !== null;
  if (!entries.some((entry) => entry.sha === null || isFolder(entry))) return entries;
  const base = baseTree === null ? [] : await readTree(gitDir, baseTree, true);
  const changes: TreeChange[] = [];
  for (const entry of entries) {
    if (entry.sha !== null && !isFolder(entry)) {
      changes.push(entry);
      continue;
    }
    const gone = base.filter(
      (each) =>
        each.type !== 'tree' &&
        (each.path === entry.path || each.path.startsWith(`${entry.path}/`)),
    );
    changes.push(...gone.map((each) => ({ ...each, sha: null })));
    if (entry.sha === null) continue;
    const added = await readTree(gitDir, entry.sha, true);
    changes.push(
      ...added
        .filter((each) => each.type !== 'tree')
        .map((each) => ({ ...each, path: `${entry.path}/${each.path}` })),
    );
  }
  return changes;
}
