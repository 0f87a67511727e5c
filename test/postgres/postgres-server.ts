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

/**
 * A PostgreSQL server of this test alone: own folder, own port, loopback, gone afterwards. As root
 * it runs as the package's own user, because PostgreSQL refuses root.
 */
export async function openPostgresServer(): Promise<{
  database: Database;
  close(): Promise<void>;
}> {
  const bin = binaries.find((one) => spawnSync(join(one, 'postgres'), ['--version']).status === 0);
  if (!bin)
    throw new Error(`expected PostgreSQL in one of ${binaries.join(', ')}: install postgresql`);
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-postgres-'));
  const account = process.getuid?.() === 0 ? findAccount('postgres') : undefined;
  if (account) chownSync(folder, account.uid, account.gid);
  const options = { ...account, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, cwd: folder };
  const data = join(folder, 'data');
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'sallyport', '--auth=trust', '-E', 'UTF8', '--no-sync'],
    { ...options, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const server = spawn(
    join(bin, 'postgres'),
    [
      '-D',
      data,
      '-p',
      String(port),
      '-h',
      '127.0.0.1',
      '-k',
      folder,
      '-F',
      '-c',
      'max_connections=30',
    ],
    { ...options, stdio: 'ignore' },
  );
  const exited = new Promise((resolve) => server.once('exit', resolve));
  const stop = async () => {
    server.kill('SIGINT');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const database = await connect(`postgres://sallyport@127.0.0.1:${port}/postgres`);
    await migrate(database);
    return {
      database,
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
