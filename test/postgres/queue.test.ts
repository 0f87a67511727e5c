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
    [{ name: 'many', failsInto: 'lost' }, { name: 'lost' }],
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
});
