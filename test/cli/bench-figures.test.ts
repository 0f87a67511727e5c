import { describe, expect, it } from '@jest/globals';
import { sumCommands } from '#cli/bench/journey-times.ts';
import { splitOverhead } from '#cli/bench/overhead.ts';
import { summarizeRequests } from '#cli/bench/requests.ts';
import { percentile, ratio } from '#cli/bench/statistics.ts';
import type { ApiRequest } from '#github/requester.ts';
import type { CellRecord } from '#model/verify-record.ts';

function call(stage: ApiRequest['stage'], method: string, route: string, status = 200): ApiRequest {
  return { stage, method, route, status, durationMs: 1 };
}

describe('percentiles', () => {
  it('are samples, by the nearest rank, whatever the order', () => {
    const samples = [5, 1, 4, 2, 3];

    expect([1, 50, 80, 81, 100].map((percent) => percentile(samples, percent))).toEqual([
      1, 3, 4, 5, 5,
    ]);
    expect(samples).toEqual([5, 1, 4, 2, 3]);
  });

  it('of nothing are 0, as is a ratio to nothing', () => {
    expect(percentile([], 50)).toBe(0);
    expect(ratio(5, 0)).toBe(0);
    expect(ratio(1, 3)).toBe(0.333);
  });
});

describe('the split of a journey', () => {
  const handovers = [
    { stage: 'policy', at: 1_100 },
    { stage: 'sandbox', at: 3_100 },
    { stage: 'verification', at: 9_000 },
    { stage: 'schedule', at: 9_500 },
  ] as const;

  it('adds up to the wall less what was the agent’s and the tests’', () => {
    const parts = splitOverhead(1_000, handovers, { sandbox: 1_500, verification: 4_000 });

    expect(parts).toEqual({ policy: 100, sandbox: 500, verification: 1_900, schedule: 500 });
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(8_500 - 1_500 - 4_000);
  });

  it('still adds up when a handover is recorded before the one it follows', () => {
    const parts = splitOverhead(
      0,
      [
        { stage: 'broker', at: 20 },
        { stage: 'evidence', at: 15 },
        { stage: 'review', at: 30 },
      ],
      {},
    );

    expect(parts).toEqual({ broker: 20, evidence: 0, review: 10 });
  });
});

function cell(
  name: CellRecord['cell'],
  setupMs: number | null,
  ...commandsMs: number[]
): CellRecord {
  const command = (durationMs: number) => ({
    name: 'test',
    run: 'npm test',
    exitCode: 0,
    timedOut: false,
    durationMs,
    report: 'none' as const,
  });
  return {
    schema: 'sallyport/cell/v1',
    cell: name,
    tree: '0'.repeat(40),
    setup: setupMs === null ? null : command(setupMs),
    commands: commandsMs.map(command),
    tests: [],
  };
}

describe('the time of test commands', () => {
  it('counts once where two cells ran at once', () => {
    const cells = [
      cell('headHead', 10, 500, 20),
      cell('baseBase', null, 100),
      cell('headBase', null, 300),
      cell('baseHead', null, 200),
    ];

    expect(sumCommands(cells)).toEqual({ sumMs: 1_130, waitedMs: 300 + 530 });
  });
});

describe('the count of requests', () => {
  it('tells stages, routes, changes, reads and tokens apart', () => {
    const { figures, ratios, more } = summarizeRequests([
      call('policy', 'POST', '/app/installations/{installation_id}/access_tokens', 201),
      call('policy', 'POST', '/graphql'),
      call('evidence', 'POST', '/repos/{owner}/{repo}/git/blobs', 201),
      call('evidence', 'POST', '/repos/{owner}/{repo}/git/refs', 422),
      call('review', 'GET', '/repos/{owner}/{repo}/pulls/{pull_number}'),
      call('broker', 'DELETE', '/installation/token', 204),
    ]);

    expect(figures).toEqual({ total: 6, reads: 2, writes: 2, tokens: 2, refused: 1 });
    expect(ratios).toEqual({ totalToWrites: 3 });
    expect(more).toMatchObject({
      total: 6,
      byStage: { policy: 2, evidence: 2, review: 1, broker: 1 },
      byRoute: { 'policy: POST /graphql': 1 },
    });
  });
});
