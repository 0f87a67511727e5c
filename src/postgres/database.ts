import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { Fault } from '#model/fault.ts';
import type { ReleaseFolder } from './folder-lock.ts';
import { lockFolder } from './folder-lock.ts';

/** Anything that answers a statement: the database itself or one transaction of it. */
export interface Sql {
  /** Rows of one statement; `$1`-style parameters, objects go as JSON. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/** PostgreSQL, or PGlite, which is PostgreSQL in this process: the same SQL on both. */
export interface Database extends Sql {
  readonly kind: 'postgres' | 'pglite';
  /** All or nothing; a throw rolls back and is passed on. */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>;
  /**
   * The same database for whoever is waited for: a statement that has no answer after so long fails,
   * and its connection is given up. Whether it was done is then not known. PGlite is in this process
   * and does not get lost.
   */
  within(limitMs: number): Sql;
  /** Many statements without parameters: migrations. */
  script(text: string): Promise<void>;
  close(): Promise<void>;
  /** The handle the queue shares: a connection string, or the PGlite instance. */
  readonly shared: { readonly url: string } | { readonly pglite: PGlite };
}

/** What is to be done when a transaction has been committed, by the transaction. */
const afterCommits = new WeakMap<Sql, (() => void)[]>();

/**
 * Do something when this transaction has been committed, and not at all when it is rolled back.
 * Outside a transaction a statement is committed when it ends: then it is done at once.
 */
export function afterCommit(tx: Sql, act: () => void): void {
  const acts = afterCommits.get(tx);
  if (acts) acts.push(act);
  else act();
}

/** Run a transaction's work, and gather what it wants done after the commit. */
async function withAfterCommit<T>(
  tx: Sql,
  run: (tx: Sql) => Promise<T>,
): Promise<{ readonly value: T; readonly tellCommitted: () => void }> {
  const acts: (() => void)[] = [];
  afterCommits.set(tx, acts);
  const value = await run(tx);
  return {
    value,
    tellCommitted: () => {
      for (const act of acts) act();
    },
  };
}

// bigint columns hold GitHub's ids, all below 2^53: read them as numbers.
const parseInt8 = (text: string): number => Number(text);
pg.types.setTypeParser(20, parseInt8);

/**
 * True when a statement failed for the values it was given, and would fail with them again.
 *
 * Source  postgresql.org/docs/current/errcodes-appendix.html, classes 22, 23 and 54
 */
export function isDataError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(22|23|54)[0-9A-Z]{3}$/.test(code);
}

/** Open PostgreSQL by its connection string. */
export async function openPostgres(url: string): Promise<Database> {
  const pool = new pg.Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => {}); // an idle connection that dies is replaced at the next query
  const probe = await pool.connect().catch((cause: unknown) => {
    throw new Fault('STORE_UNAVAILABLE', 'cannot connect to the database named by DATABASE_URL', {
      cause,
    });
  });
  probe.release();
  return {
    kind: 'postgres',
    shared: { url },
    query: async (text, values) => (await pool.query(text, toParameters(values))).rows,
    within: (limitMs) => ({
      query: async (text, values) => {
        const query = { text, values: toParameters(values), query_timeout: limitMs };
        return (await pool.query(query)).rows;
      },
    }),
    script: async (text) => void (await pool.query(text)),
    transaction: (work) => postgresTransaction(pool, work),
    close: () => pool.end(),
  };
}

async function postgresTransaction<T>(pool: pg.Pool, work: (tx: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const tx: Sql = {
      query: async (text, values) => (await client.query(text, toParameters(values))).rows,
    };
    const { value, tellCommitted } = await withAfterCommit(tx, work);
    await client.query('commit');
    client.release();
    tellCommitted();
    return value;
  } catch (error) {
    const broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    client.release(broken);
    throw error;
  }
}

/**
 * Open PGlite in a folder, or in memory when none is given. `template` is a data directory dumped
 * before, which saves the seconds that making an empty database takes.
 *
 * Fails  with STORE_UNAVAILABLE when the folder is in use or cannot be opened.
 */
export async function openPglite(dataDir?: string, template?: Blob): Promise<Database> {
  if (dataDir) await mkdir(dirname(dataDir), { recursive: true });
  const release: ReleaseFolder = dataDir ? lockFolder(dataDir) : () => {};
  const options = { parsers: { 20: parseInt8 }, ...(template ? { loadDataDir: template } : {}) };
  const pglite = await PGlite.create(dataDir ?? 'memory://', options).catch((cause: unknown) => {
    release();
    throw new Fault(
      'STORE_UNAVAILABLE',
      `cannot open the embedded database in ${dataDir ?? 'memory'}`,
      {
        cause,
      },
    );
  });
  const query = async <Row extends object>(text: string, values?: readonly unknown[]) =>
    (await pglite.query<Row>(text, toParameters(values))).rows;
  return {
    kind: 'pglite',
    shared: { pglite },
    query,
    within: () => ({ query }),
    script: async (text) => void (await pglite.exec(text)),
    transaction: async (work) => {
      const done = await pglite.transaction((inner) => {
        const tx: Sql = {
          query: async <Row extends object>(text: string, values?: readonly unknown[]) =>
            (await inner.query<Row>(text, toParameters(values))).rows,
        };
        return withAfterCommit(tx, work);
      });
      done.tellCommitted();
      return done.value;
    },
    close: () => pglite.close().finally(release),
  };
}

function toParameters(values: readonly unknown[] = []): unknown[] {
  return values.map((value) =>
    value !== null &&
    typeof value === 'object' &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
      ? JSON.stringify(value)
      : value,
  );
}
