import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from '#postgres/database.ts';
import { dropTriggers, findTriggers, keepTriggers } from '#postgres/trigger-store.ts';
import { openTestStore } from '../fake/store.ts';

const noon = new Date('2026-11-23T12:00:00Z');
const later = new Date('2026-11-23T13:00:00Z');
const triggers = [{ label: 'sallyport', role: 'write' }] as const;
let store: Database;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

describe('the triggers last seen', () => {
  it('are known after a read, and no longer than an hour', async () => {
    expect(await findTriggers(store, 1, noon)).toEqual({ triggers: null, generation: 0 });
    await keepTriggers(store, 1, { triggers, generation: 0 }, noon);

    expect(await findTriggers(store, 1, noon)).toEqual({ triggers, generation: 0 });
    expect((await findTriggers(store, 1, later)).triggers).toBeNull();
  });

  it('are unknown after a push, whatever was being read meanwhile', async () => {
    const before = await findTriggers(store, 2, noon);
    await dropTriggers(store, 2, noon);
    await keepTriggers(store, 2, { ...before, triggers }, noon);
    expect((await findTriggers(store, 2, noon)).triggers).toBeNull();

    const after = await findTriggers(store, 2, noon);
    await keepTriggers(store, 2, { ...after, triggers }, noon);
    expect((await findTriggers(store, 2, noon)).triggers).toEqual(triggers);
  });
});
