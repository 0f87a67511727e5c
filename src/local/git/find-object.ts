import {
  type GitObject,
  type ObjectHeader,
  type ObjectType,
  readLoose,
  readLooseHeader,
} from './loose-object.ts';
import { isSha } from './name.ts';
import { readPacked, readPackedHeader } from './packed-object.ts';
import { resolveName } from './ref-file.ts';
import { parseTree, type RawEntry, toRawName } from './tree-format.ts';

/** Tags may point at tags; nobody nests them deeper than this. */
const TAGS_MAX = 10;

/** One object by its full id, loose or packed; undefined for none. */
export async function readById(gitDir: string, sha: string): Promise<GitObject | undefined> {
  if (!isSha(sha)) return undefined;
  return (await readLoose(gitDir, sha)) ?? (await readPacked(gitDir, sha));
}

/** The type and size of one object by its full id, without reading it; undefined for none. */
export async function readHeader(gitDir: string, sha: string): Promise<ObjectHeader | undefined> {
  if (!isSha(sha)) return undefined;
  return readLooseHeader(gitDir, sha) ?? readPackedHeader(gitDir, sha);
}

/** Follow tags to an object of a type, and a commit to its tree; undefined when none is there. */
export async function peel(
  gitDir: string,
  sha: string,
  wanted: ObjectType | undefined,
): Promise<GitObject | undefined> {
  let next = sha;
  for (let step = 0; step < TAGS_MAX; step += 1) {
    const object = await readById(gitDir, next);
    if (!object || wanted === undefined || object.type === wanted) return object;
    const line = object.bytes.toString('latin1', 0, 48).split('\n', 1)[0] ?? '';
    const isOnWay = object.type === 'tag' || (object.type === 'commit' && wanted === 'tree');
    if (!isOnWay) return undefined;
    next = line.replace(/^(object|tree) /, '');
  }
  return undefined;
}

/**
 * One object by a name of the simple kinds: an id, a reference, `name^{tree}`, `name:path`. `ask-git`
 * for a name that only git can tell (a short id, `main~2`, an odd path).
 */
export async function findByName(
  gitDir: string,
  name: string,
): Promise<GitObject | undefined | 'ask-git'> {
  const [, start = '', colon, file = ''] = /^([^:]*)(:?)(.*)$/s.exec(name) ?? [];
  const [, revision = start, suffix] = /^(.+)\^\{(commit|tree)\}$/.exec(start) ?? [];
  const sha = resolveName(gitDir, revision);
  if (sha === undefined || (colon && file !== '' && !isPlainPath(file))) return 'ask-git';
  if (sha === null) return undefined;
  const wanted = suffix === 'commit' || suffix === 'tree' ? suffix : undefined;
  if (!colon) return peel(gitDir, sha, wanted);
  const tree = await peel(gitDir, sha, 'tree');
  return tree && (file === '' ? tree : walk(gitDir, tree, toRawName(file).split('/')));
}

/** Parts such as `.` and `..` mean something else to git than a name. */
function isPlainPath(file: string): boolean {
  return file.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

async function walk(
  gitDir: string,
  root: GitObject,
  parts: readonly string[],
): Promise<GitObject | undefined> {
  let object: GitObject | undefined = root;
  for (const part of parts) {
    if (object?.type !== 'tree') return undefined;
    const entry: RawEntry | undefined = parseTree(object.bytes).find(({ name }) => name === part);
    object = entry && (await readById(gitDir, entry.sha));
  }
  return object;
}
