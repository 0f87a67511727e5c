// References as git's files hold them: one file each, and `packed-refs` for the rest
// (gitrepository-layout). Read at once: such a file costs less than a turn of the event loop.
import { type BigIntStats, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { hasCode, isMissing } from './missing-file.ts';
import { isRefName, isSha } from './name.ts';

/** git follows symbolic references no further. */
const SYMBOLIC_MAX = 5;

/** What a reference's own file says; `symbolic` names another reference. */
export type LooseRef =
  | { readonly kind: 'id'; readonly sha: string }
  | { readonly kind: 'symbolic'; readonly target: string };

/** The file of one reference, or undefined when there is none (or it is being written). */
export function readLooseRef(gitDir: string, ref: string): LooseRef | undefined {
  const text = readText(path.join(gitDir, ref));
  if (text === undefined) return undefined;
  const target = /^ref:\s*(\S+)\s*$/.exec(text)?.[1];
  if (target !== undefined) return { kind: 'symbolic', target };
  const sha = text.slice(0, 40);
  return isSha(sha) ? { kind: 'id', sha } : undefined;
}

/** The id that a full name (`refs/…`, `HEAD`) leads to, or undefined. */
export function resolveRef(gitDir: string, ref: string): string | undefined {
  let name = ref;
  for (let step = 0; step <= SYMBOLIC_MAX; step += 1) {
    if (name !== 'HEAD' && !isRefName(name)) return undefined;
    const found = readLooseRef(gitDir, name);
    if (found?.kind === 'id') return found.sha;
    if (found === undefined) return readPackedRefs(gitDir).get(name);
    name = found.target;
  }
  return undefined;
}

/**
 * The id that a name means by git's rules (gitrevisions): null for none, undefined when only git can
 * tell, as for a short id.
 */
export function resolveName(gitDir: string, name: string): string | null | undefined {
  if (isSha(name)) return name;
  if (name === 'HEAD' || name.startsWith('refs/')) return resolveRef(gitDir, name) ?? null;
  // Capitals could be one of git's own files; the rest is its language of revisions.
  if (/^[A-Z_]+$/.test(name) || !isRefName(`refs/heads/${name}`) || name.includes('@'))
    return undefined;
  for (const folder of ['refs/', 'refs/tags/', 'refs/heads/', 'refs/remotes/']) {
    const sha = resolveRef(gitDir, `${folder}${name}`);
    if (sha !== undefined) return sha;
  }
  return /^([0-9a-f]{4,40}|.*-g[0-9a-f]{4,40})$/i.test(name) ? undefined : null;
}

interface Packed {
  readonly stamp: string;
  readonly refs: ReadonlyMap<string, string>;
}

const packedByRepository = new Map<string, Packed>();
/** Repositories whose packed references are remembered. */
const REMEMBERED_MAX = 100;
const NONE: ReadonlyMap<string, string> = new Map();

/** The packed references by full name. git replaces that file whole, so its stamp tells a change. */
export function readPackedRefs(gitDir: string): ReadonlyMap<string, string> {
  const file = path.join(gitDir, 'packed-refs');
  for (;;) {
    const stamp = stampOf(file);
    if (stamp === undefined) return NONE;
    const known = packedByRepository.get(gitDir);
    if (known?.stamp === stamp) return known.refs;
    const text = readText(file) ?? '';
    // Replaced between the two looks: look again.
    if (stampOf(file) !== stamp) continue;
    const refs = parsePackedRefs(text);
    if (packedByRepository.size >= REMEMBERED_MAX) packedByRepository.clear();
    packedByRepository.set(gitDir, { stamp, refs });
    return refs;
  }
}

function parsePackedRefs(text: string): ReadonlyMap<string, string> {
  const refs = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, sha, ref] = /^([0-9a-f]{40}) (.+)$/.exec(line) ?? [];
    if (sha !== undefined && ref !== undefined) refs.set(ref, sha);
  }
  return refs;
}

function stampOf(file: string): string | undefined {
  const found: BigIntStats | undefined = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found && `${found.ino} ${found.size} ${found.mtimeNs}`;
}

/** Full names of the references below a folder (`refs/heads/`), in git's order, with their ids. */
export function listRefFiles(gitDir: string, folder: string): ReadonlyMap<string, string> {
  // Loose ones first: a reference that is packed meanwhile is packed before its file goes.
  const names = new Set(listLooseNames(gitDir, folder));
  for (const ref of readPackedRefs(gitDir).keys()) if (ref.startsWith(folder)) names.add(ref);
  const found = new Map<string, string>();
  for (const ref of [...names].sort(byBytes)) {
    const sha = resolveRef(gitDir, ref);
    if (sha !== undefined) found.set(ref, sha);
  }
  return found;
}

/** Whether a repository has any reference at all; the branch that HEAD names is looked at first. */
export function hasRefs(gitDir: string): boolean {
  if (resolveRef(gitDir, 'HEAD') !== undefined) return true;
  return listRefFiles(gitDir, 'refs/').size > 0;
}

function listLooseNames(gitDir: string, folder: string): readonly string[] {
  const names: string[] = [];
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const entry of readFolder(path.join(gitDir, next))) {
      const name = `${next}${entry.name}`;
      if (entry.isDirectory()) open.push(`${name}/`);
      else if (isRefName(name)) names.push(name);
    }
  }
  return names;
}

function readFolder(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // A folder of references of that name is no reference; a name too long is nobody's.
    if (isMissing(error) || hasCode(error, 'EISDIR') || hasCode(error, 'ENAMETOOLONG'))
      return undefined;
    throw error;
  }
}
