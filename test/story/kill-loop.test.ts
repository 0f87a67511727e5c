import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runKillLoop } from '#cli/bench/kill-loop.ts';
import type { OwnPostgres } from '#cli/bench/own-postgres.ts';
import { startOwnPostgres } from '#cli/bench/own-postgres.ts';

let postgres: OwnPostgres;
beforeAll(async () => {
  postgres = await startOwnPostgres();
}, 60_000);
afterAll(() => postgres?.close(), 60_000);

describe('the App, killed between a delivery and its dispatch', () => {
  // The same two hundred times: `sallyport bench kills`.
  it('delivery:any-order ledger:first: loses nothing and does nothing twice', async () => {
    const count = await runKillLoop(6, postgres.url);

    expect(count).toMatchObject({
      runs: 6,
      lost: 0,
      twice: 0,
      workflowRuns: 6,
      mismatched: 0,
      ledgerHolds: true,
    });
  }, 300_000);
});
