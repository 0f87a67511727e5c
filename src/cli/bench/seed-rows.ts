import type { Database } from '#postgres/database.ts';

/** Rows that are made by the database itself; a million would take long to send. */
const portion = 50_000;

/** Insert rows as they are. */
export async function insertRows(
  database: Database,
  table: SeededTable,
  rows: readonly object[],
): Promise<void> {
  await database.query(
    `insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1::text::jsonb)`,
    [JSON.stringify(rows)],
  );
}

/** The tables that a grant leaves rows in. */
export type SeededTable = 'snapshot' | 'chain' | 'run' | 'run_grant' | 'issued' | 'session';

/** The id of the row with this number: `i` in SQL. */
const idOf = (kind: 'run' | 'grant') =>
  `('019a0000-0000-7000-${kind === 'run' ? '8000' : '9000'}-' || lpad(to_hex(i), 12, '0'))`;

/** What differs from one past grant to the next, as a JSON object in SQL. */
const differs = {
  run: `jsonb_build_object('id', ${idOf('run')}, 'issue_number', i, 'workflow_run_id', -i)`,
  run_grant: `jsonb_build_object('id', ${idOf('grant')}, 'run_id', ${idOf('run')}, 'issue', i, 'workflow_run_id', -i)`,
  issued: `jsonb_build_object('grant_id', ${idOf('grant')})`,
  session: `jsonb_build_object('sha256', encode(sha256(i::text::bytea), 'hex'), 'grant_id', ${idOf('grant')}, 'run_id', ${idOf('run')})`,
} as const;

/** Insert rows `from` to `to`, each the template with an id of its own. */
export async function multiplyRows(
  database: Database,
  table: keyof typeof differs,
  template: object,
  range: { readonly from: number; readonly to: number },
): Promise<void> {
  for (let from = range.from; from <= range.to; from += portion) {
    await database.query(
      `insert into ${table} select one.* from generate_series($2::int, $3::int) as i
       cross join lateral jsonb_populate_record(null::${table}, $1::text::jsonb || ${differs[table]}) as one`,
      [JSON.stringify(template), from, Math.min(range.to, from + portion - 1)],
    );
  }
}
