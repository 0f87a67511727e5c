import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Fault } from '#model/fault.ts';
import { readGit, runGit } from './git.ts';
import { isRefName } from './name.ts';
import { readRef } from './ref.ts';
import { formatSignature, type Signature } from './signature.ts';

/** What stands at one path of a folder that is imported. */
export interface SourceFile {
  readonly content: Uint8Array | string;
  readonly mode?: '100644' | '100755' | '120000';
}

/** Make an empty bare repository without template files; hooks never run in it. */
export async function initBare(dir: string, defaultBranch: string): Promise<void> {
  await mkdir(path.dirname(dir), { recursive: true });
  await runGit({
    args: ['init', '--bare', '--quiet', '--template=', `--initial-branch=${defaultBranch}`, dir],
  });
}

/**
 * Commit a folder, or a record of files, on a branch: the tree is exactly the source, the parent is
 * the branch's commit when there is one. Exec bits and symbolic links stay; `.git` is left out.
 */
// biome-ignore lint/complexity/useMaxParams: the contract that the seeds were written against.
export async function importFolder(
  gitDir: string,
  branch: string,
  source: string | Readonly<Record<string, SourceFile>>,
  message: string,
  author: Signature,
): Promise<string> {
  const ref = `refs/heads/${branch}`;
  if (!isRefName(ref)) throw new Fault('LOCAL_GITHUB', `"${branch}" cannot be a branch name.`);
  const files = typeof source === 'string' ? await readFolder(source) : Object.entries(source);
  const parent = await readRef(gitDir, ref);
  const who = formatSignature(author);
  const parts: Uint8Array[] = [
    Buffer.from(`commit ${ref}\nmark :1\nauthor ${who}\ncommitter ${who}\n`),
    ...data(Buffer.from(message)),
    Buffer.from(`${parent ? `from ${parent.sha}\n` : ''}deleteall\n`),
  ];
  for (const [name, file] of files) {
    parts.push(Buffer.from(`M ${file.mode ?? '100644'} inline ${quote(name)}\n`));
    parts.push(...data(Buffer.from(file.content)));
  }
  parts.push(Buffer.from('get-mark :1\ndone\n'));
  return readGit({
    gitDir,
    args: ['fast-import', '--quiet', '--done', '--date-format=raw'],
    stdin: Buffer.concat(parts),
  });
}

/**
 * Copy a repository of this machine into a new bare one, over git's own transport: nothing is shared
 * with the source, no hook runs, and the source is only read, whoever owns it.
 */
export async function cloneBare(source: string, dir: string): Promise<void> {
  const home = await mkdtemp(path.join(tmpdir(), 'local-git-'));
  try {
    // Settings in the environment do not reach the reading side of a clone; a file does.
    const config = path.join(home, 'gitconfig');
    await writeFile(config, '[safe]\n\tdirectory = *\n');
    const args = ['--bare', '--quiet', '--no-local', '--no-hardlinks', '--template='];
    await runGit({
      args: ['clone', ...args, '--', path.resolve(source), dir],
      env: { GIT_CONFIG_GLOBAL: config, HOME: home },
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
  await runGit({ gitDir: dir, args: ['config', '--remove-section', 'remote.origin'] });
}

/** One value of a fast-import stream, with its length before it. */
export function data(bytes: Uint8Array): readonly Uint8Array[] {
  return [Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')];
}

/** The C-style quotes of fast-import: a path may hold any byte but NUL. */
export function quote(name: string): string {
  const escaped = name.replace(/["\\\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));
  return `"${escaped}"`;
}

async function readFolder(
  root: string,
  below = '',
): Promise<readonly (readonly [string, SourceFile])[]> {
  const found: (readonly [string, SourceFile])[] = [];
  const entries = await readdir(path.join(root, below), { withFileTypes: true });
  for (const entry of entries) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    const full = path.join(root, name);
    if (entry.name.toLowerCase() === '.git') continue;
    if (entry.isDirectory()) found.push(...(await readFolder(root, name)));
    else if (entry.isSymbolicLink())
      found.push([name, { content: await readlink(full), mode: '120000' }]);
    else if (entry.isFile()) {
      const isExecutable = ((await stat(full)).mode & 0o100) !== 0;
      const mode = isExecutable ? '100755' : '100644';
      found.push([name, { content: await readFile(full), mode }]);
    }
  }
  return found;
}
