import { invalid, optionalText } from '../api/field.ts';
import { type Call, HttpError } from '../api/route.ts';
import { repositoryOf } from '../api/serve-api.ts';
import type { TreeChange } from './edit-tree.ts';
import { canWriteWorkflows, refuseWorkflows } from './git-call.ts';
import { isTreePath } from './name.ts';
import { findTypes, readObject, writeBlob, writeTree } from './object.ts';
import { touchesWorkflows } from './workflow-change.ts';

/** GitHub's limit of one request. */
const ENTRIES_MAX = 100_000;
/** Processes at a time while inline contents are stored. */
const WRITES_AT_ONCE = 4;
const TYPE_BY_MODE: Readonly<Record<string, string>> = {
  '100644': 'blob',
  '100755': 'blob',
  '120000': 'blob',
  '040000': 'tree',
  '160000': 'commit',
};

interface Asked {
  readonly path: string;
  readonly mode: string;
  readonly sha: string | null;
  readonly content: string | undefined;
}

/** Store the tree that the body of `POST git/trees` describes. Throws 422 and 403 as GitHub does. */
export async function buildTree(call: Call): Promise<string> {
  const { gitDir } = repositoryOf(call);
  const asked = readEntries(call);
  if (!canWriteWorkflows(call) && asked.some((entry) => touchesWorkflows(entry.path)))
    throw refuseWorkflows();
  const base = await readBase(call, gitDir);
  await checkObjects(gitDir, asked);
  return writeTree(gitDir, base, await storeContents(gitDir, asked));
}

async function readBase(call: Call, gitDir: string): Promise<string | null> {
  const name = optionalText(call.body, 'base_tree');
  if (name === undefined) return null;
  const tree = /^[0-9a-f]{40}$/.test(name) ? await readObject(gitDir, `${name}^{tree}`) : undefined;
  if (tree?.type !== 'tree') throw new HttpError(422, 'tree.base_tree is not a valid tree oid');
  return tree.sha;
}

function readEntries(call: Call): readonly Asked[] {
  const { tree } = call.body;
  if (!Array.isArray(tree) || tree.length === 0 || tree.length > ENTRIES_MAX)
    throw new HttpError(422, 'Invalid tree info');
  return tree.map(readEntry);
}

function readEntry(value: unknown): Asked {
  if (typeof value !== 'object' || value === null) throw new HttpError(422, 'Invalid tree info');
  const { path, mode, sha, content } = value as Readonly<Record<string, unknown>>;
  if (typeof path !== 'string' || !isTreePath(path))
    throw new HttpError(422, 'tree.path contains a malformed path component');
  if (typeof mode !== 'string' || !Object.hasOwn(TYPE_BY_MODE, mode))
    throw new HttpError(422, 'Must supply a valid tree.mode');
  if (typeof content === 'string' && sha === undefined && TYPE_BY_MODE[mode] === 'blob')
    return { path, mode, sha: null, content };
  if (sha !== null && typeof sha !== 'string')
    throw invalid('tree', 'missing_field', 'Must supply either tree.sha or tree.content');
  return { path, mode, sha, content: undefined };
}

async function checkObjects(gitDir: string, asked: readonly Asked[]): Promise<void> {
  // A submodule's commit lives elsewhere.
  const named = asked.flatMap(({ sha, mode }) =>
    sha === null || mode === '160000' ? [] : [{ sha, mode }],
  );
  const types = await findTypes(
    gitDir,
    named.map(({ sha }) => sha),
  );
  for (const [i, { sha, mode }] of named.entries()) {
    const wanted = TYPE_BY_MODE[mode];
    if (types[i] !== wanted) throw new HttpError(422, `tree.sha ${sha} is not a valid ${wanted}`);
  }
}

async function storeContents(
  gitDir: string,
  asked: readonly Asked[],
): Promise<readonly TreeChange[]> {
  const changes: TreeChange[] = [];
  for (let at = 0; at < asked.length; at += WRITES_AT_ONCE) {
    const group = asked
      .slice(at, at + WRITES_AT_ONCE)
      .map(async ({ path, mode, sha, content }) => ({
        path,
        mode,
        sha: content === undefined ? sha : await writeBlob(gitDir, Buffer.from(content)),
      }));
    changes.push(...(await Promise.all(group)));
  }
  return changes;
}
