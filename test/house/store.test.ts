import { describe, expect, it } from '@jest/globals';
import { migrate } from '#postgres/migrate.ts';
import { openTestStore } from '../fake/store.ts';

describe('openTestStore', () => {
  it('opens a store that has every migration and nothing else, and shares nothing with another', async () => {
    const [first, second] = await Promise.all([openTestStore(), openTestStore()]);
    await first.query('update ledger_head set seq = 7');

    const [untouched] = await second.query<{ seq: number }>('select seq from ledger_head');
    const before = await second.query('select name from migration order by name');
    await migrate(second);
    const after = await second.query('select name from migration order by name');

    expect(untouched).toEqual({ seq: 0 });
    expect(before.length).toBeGreaterThan(0);
    expect(after).toEqual(before);
    await Promise.all([first.close(), second.close()]);
  });
});
