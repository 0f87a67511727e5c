import { describe, expect, it } from '@jest/globals';
import type { Turn } from '#dispatch/order-turns.ts';
import { orderTurns } from '#dispatch/order-turns.ts';
import { takeTurns } from '#dispatch/take-turns.ts';

const turn = (runId: string, repositoryId: number, requesterId: number, minute = 0): Turn => ({
  runId,
  repositoryId,
  requesterId,
  since: `2026-11-22T10:${String(minute).padStart(2, '0')}:00.000Z`,
});
const idsOf = (turns: readonly Turn[]) => turns.map(({ runId }) => runId);

describe('orderTurns', () => {
  it('lets the quiet repository go before the busy one, whoever came first', () => {
    const waiting = [turn('a1', 1, 1, 0), turn('a2', 1, 1, 1), turn('b1', 2, 2, 9)];

    expect(idsOf(orderTurns(waiting, [turn('a0', 1, 1)]))).toEqual(['b1', 'a1', 'a2']);
  });

  it('lets two people of one repository take turns, whoever asks for more', () => {
    const mine = [turn('m1', 1, 1, 0), turn('m2', 1, 1, 1), turn('m3', 1, 1, 2)];

    expect(idsOf(orderTurns([...mine, turn('y1', 1, 2, 5)], []))).toEqual(['m1', 'y1', 'm2', 'm3']);
  });

  it('lets the one that has waited longest go first among equals', () => {
    expect(idsOf(orderTurns([turn('b', 1, 1, 2), turn('a', 1, 1, 1)], []))).toEqual(['a', 'b']);
  });

  it('forgets nobody, takes nobody twice, and never lets one get two ahead of another', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const waiting = randomTurns(seed);
      const order = orderTurns(waiting, []);

      expect([...order].sort(byId)).toEqual([...waiting].sort(byId));
      for (let taken = 1; taken < order.length; taken += 1) {
        const gone = countBy(order.slice(0, taken));
        const left = new Set(order.slice(taken).map((one) => one.repositoryId));
        const least = Math.min(...[...left].map((id) => gone.get(id) ?? 0));
        for (const id of left) expect((gone.get(id) ?? 0) - least).toBeLessThanOrEqual(1);
      }
    }
  });
});

describe('takeTurns', () => {
  it('asks policy only where there is room, and goes on after a refusal', async () => {
    const asked: string[] = [];
    const released = await takeTurns(3, {
      listWaiting: async () => [turn('a', 1, 1), turn('b', 2, 1), turn('c', 3, 1)],
      listAtWork: async () => [],
      hasRoom: async ({ runId }) => runId !== 'b',
      release: async (runId) => {
        asked.push(runId);
        return runId === 'a' ? 'the policy changed' : null;
      },
    });

    expect(asked).toEqual(['a', 'c']);
    expect(released).toEqual(['c']);
  });

  it('looks at nothing else when nobody waits', async () => {
    const never = () => Promise.reject(new Error('asked'));

    expect(
      await takeTurns(3, {
        listWaiting: async () => [],
        listAtWork: never,
        hasRoom: never,
        release: never,
      }),
    ).toEqual([]);
  });
});

/** The same list for the same seed. */
function randomTurns(seed: number): readonly Turn[] {
  let state = seed;
  const next = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  return Array.from({ length: 2 + next(20) }, (_, index) =>
    turn(`r${index}`, 1 + next(4), 1 + next(3), next(60)),
  );
}

function byId(a: Turn, b: Turn): number {
  return a.runId < b.runId ? -1 : 1;
}

function countBy(turns: readonly Turn[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { repositoryId } of turns)
    counts.set(repositoryId, (counts.get(repositoryId) ?? 0) + 1);
  return counts;
}
