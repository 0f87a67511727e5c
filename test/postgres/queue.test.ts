import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from '#postgres/database.ts';
import type { Queue } from '#postgres/queue.ts';
import { openQueue } from '#postgres/queue.ts';
import { openTestStore } from '../fake/store.ts';

let database: Database;
let queue: Queue;

beforeAll(async () => {
  database = await openTestStore();
  queue = await openQueue(
    database,
    [{ name: 'many', failsInto: 'lost' }, { name: 'lost' }, { name: 'outage' }],
    () => {},
  );
}, 60_000);
afterAll(async () => {
  await queue.close();
  await database.close();
});

const idle = async () => {
  while ((await queue.pending()) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
};

describe('the queue', () => {
  // One notification stands for all of them: waiting for the next poll after each would take minutes.
  it('works through what one transaction sent, without waiting between jobs', async () => {
    const seen: number[] = [];
    await queue.work('many', async (data) => void seen.push((data as { at: number }).at), 4);

    await database.transaction((tx) =>
      queue.sendAll(
        tx,
        'many',
        Array.from({ length: 120 }, (_, at) => ({ at })),
      ),
    );
    await idle();

    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, at) => at));
  }, 40_000);

  it('takes nothing back that a transaction did not commit', async () => {
    const rolledBack = database.transaction(async (tx) => {
      await queue.sendAll(tx, 'lost', [{ at: 1 }]);
      throw new Error('no');
    });

    await expect(rolledBack).rejects.toThrow('no');
    expect(await queue.pending()).toBe(0);
  });

  it('tries again what failed for good, once it has rested, and ever more seldom', async () => {
    const rest = (minutes: number) =>
      database.query(
        "update queue.job set completed_on = now() - $1 * interval '1 minute' where name = 'outage'",
        [minutes],
      );
    const fail = (tries: number) =>
      database.query(
        "update queue.job set state = 'failed', completed_on = now(), retry_count = $1 where name = 'outage'",
        [tries],
      );
    await database.transaction((tx) => queue.send(tx, 'outage', { runId: 'r1' }));
    expect(await queue.retryFailed()).toBe(0);
    await fail(5);
    expect(await queue.retryFailed()).toBe(0);

    await rest(3);
    expect(await queue.retryFailed()).toBe(1);
    expect(await queue.retryFailed()).toBe(0);
    expect(await queue.pending()).toBe(1);

    await fail(8);
    await rest(3);
    expect(await queue.retryFailed()).toBe(0);
    await rest(9);
    const seen: object[] = [];
    await queue.work('outage', async (data) => void seen.push(data));
    expect(await queue.retryFailed()).toBe(1);
    await idle();
    expect(seen).toEqual([{ runId: 'r1' }]);
  }, 40_000);
});
