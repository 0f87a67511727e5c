import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findCycle } from '#schedule/find-cycle.ts';
import type { BlockerState, HeldWork } from '#schedule/find-ready.ts';
import { findReady } from '#schedule/find-ready.ts';

const blocker = (
  number: number,
  state: 'open' | 'closed',
  stateReason: string | null,
): BlockerState => ({
  key: `acme/shop#${number}`,
  state,
  stateReason,
});
const done = blocker(1, 'closed', 'completed');
const work = (blockers: readonly BlockerState[]): HeldWork => ({
  runId: 'r2',
  key: 'acme/shop#2',
  blockers,
});
const verdictOf = (blockers: readonly BlockerState[]) =>
  findReady([work(blockers)], new Map()).map(({ verdict, because }) => [verdict, because]);

describe('findReady', () => {
  it.each<[string, readonly BlockerState[], string, string]>([
    ['every blocker was completed', [done], 'ready', '#1 is done'],
    ['nothing blocks it any more', [], 'ready', 'nothing blocks it'],
    ['one of two is open', [done, blocker(3, 'open', null)], 'blocked', 'blocked by #3'],
    ['a blocker was reopened', [blocker(1, 'open', 'reopened')], 'blocked', 'blocked by #1'],
    [
      'a blocker was merged and reverted',
      [{ ...done, unsettled: 'reverted' }],
      'needs_human',
      '#1 was merged and then reverted: remove the edge, or the label',
    ],
    [
      'a blocker was given up',
      [blocker(1, 'closed', 'not_planned')],
      'needs_human',
      '#1 was closed without being completed: remove the edge, or the label',
    ],
    [
      'a blocker is a duplicate',
      [blocker(1, 'closed', 'duplicate')],
      'needs_human',
      '#1 was closed without being completed: remove the edge, or the label',
    ],
  ])('when %s', (_name, blockers, verdict, because) => {
    expect(verdictOf(blockers)).toEqual([[verdict, because]]);
  });

  it('chain:bounded: never lets an item go that anything blocks, in any order of its blockers', () => {
    const anyBlocker = fc.record({
      key: fc.nat(20).map((number) => `acme/shop#${number + 10}`),
      state: fc.constantFrom('open' as const, 'closed' as const),
      stateReason: fc.constantFrom('completed', 'not_planned', 'duplicate', null),
    });
    fc.assert(
      fc.property(fc.array(anyBlocker, { maxLength: 8 }), (blockers) => {
        const isDone = blockers.every(
          (one) => one.state === 'closed' && one.stateReason === 'completed',
        );

        expect(findReady([work(blockers)], new Map())[0]?.verdict === 'ready').toBe(isDone);
        expect(verdictOf([...blockers].reverse()).map(([verdict]) => verdict)).toEqual(
          verdictOf(blockers).map(([verdict]) => verdict),
        );
      }),
    );
  });

  it('chain:bounded: A4: holds issues that block each other, and names the circle', () => {
    const blockedBy = new Map([
      ['acme/shop#2', ['acme/shop#1']],
      ['acme/shop#1', ['acme/shop#2']],
    ]);

    expect(findReady([work([done])], blockedBy)).toEqual([
      {
        runId: 'r2',
        key: 'acme/shop#2',
        verdict: 'needs_human',
        because: 'the issues block each other: acme/shop#2 ← acme/shop#1 ← acme/shop#2',
      },
    ]);
  });
});

describe('findCycle', () => {
  const key = (number: number) => `acme/shop#${number}`;
  const graph = (...edges: readonly (readonly [number, readonly number[]])[]) =>
    new Map(edges.map(([from, to]) => [key(from), to.map(key)] as const));

  it.each([
    ['a self-edge', graph([1, [1]]), true],
    ['a circle of three', graph([1, [2]], [2, [3]], [3, [1]]), true],
    ['a line', graph([1, [2]], [2, [3]]), false],
    ['a diamond', graph([1, [2, 3]], [2, [4]], [3, [4]]), false],
    ['a circle that does not reach back', graph([1, [2]], [2, [3]], [3, [2]]), false],
  ])('looks for a way back to the start in %s', (_name, blockedBy, found) => {
    expect(findCycle(key(1), blockedBy) !== null).toBe(found);
  });

  it('chain:bounded: takes a graph that nobody could follow for a circle', () => {
    const line = Array.from({ length: 600 }, (_, number) => [number, [number + 1]] as const);

    expect(findCycle(key(0), graph(...line))).toEqual([key(0)]);
  });
});
