import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '#postgres/database.ts';
import { openPostgres } from '#postgres/database.ts';
import { migrate } from '#postgres/migrate.ts';

const binaries = [
  '/usr/lib/postgresql/15/bin',
  '/usr/lib/postgresql/16/bin',
  '/usr/lib/postgresql/17/bin',
];

/** A server, and what may happen to it. */
export interface PostgresServer {
  readonly database: Database;
  /** Its processes end at once, as when the machine does. */
  crash(): Promise<void>;
  /** Again on the same folder and port, after a crash. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A PostgreSQL server of this test alone: own folder, own port, loopback, gone afterwards. As root
 * it runs as the package's own user, because PostgreSQL refuses root. With `diskBytes` its folder is
 * a disk of that size, in a mount namespace of its own: it is lost in a crash.
 */
export async function openPostgresServer({
  diskBytes,
}: {
  readonly diskBytes?: number;
} = {}): Promise<PostgresServer> {
  const bin = binaries.find((one) => spawnSync(join(one, 'postgres'), ['--version']).status === 0);
  if (!bin)
    throw new Error(`expected PostgreSQL in one of ${binaries.join(', ')}: install postgresql`);
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-postgres-'));
  const account = process.getuid?.() === 0 ? findAccount('postgres') : undefined;
  if (account) chownSync(folder, account.uid, account.gid);
  const options = { ...account, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, cwd: folder };
  const data = join(folder, 'data');
  const port = await freePort();
  const initdb = `${join(bin, 'initdb')} -D ${data} -U sallyport --auth=trust -E UTF8 --no-sync --wal-segsize=${diskBytes ? 1 : 16} >&2`;
  const small = diskBytes ? '-c min_wal_size=8MB -c max_wal_size=16MB' : '';
  const postgres = `exec ${join(bin, 'postgres')} -D ${data} -p ${port} -h 127.0.0.1 -k ${folder} -F -c max_connections=30 ${small}`;
  const onDisk = diskBytes
    ? ['bwrap', '--dev-bind', '/', '/', '--size', String(diskBytes), '--tmpfs', data]
    : [];
  const launch = (script: string) => {
    const [command = '', ...args] = [...onDisk, 'sh', '-c', script];
    const child = spawn(command, args, { ...options, stdio: 'ignore' });
    return { child, exited: new Promise((resolve) => child.once('exit', resolve)) };
  };
  let server = launch(`${initdb} && ${postgres}`);
  const end = async (signal: 'SIGINT' | 'SIGQUIT') => {
    server.child.kill(signal);
    await server.exited;
  };
  const stop = async () => {
    await end('SIGINT');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = `postgres://sallyport@127.0.0.1:${port}/postgres`;
    const database = await connect(url);
    await migrate(database);
    return {
      database,
      crash: () => end('SIGQUIT'),
      restart: async () => {
        server = launch(postgres);
        await (await connect(url)).close();
      },
      close: async () => {
        await database.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function connect(url: string): Promise<Database> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await openPostgres(url);
    } catch (error) {
      if (attempt > 150) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function findAccount(name: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout);
  const account = { uid: id('-u'), gid: id('-g') };
  if (account.uid > 0) return account;
  throw new Error(`expected the account ${name}, which PostgreSQL’s package makes`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
