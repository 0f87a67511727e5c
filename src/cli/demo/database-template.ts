import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPglite } from '#postgres/database.ts';

/** Kept beside the packages: it belongs to this version of PGlite and goes with it. */
const file = fileURLToPath(
  new URL('../../../node_modules/.cache/sallyport/empty-database.tar', import.meta.url),
);

/**
 * An empty embedded database as a file, made at the first demo: making one takes seconds, opening
 * a copy a fraction of one. The schema is not in it; migrations run as always.
 */
export async function readDatabaseTemplate(): Promise<Blob> {
  const kept = await readFile(file).catch(() => undefined);
  return kept ? new Blob([kept]) : makeTemplate();
}

async function makeTemplate(): Promise<Blob> {
  const database = await openPglite();
  if (!('pglite' in database.shared)) throw new TypeError('expected the embedded database');
  const dump = await database.shared.pglite.dumpDataDir('none');
  await database.close();
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, new Uint8Array(await dump.arrayBuffer()));
  await rename(draft, file);
  return dump;
}
