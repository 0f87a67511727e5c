import { DatabaseSync } from 'node:sqlite';
import { Fault } from '#model/fault.ts';

/** A folder that is ours until this is called. */
export type ReleaseFolder = () => void;

/**
 * Take the embedded database's folder for this process: PGlite has no lock of its own, and two
 * processes on one folder corrupt it. Node offers no file lock, but its SQLite holds one of the
 * kernel's on an empty file beside the folder, which ends with the process however that ends: a
 * file with a process id in it would outlive `kill -9` and could name somebody else in a container.
 *
 * Fails  with STORE_UNAVAILABLE while another opening, in this process or not, holds the folder.
 */
export function lockFolder(dataDir: string): ReleaseFolder {
  const file = `${dataDir}.lock`;
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(file, { timeout: 0 });
    // Without a journal on disk nothing is written, and nothing is left to be recovered.
    lock.exec('pragma journal_mode = memory; begin exclusive');
    const held = lock;
    return () => held.close();
  } catch (cause) {
    lock?.close();
    throw new Fault('STORE_UNAVAILABLE', toSentence(dataDir, file, cause), { cause });
  }
}

/** SQLite's SQLITE_BUSY: somebody else holds the lock (sqlite.org/rescode.html). */
const busy = 5;

function toSentence(dataDir: string, file: string, cause: unknown): string {
  if ((cause as { errcode?: unknown }).errcode !== busy) {
    return `cannot lock the embedded database in ${dataDir}: expected to be able to write ${file}`;
  }
  return (
    `the embedded database in ${dataDir} is in use by another process, which is most likely the App: ` +
    'stop that first, or set DATABASE_URL to a PostgreSQL server, which both can use at once'
  );
}
