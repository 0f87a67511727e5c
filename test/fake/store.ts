import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { sha256 } from '#model/digest.ts';
import type { Database } from '#postgres/database.ts';
import { openPglite } from '#postgres/database.ts';
import { migrate } from '#postgres/migrate.ts';

const migrations = new URL('../../src/postgres/migration/', import.meta.url);
const cache = new URL('../../node_modules/.cache/sallyport/', import.meta.url);
const prefix = 'store-';

/**
 * An empty store with today's schema, in memory: real PostgreSQL, opened from a prepared template,
 * which saves the seconds that making a database takes. Each call is a store of its own; close it.
 */
export async function openTestStore(): Promise<Database> {
  return openPglite(undefined, await readTestStore());
}

/** Make the template when there is none for today's migrations. Called once, before any test. */
export async function prepareTestStore(): Promise<void> {
  await readTestStore();
}

/** The template itself, for a whole App. */
export async function readTestStore(): Promise<Blob> {
  const file = new URL(`${prefix}${await templateKey()}.tar`, cache);
  const kept = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return kept ? new Blob([kept]) : makeTemplate(file);
}

/** Changes with the migrations and with the version of PGlite, whose files it holds. */
async function templateKey(): Promise<string> {
  const names = (await readdir(migrations)).filter((name) => name.endsWith('.sql')).sort();
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, migrations), 'utf8')));
  const lock = await readFile(
    new URL('../../node_modules/@electric-sql/pglite/package.json', import.meta.url),
    'utf8',
  );
  return sha256([lock, ...names, ...texts].join('\0')).slice(0, 16);
}

async function makeTemplate(file: URL): Promise<Blob> {
  const database = await openPglite();
  if (!('pglite' in database.shared)) throw new Error('expected PGlite for the template');
  await migrate(database);
  const dump = await database.shared.pglite.dumpDataDir('none');
  await database.close();
  await removeOldTemplates();
  await mkdir(cache, { recursive: true });
  // Written beside and renamed: another process never reads half a template.
  const draft = `${fileURLToPath(file)}.${process.pid}`;
  await writeFile(draft, new Uint8Array(await dump.arrayBuffer()));
  await rename(draft, file);
  return dump;
}

async function removeOldTemplates(): Promise<void> {
  const names = await readdir(cache).catch(() => []);
  await Promise.all(
    names
      .filter((name) => name.startsWith(prefix) && name.endsWith('.tar'))
      .map((name) => rm(new URL(name, cache), { force: true })),
  );
}
