import { join } from 'node:path';
import { Fault } from '#model/fault.ts';
import type { AgentDeps, Git } from './agent-deps.ts';

/** A private copy of the base for the agent, and our own git folder that the agent never sees. */
export interface Workspace {
  readonly folder: string;
  /** Git folder and object store of ours: what is read afterwards is read with these. */
  readonly gitDir: string;
  readonly objects: string;
  readonly baseSha: string;
}

/**
 * The base's conversions are not made: bytes in are bytes out, and no filter, driver or encoding of
 * a `.gitattributes`, the base's or the agent's, decides what is in the change.
 */
const attributes = '* -text -filter -ident -eol -working-tree-encoding -diff -merge\n';

/**
 * Lay the base commit out in `<scratch>/workspace`, with a fresh `.git` of one commit for the agent's
 * convenience: no remote, no hooks, no credentials. Nothing of ours ever runs on that `.git` again.
 */
export async function prepareWorkspace(
  order: { readonly baseDir: string; readonly baseSha: string; readonly scratch: string },
  { git, disk }: Pick<AgentDeps, 'git' | 'disk'>,
): Promise<Workspace> {
  const folder = join(order.scratch, 'workspace');
  const gitDir = join(order.scratch, 'store.git');
  const objects = join(order.baseDir, '.git', 'objects');
  const workspace = { folder, gitDir, objects, baseSha: order.baseSha };
  await disk.makeFolder(folder);
  await demandGit(git, ['init', '--quiet', '--bare', '--template=', gitDir], { gitDir });
  await disk.makeFolder(join(gitDir, 'info'));
  await disk.write(join(gitDir, 'info', 'attributes'), attributes);
  const ours = { gitDir, objects, workTree: folder };
  await demandGit(git, ['read-tree', order.baseSha], ours);
  await demandGit(git, ['checkout-index', '--all', '--force', '--quiet'], ours);
  await giveRepository(workspace, { git, disk });
  return workspace;
}

async function giveRepository(
  { folder, objects, baseSha }: Workspace,
  { git, disk }: Pick<AgentDeps, 'git' | 'disk'>,
): Promise<void> {
  const gitDir = join(folder, '.git');
  const theirs = { gitDir, objects, workTree: folder };
  await demandGit(git, ['init', '--quiet', '--template=', '--initial-branch=sallyport', folder], {
    gitDir,
  });
  const listing = await demandGit(git, ['ls-tree', '-r', '-t', '-z', baseSha], theirs);
  const tree = await demandGit(git, ['rev-parse', `${baseSha}^{tree}`], theirs);
  const names = listing
    .split('\0')
    .map((line) => /^\d+ (?:blob|tree) ([0-9a-f]{40})\t/.exec(line)?.[1] ?? '')
    .filter(Boolean);
  const input = new TextEncoder().encode([baseSha, tree.trim(), ...names, ''].join('\n'));
  await disk.makeFolder(join(gitDir, 'objects', 'pack'));
  const pack = join(gitDir, 'objects', 'pack', 'pack');
  await demandGit(git, ['pack-objects', '--quiet', pack], { ...theirs, input });
  await disk.write(join(gitDir, 'shallow'), `${baseSha}\n`);
  const own = { gitDir, workTree: folder };
  await demandGit(git, ['update-ref', 'refs/heads/sallyport', baseSha], own);
  await demandGit(git, ['config', 'user.name', 'agent'], own);
  await demandGit(git, ['config', 'user.email', 'agent@sallyport.internal'], own);
  await demandGit(git, ['reset', '--quiet'], own);
}

/** Run git; when it fails here, the machine or the base is broken. */
export async function demandGit(
  git: Git,
  argv: readonly string[],
  options: Parameters<Git>[1],
): Promise<string> {
  const { exitCode, stdout, stderr } = await git(argv, options);
  if (exitCode === 0) return new TextDecoder().decode(stdout);
  throw new Fault(
    'SANDBOX_UNAVAILABLE',
    `"git ${argv[0]}" on the base's copy ended with ${exitCode}: ${stderr.slice(0, 500).trim()}`,
  );
}
