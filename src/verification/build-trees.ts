import { join } from 'node:path';
import type { ChangeEntry } from '#model/change-set.ts';
import { Fault } from '#model/fault.ts';
import type { CellName } from '#model/verify-record.ts';
import { configKindOf } from './config-file.ts';
import { matchesAny } from './glob.ts';
import type { LoadedChangeSet } from './load-change-set.ts';
import type { Git } from './verification-deps.ts';

/** The git trees of the four cells, in an object store of our own. */
export interface Trees {
  readonly store: TreeStore;
  readonly trees: Readonly<Record<CellName, string>>;
}

/** An object store that no checkout has touched, reading the base's objects beside its own. */
export interface TreeStore {
  readonly gitDir: string;
  readonly objects: string;
  readonly git: Git;
  /** Own scratch folder for index files. */
  readonly work: string;
}

/** What the trees are built from. */
export interface TreesOrder {
  /** The base's checkout; only its object store is read. */
  readonly base: string;
  readonly baseSha: string;
  readonly change: LoadedChangeSet;
  /** Which paths are tests, as the base's policy has it. */
  readonly tests: readonly string[];
  readonly work: string;
}

/**
 * Build base and head, and the two mixed trees: `headBase` has the change's code under the base's
 * tests and configuration, `baseHead` the base's code under the change's tests. Configuration is
 * always the base's in a mixed tree: it decides which tests run.
 */
export async function buildTrees(order: TreesOrder, git: Git): Promise<Trees> {
  const { base, baseSha, change, tests, work } = order;
  const gitDir = join(work, 'store.git');
  const store: TreeStore = { gitDir, objects: join(base, '.git', 'objects'), git, work };
  await run(store, ['init', '--quiet', '--bare', '--template=', gitDir]);
  const baseTree = (await run(store, ['rev-parse', '--verify', `${baseSha}^{tree}`])).trim();
  const blobs = await writeBlobs(store, change);
  const { entries } = change.changeSet;
  const isTest = (entry: ChangeEntry) => matchesAny(entry.path, tests);
  const isConfig = (entry: ChangeEntry) => configKindOf(entry.path) !== null;
  const build = (name: string, some: readonly ChangeEntry[]) =>
    some.length === 0 ? baseTree : writeTree(store, { name, baseTree, entries: some, blobs });
  return {
    store,
    trees: {
      baseBase: baseTree,
      headBase: await build(
        'head-base',
        entries.filter((one) => !isTest(one) && !isConfig(one)),
      ),
      baseHead: await build(
        'base-head',
        entries.filter((one) => isTest(one) && !isConfig(one)),
      ),
      headHead: await build('head-head', entries),
    },
  };
}

/** Run git on the store; git that fails here is a broken machine or a broken base, not a refusal. */
export async function run(
  store: TreeStore,
  argv: readonly string[],
  options: {
    readonly input?: Uint8Array;
    readonly indexFile?: string;
    readonly workTree?: string;
  } = {},
): Promise<string> {
  return new TextDecoder().decode(await runBytes(store, argv, options));
}

/** The same with raw output, for paths and blobs. */
export async function runBytes(
  { git, gitDir, objects }: TreeStore,
  argv: readonly string[],
  options: {
    readonly input?: Uint8Array;
    readonly indexFile?: string;
    readonly workTree?: string;
  } = {},
): Promise<Uint8Array> {
  const { exitCode, stdout, stderr } = await git(argv, { gitDir, objects, ...options });
  if (exitCode === 0) return stdout;
  throw new Fault(
    'TOOL_MISSING',
    `expected git ${argv[0]} to end with 0, got ${exitCode}: ${stderr.slice(0, 500)}`,
  );
}

/** The change's contents as git blobs, exactly as they are: no filter, no line-end conversion. */
async function writeBlobs(
  store: TreeStore,
  { changeSet, blobPath }: LoadedChangeSet,
): Promise<ReadonlyMap<string, string>> {
  const shas = [
    ...new Set(changeSet.entries.flatMap((one) => (one.op === 'put' ? one.sha256 : []))),
  ];
  if (shas.length === 0) return new Map();
  const input = Buffer.from(`${shas.map(blobPath).join('\n')}\n`);
  const written = await run(store, ['hash-object', '-w', '--no-filters', '--stdin-paths'], {
    input,
  });
  const names = written.trimEnd().split('\n');
  return new Map(shas.map((sha, at) => [sha, names[at] ?? '']));
}

async function writeTree(
  store: TreeStore,
  order: {
    readonly name: string;
    readonly baseTree: string;
    readonly entries: readonly ChangeEntry[];
    readonly blobs: ReadonlyMap<string, string>;
  },
): Promise<string> {
  const indexFile = join(store.work, `${order.name}.index`);
  await run(store, ['read-tree', order.baseTree], { indexFile });
  const removes = order.entries
    .filter((one) => one.op === 'delete')
    .map(({ path }) => `0 ${'0'.repeat(40)}\t${path}\0`);
  const puts = order.entries.flatMap((one) =>
    one.op === 'put' ? [`${one.mode} ${order.blobs.get(one.sha256)}\t${one.path}\0`] : [],
  );
  const input = Buffer.from([...removes, ...puts].join(''));
  await run(store, ['update-index', '--replace', '-z', '--index-info'], { indexFile, input });
  return (await run(store, ['write-tree'], { indexFile })).trim();
}

/** Lay a tree out in a fresh folder, as a checkout of it would be. */
export async function layOut(store: TreeStore, tree: string, folder: string): Promise<void> {
  const indexFile = `${folder}.index`;
  await run(store, ['read-tree', tree], { indexFile });
  await run(store, ['checkout-index', '--all', '--force', '--quiet'], {
    indexFile,
    workTree: folder,
  });
}
