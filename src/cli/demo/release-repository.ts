import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceFile } from '#local/git/repository.ts';
import { importFolder, initBare } from '#local/git/repository.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** What a runner needs of this product: workflows, actions, and what tells Node they are modules. */
const folders = ['.github/workflows', 'action'];
const files = ['package.json', 'LICENSE'];

/** A release: a bare repository, and the commit in it. */
export interface Release {
  readonly gitDir: string;
  readonly sha: string;
}

/**
 * Put the product's own workflows and bundled actions into a bare repository, as a release would
 * be on GitHub. The commit is what the App trusts and what caller workflows pin.
 */
export async function buildReleaseRepository(gitDir: string): Promise<Release> {
  await initBare(gitDir, 'main');
  const author = { name: 'Sallyport', email: 'releases@sallyport.invalid' };
  const sha = await importFolder(gitDir, 'main', await readRelease(), 'release', author);
  return { gitDir, sha };
}

/** What a release holds, by path. */
export async function readRelease(): Promise<Record<string, SourceFile>> {
  const found: Record<string, SourceFile> = {};
  for (const folder of folders) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile() && !one.name.endsWith('.ts'))) {
      const path = join(entry.parentPath, entry.name);
      found[relative(root, path).split(sep).join('/')] = { content: await readFile(path) };
    }
  }
  for (const file of files) {
    const content = await readFile(join(root, file)).catch(() => undefined);
    if (content) found[file] = { content };
  }
  return found;
}
