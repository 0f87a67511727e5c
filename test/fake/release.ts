import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Release } from '#cli/demo/release-repository.ts';
import { buildReleaseRepository, readRelease } from '#cli/demo/release-repository.ts';
import { sha256 } from '#model/digest.ts';

const cache = fileURLToPath(new URL('../../node_modules/.cache/sallyport/', import.meta.url));
const prefix = 'release-';

/** The product's release as a bare repository that many factories are opened on; only read. */
export async function readTestRelease(): Promise<Release> {
  const gitDir = join(cache, `${prefix}${await releaseKey()}.git`);
  const sha = await readFile(join(gitDir, 'sallyport-sha'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    },
  );
  return sha === undefined ? build(gitDir) : { gitDir, sha };
}

/** Make the release when there is none of today's actions. Called once, before any test. */
export async function prepareTestRelease(): Promise<void> {
  await readTestRelease();
}

async function releaseKey(): Promise<string> {
  const files = Object.entries(await readRelease()).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(files.map(([path, { content }]) => `${path} ${sha256(content)}`).join('\n')).slice(
    0,
    16,
  );
}

async function build(gitDir: string): Promise<Release> {
  await mkdir(dirname(gitDir), { recursive: true });
  for (const name of await readdir(cache)) {
    if (name.startsWith(prefix)) await rm(join(cache, name), { recursive: true, force: true });
  }
  // Made beside and renamed: another process never reads half a release.
  const draft = join(cache, `draft-${prefix}${process.pid}.git`);
  const { sha } = await buildReleaseRepository(draft);
  await writeFile(join(draft, 'sallyport-sha'), sha);
  await rename(draft, gitDir);
  return { gitDir, sha };
}
