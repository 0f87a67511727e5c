import { assert } from '#model/fault.ts';
import type { Pause, PausePlace, PauseScope } from '#model/pause.ts';
import { keysOver, parsePauseKey, pauseKey } from '#model/pause.ts';
import type { RunId } from '#model/run.ts';
import { append } from './append.ts';
import type { Database, Sql } from './database.ts';
import type { Queue } from './queue.ts';
import type { StoredRun } from './run-store.ts';
import { listOpenRuns, moveRunIn } from './run-store.ts';

/** What is paused, and what that does to runs. */
export interface PauseStore {
  list(): Promise<readonly Pause[]>;
  /** The pauses over a place, widest first. */
  findOver(place: PausePlace): Promise<readonly Pause[]>;
  /** False when it was paused already; the first one's reason stays. */
  pause(pause: Pause): Promise<boolean>;
  /** False when it was not paused. What waited for it is looked at again. */
  resume(scope: PauseScope, by: string): Promise<boolean>;
  /** Open runs that a pause covers, oldest first. */
  listCovered(scope: PauseScope): Promise<readonly StoredRun[]>;
  /** Take back an admission that nothing was asked for yet; false when something was. */
  withdraw(runId: RunId, because: string, actor: string): Promise<boolean>;
}

interface PauseRow {
  readonly scope: string;
  readonly because: string;
  readonly paused_by: string;
  readonly paused_at: Date;
}

export function createPauseStore(
  database: Database,
  queue: Pick<Queue, 'send'>,
  now: () => Date,
): PauseStore {
  return {
    list: async () =>
      (await database.query<PauseRow>('select * from pause order by paused_at')).map(rowToPause),
    findOver: (place) => findPausesOver(database, place),
    pause: (pause) => database.transaction((tx) => insert(tx, pause, now())),
    resume: (scope, by) => database.transaction((tx) => remove(tx, { scope, by }, queue, now())),
    listCovered: (scope) => listCovered(database, scope),
    withdraw: (runId, because, actor) =>
      database.transaction((tx) => withdraw(tx, { runId, because, actor }, now())),
  };
}

/**
 * The pauses over a place, and those of tools, which concern only work that has them. Inside a
 * transaction that admits a run, the table is locked first: no pause slips in between.
 */
export async function findPausesOver(sql: Sql, place: PausePlace): Promise<readonly Pause[]> {
  const keys = keysOver(place);
  const rows = await sql.query<PauseRow>(
    "select * from pause where scope = any ($1::text[]) or scope like 'tool:%'",
    [`{${keys.map((key) => `"${key}"`).join(',')}}`],
  );
  // A tool is narrower than any place.
  const width = ({ scope }: Pause) =>
    scope.kind === 'tool' ? keys.length : keys.indexOf(pauseKey(scope));
  return rows.map(rowToPause).sort((a, b) => width(a) - width(b));
}

function rowToPause(row: PauseRow): Pause {
  const scope = parsePauseKey(row.scope);
  assert(scope, 'only scopes are kept');
  return {
    scope,
    because: row.because,
    by: row.paused_by,
    at: row.paused_at.toISOString(),
  };
}

async function insert(tx: Sql, { scope, because, by }: Pause, now: Date): Promise<boolean> {
  const kept = await tx.query(
    `insert into pause (scope, because, paused_by, paused_at) values ($1, $2, $3, $4)
     on conflict do nothing returning 1 as one`,
    [pauseKey(scope), because, by, now],
  );
  if (kept.length === 0) return false;
  await append(tx, entryOf('dispatch.paused', scope, by, { because }), now);
  return true;
}

async function remove(
  tx: Sql,
  { scope, by }: { readonly scope: PauseScope; readonly by: string },
  queue: Pick<Queue, 'send'>,
  now: Date,
): Promise<boolean> {
  const gone = await tx.query('delete from pause where scope = $1 returning 1 as one', [
    pauseKey(scope),
  ]);
  if (gone.length === 0) return false;
  await queue.send(tx, 'resumed', { scope: pauseKey(scope) });
  await append(tx, entryOf('dispatch.resumed', scope, by, {}), now);
  return true;
}

function entryOf(
  kind: 'dispatch.paused' | 'dispatch.resumed',
  scope: PauseScope,
  actor: string,
  facts: Readonly<Record<string, string>>,
) {
  return {
    kind,
    runId: scope.kind === 'run' ? scope.id : null,
    repositoryId: scope.kind === 'repository' ? scope.id : null,
    actor,
    facts: { scope: pauseKey(scope), ...facts },
  } as const;
}

async function listCovered(sql: Sql, scope: PauseScope): Promise<readonly StoredRun[]> {
  if (scope.kind === 'repository') return listOpenRuns(sql, { repositoryId: scope.id });
  if (scope.kind === 'installation') return listOpenRuns(sql, { installationId: scope.id });
  // A run goes on without a tool: what it may not call any more gives it no answer.
  if (scope.kind === 'tool') return [];
  const all = await listOpenRuns(sql, 'all');
  return scope.kind === 'app' ? all : all.filter((run) => run.id === scope.id);
}

async function withdraw(
  tx: Sql,
  { runId, because, actor }: { runId: RunId; because: string; actor: string },
  now: Date,
): Promise<boolean> {
  // Grant, session, run, ledger: locks are taken in this order everywhere.
  const [grant] = await tx.query<{ id: string }>(
    `select id from run_grant where run_id = $1 and state = 'pending' and workflow_run_id is null
     for update`,
    [runId],
  );
  const asked = await tx.query(
    "select 1 as one from entry where run_id = $1 and kind = 'dispatch.requested' limit 1",
    [runId],
  );
  if (!grant || asked.length > 0) return false;
  const moved = await moveRunIn(
    tx,
    runId,
    { event: 'hold', changes: { because }, actor, kind: 'dispatch.withdrawn', facts: { because } },
    now,
  );
  if (!moved.ok) return false;
  // It was never shown to anybody; the release will write another.
  await tx.query('delete from run_grant where id = $1', [grant.id]);
  return true;
}
