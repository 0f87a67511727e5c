import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPostgres } from '#postgres/database.ts';
import { onStop } from '#runner/on-stop.ts';
import { runProcess, startProcess } from '#runner/process.ts';
import { findFreePort } from '../demo/free-port.ts';
import { Exit } from '../exit-code.ts';

/** Where Debian, Ubuntu and others keep the server's programs. */
const folders = [18, 17, 16, 15].map((version) => `/usr/lib/postgresql/${version}/bin`);
const account = 'postgres';

/** A PostgreSQL server of this measurement alone. */
export interface OwnPostgres {
  readonly url: string;
  /** What `select version()` says, in short. */
  readonly version: string;
  close(): Promise<void>;
}

/**
 * Start a PostgreSQL server in a folder of its own, on a socket there, as it is installed: it waits for the
 * disk at every commit (`fsync` and `synchronous_commit` stay on). As root it runs as the package's
 * own account, because PostgreSQL refuses root.
 *
 * Fails  with `tool` when PostgreSQL is not installed.
 */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const bin = await findServer();
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-postgres-'));
  const as = process.getuid?.() === 0 ? await actAs(folder) : [];
  const data = join(folder, 'data');
  const made = await runProcess(
    [...as, join(bin, 'initdb'), '-D', data, '-U', 'sallyport', '--auth=trust', '-E', 'UTF8'],
    { cwd: folder, environment: { LC_ALL: 'C' } },
  );
  if (made.exitCode !== 0) throw new Exit('tool', `initdb: ${made.stderr.slice(0, 300)}`);
  const port = await findFreePort();
  const place = ['-D', data, '-p', String(port), '-h', '', '-k', folder];
  const server = await startProcess([...as, join(bin, 'postgres'), ...place], { cwd: folder });
  const url = `postgres://sallyport@localhost:${port}/postgres?host=${encodeURIComponent(folder)}`;
  const end = async () => {
    await server.stop('SIGINT');
    await rm(folder, { recursive: true, force: true });
  };
  const forget = onStop(end);
  const close = async () => {
    forget();
    await end();
  };
  try {
    return { url, version: await untilAnswering(url), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function findServer(): Promise<string> {
  for (const folder of folders) {
    const { exitCode } = await runProcess([join(folder, 'postgres'), '--version']);
    if (exitCode === 0) return folder;
  }
  throw new Exit('tool', `expected PostgreSQL in one of ${folders.join(', ')}: install postgresql`);
}

/** `setpriv` replaces itself with the program, so a signal reaches the server. */
async function actAs(folder: string): Promise<readonly string[]> {
  const idOf = async (flag: string) =>
    Number(Buffer.from((await runProcess(['id', flag, account])).stdout).toString());
  const [uid, gid] = [await idOf('-u'), await idOf('-g')];
  if (!uid || !gid) throw new Exit('tool', `expected the account ${account} of the package`);
  await chown(folder, uid, gid);
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
}

async function untilAnswering(url: string): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const database = await openPostgres(url);
      const [row] = await database.query<{ version: string }>('show server_version');
      await database.close();
      return Object.values(row ?? {}).join('');
    } catch (error) {
      if (attempt > 300) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
