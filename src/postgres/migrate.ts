import { readdir, readFile } from 'node:fs/promises';
import { sha256 } from '#model/digest.ts';
import { Fault } from '#model/fault.ts';
import type { Database, Sql } from './database.ts';

const folder = new URL('./migration/', import.meta.url);

interface Applied {
  readonly name: string;
  readonly sha256: string;
}

/**
 * Bring the schema up to date: each file of `migration/` once, in order of name, all in one
 * transaction each. A file that changed after it was applied stops the start.
 */
export async function migrate(database: Database): Promise<void> {
  await database.script(
    'create table if not exists migration (name text primary key, sha256 text not null, applied_at timestamptz not null default now())',
  );
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  for (const name of names) {
    const text = await readFile(new URL(name, folder), 'utf8');
    await database.transaction((tx) => applyOnce(tx, name, text));
  }
}

async function applyOnce(tx: Sql, name: string, text: string): Promise<void> {
  await tx.query('lock table migration in exclusive mode');
  const [applied] = await tx.query<Applied>('select name, sha256 from migration where name = $1', [
    name,
  ]);
  const digest = sha256(text);
  if (applied) {
    if (applied.sha256 === digest) return;
    throw new Fault(
      'STORE_UNAVAILABLE',
      `migration ${name} was applied with other text: add a new file instead of editing it`,
    );
  }
  for (const statement of splitStatements(text)) await tx.query(statement);
  await tx.query('insert into migration (name, sha256) values ($1, $2)', [name, digest]);
}

/** Statements end with a semicolon at the end of a line; a `$$` body is kept whole. */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let current = '';
  let inBody = false;
  for (const line of text.split('\n')) {
    if ((line.match(/\$\$/g) ?? []).length % 2 === 1) inBody = !inBody;
    if (!inBody && line.trimStart().startsWith('--')) continue;
    current += `${line}\n`;
    if (!inBody && line.trimEnd().endsWith(';')) {
      statements.push(current.trim());
      current = '';
    }
  }
  if (current.trim()) statements.push(current.trim());
  return statements;
}
