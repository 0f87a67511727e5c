// What the agent left behind, read with our own git folder and index. The files are hostile: their
// number, sizes, names, kinds and attributes.
import { join } from 'node:path';
import type { ChangeEntry } from '#model/change-set.ts';
import { changeSetLimits } from '#model/change-set.ts';
import type { Sha256 } from '#model/digest.ts';
import { sha256 } from '#model/digest.ts';
import { Fault } from '#model/fault.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import type { AgentDeps, Git } from './agent-deps.ts';
import { type DiffLine, parseDiff } from './parse-diff.ts';
import type { Workspace } from './prepare-workspace.ts';

/** Entries and the bytes they name. */
export interface Collected {
  readonly entries: readonly ChangeEntry[];
  readonly blobs: ReadonlyMap<Sha256, Uint8Array>;
}

type Deps = Pick<AgentDeps, 'git' | 'disk'>;

/**
 * Compare the workspace with the base commit. Ignored files stay out. A sentence when the change
 * cannot be carried: nested repositories, odd names, too many or too large files.
 */
export async function collectChangeSet(
  workspace: Workspace,
  { git, disk }: Deps,
): Promise<Result<Collected, string>> {
  const ours = optionsOf(workspace);
  await disk.remove(join(workspace.folder, '.git'));
  const problem = await checkFiles(workspace, { git, disk });
  if (problem !== null) return refuse(problem);
  const added = await git(['add', '--all', '--', '.'], ours);
  if (added.exitCode !== 0)
    return refuse(`The agent left files that git cannot take: ${firstLine(added.stderr)}`);
  const tree = text(await demand(git, ['write-tree'], ours)).trim();
  const diff = await demand(git, [...diffTree, workspace.baseSha, tree], ours);
  const lines = parseDiff(diff);
  if (!lines.ok) return lines;
  if (lines.value.length > changeSetLimits.entriesMax) {
    return refuse(
      `The agent changed ${lines.value.length} files; at most ${changeSetLimits.entriesMax} are carried: ask for a smaller change, or ignore generated files.`,
    );
  }
  return readEntries(lines.value, workspace, git);
}

const diffTree = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', '--no-ext-diff'];

function optionsOf({ gitDir, objects, folder }: Workspace) {
  return { gitDir, objects, workTree: folder };
}

/** Look before git hashes: a sparse file of a terabyte must not be read. */
async function checkFiles(workspace: Workspace, { git, disk }: Deps): Promise<string | null> {
  const ours = optionsOf(workspace);
  const sizes = await baseSizes(workspace, git);
  const listing = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const paths = text(await demand(git, listing, ours))
    .split('\0')
    .filter(Boolean);
  let newBytes = 0;
  let newFiles = 0;
  for (const path of new Set(paths)) {
    if (path.endsWith('/'))
      return `The agent left a git repository at "${quote(path)}": a change carries files only.`;
    const { kind, bytes } = await disk.stat(join(workspace.folder, path));
    if (kind === 'other')
      return `The agent left "${quote(path)}", which is neither a file nor a link.`;
    if (kind !== 'file' || sizes.get(path) === bytes) continue;
    newFiles += 1;
    newBytes += bytes;
    const { blobBytesMax, bytesMax, entriesMax } = changeSetLimits;
    if (bytes > blobBytesMax)
      return `The agent left "${quote(path)}" with ${bytes} bytes; a file may have ${blobBytesMax}: leave it out, or ignore it.`;
    if (newBytes > bytesMax)
      return `The agent's files have more than ${bytesMax} bytes together: leave generated files out, or ignore them.`;
    if (newFiles > entriesMax)
      return `The agent changed more than ${entriesMax} files: leave generated files out, or ignore them.`;
  }
  return null;
}

async function baseSizes(workspace: Workspace, git: Git): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  const listing = ['ls-tree', '-r', '-z', '--long', workspace.baseSha];
  for (const line of text(await demand(git, listing, optionsOf(workspace))).split('\0')) {
    const match = /^\d+ blob [0-9a-f]+ +(\d+)\t(.*)$/s.exec(line);
    if (match) sizes.set(match[2] ?? '', Number(match[1]));
  }
  return sizes;
}

async function readEntries(
  lines: readonly DiffLine[],
  workspace: Workspace,
  git: Git,
): Promise<Result<Collected, string>> {
  const wanted = [...new Set(lines.flatMap((line) => (line.sha === null ? [] : [line.sha])))];
  const contents = await readBlobs(wanted, workspace, git);
  const blobs = new Map<Sha256, Uint8Array>();
  const entries = lines.map((line): ChangeEntry => {
    if (line.sha === null) return { op: 'delete', path: line.path };
    const bytes = contents.get(line.sha) ?? new Uint8Array();
    const digest = sha256(bytes);
    blobs.set(digest, bytes);
    return { op: 'put', path: line.path, mode: line.mode, sha256: digest, bytes: bytes.length };
  });
  return ok({ entries, blobs });
}

/** `cat-file --batch`: `<sha> blob <size>\n<content>\n` for each name. */
async function readBlobs(
  shas: readonly string[],
  workspace: Workspace,
  git: Git,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  if (shas.length === 0) return found;
  const input = new TextEncoder().encode(`${shas.join('\n')}\n`);
  const bytes = await demand(git, ['cat-file', '--batch'], { ...optionsOf(workspace), input });
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(10, at);
    const match = /^([0-9a-f]{40}) blob (\d+)$/.exec(text(bytes.subarray(at, end)));
    if (end < 0 || !match)
      throw new Fault('PROMISE_BROKEN', 'git did not answer with the blobs it has just written');
    const size = Number(match[2]);
    found.set(match[1] ?? '', bytes.slice(end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return found;
}

async function demand(
  git: Git,
  argv: readonly string[],
  options: Parameters<Git>[1],
): Promise<Uint8Array> {
  const { exitCode, stdout, stderr } = await git(argv, options);
  if (exitCode === 0) return stdout;
  throw new Fault(
    'SANDBOX_UNAVAILABLE',
    `"git ${argv[0]}" on the agent's files ended with ${exitCode}: ${firstLine(stderr)}`,
  );
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function firstLine(message: string): string {
  return quote(message.split('\n', 1)[0] ?? '');
}

function quote(name: string): string {
  return JSON.stringify(name.slice(0, 200)).slice(1, -1);
}
