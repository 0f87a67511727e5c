import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GrantPlace } from '#cli/bench/grant-rows.ts';
import { addPastGrants, openGrants, seedRoots } from '#cli/bench/grant-rows.ts';
import type { Database } from '#postgres/database.ts';
import { readLoad } from '#postgres/load-store.ts';
import { listOpenRuns } from '#postgres/run-store.ts';
import { createSessionStore } from '#postgres/session-store.ts';
import { createTurnStore } from '#postgres/turn-store.ts';
import { createWatchStore } from '#postgres/watch-store.ts';
import { openTestStore } from '../fake/store.ts';

const place: GrantPlace = {
  ...{ installationId: 1, repositoryId: 7, ownerId: 6, owner: 'octo', name: 'shop' },
  requester: { id: 3, login: 'mona' },
};
const job = { runId: 99, checkRunId: 1, sha: 'b'.repeat(40), ref: 'refs/heads/main' };
const past = 20_000;
const soon = new Date(Date.now() + 60_000);
let database: Database;
/** Every statement that was asked, as it was asked. */
const asked: { readonly text: string; readonly values: readonly unknown[] }[] = [];
let watched: Database;

beforeAll(async () => {
  database = await openTestStore();
  await seedRoots(database, place);
  await addPastGrants(database, place, job, { from: 1, to: past });
  await openGrants(database, place, [job]);
  watched = {
    ...database,
    query: (text, values = []) => {
      asked.push({ text, values });
      return database.query(text, values);
    },
  };
}, 120_000);
afterAll(() => database.close());

interface PlanNode {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Rows that a statement looked at, as PostgreSQL counted them while it answered. */
async function rowsRead(text: string, values: readonly unknown[]): Promise<number> {
  const [row] = await database.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
    `explain (analyze, format json) ${text}`,
    values,
  );
  const count = (node: PlanNode): number => {
    const removed =
      (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    const own = (node['Actual Rows'] + removed) * node['Actual Loops'];
    return own + (node.Plans ?? []).reduce((sum, child) => sum + count(child), 0);
  };
  const plan = row?.['QUERY PLAN'][0]?.Plan;
  if (!plan) throw new Error('expected a plan');
  return count(plan);
}

/** What is asked every minute or at every trigger, however many runs are over. */
const questions: readonly [string, () => Promise<unknown>][] = [
  ['every open run', () => listOpenRuns(watched, 'all')],
  ['the open runs of an installation', () => listOpenRuns(watched, { installationId: 1 })],
  ['the open runs of a repository', () => listOpenRuns(watched, { repositoryId: 7 })],
  ['runs that went quiet', () => createWatchStore(watched).listQuiet(soon)],
  ['sessions that live', () => sessions().listLiveSessions()],
  ['what expired', () => sessions().sweep()],
  ['a session by its digest', () => sessions().findSession('a'.repeat(64))],
  ['whose turn it is', () => createTurnStore(watched).listInstallations()],
  ['what waits', () => createTurnStore(watched).listWaiting(1)],
  ['what is at work', () => createTurnStore(watched).listAtWork(1)],
  [
    'the load',
    () =>
      readLoad(
        watched,
        { installationId: 1, repositoryId: 7, requesterId: 3, notRun: null },
        // Nothing of today: the day's own runs are counted one by one, and limited.
        new Date(Date.now() + 48 * 3_600_000),
      ),
  ],
];

function sessions() {
  return createSessionStore(watched, { send: async () => undefined }, () => new Date());
}

describe(`with ${past} runs that are over`, () => {
  it.each(questions)('looks at few rows to find %s', async (_what, ask) => {
    asked.length = 0;
    await ask();
    expect(asked.length).toBeGreaterThan(0);
    for (const { text, values } of asked) expect(await rowsRead(text, values)).toBeLessThan(20);
  });

  it('notices a statement that looks at all of them', async () => {
    const statement = 'select 1 from run where base_sha = $1 order by id limit 1';
    expect(await rowsRead(statement, ['x'])).toBeGreaterThanOrEqual(past);
  });
});
