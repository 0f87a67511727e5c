import { runKillLoop } from './kill-loop.ts';
import type { Measurement } from './measurement.ts';
import { startOwnPostgres } from './own-postgres.ts';
import { ratio } from './statistics.ts';

const kills = 200;

/**
 * `kill -9` two hundred times between a delivery and its dispatch, on PostgreSQL. The baseline is
 * what must come out: one run an issue, and one workflow run a run.
 */
export async function measureKills(): Promise<Measurement> {
  const postgres = await startOwnPostgres();
  try {
    const { ledgerHolds, ...figures } = await runKillLoop(kills, postgres.url);
    return {
      figures,
      baseline: { runs: kills, workflowRuns: kills },
      ratios: {
        runs: ratio(figures.runs, kills),
        workflowRuns: ratio(figures.workflowRuns, kills),
      },
      more: { ledgerHolds, postgres: postgres.version },
    };
  } finally {
    await postgres.close();
  }
}
