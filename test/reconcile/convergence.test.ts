import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openSmallHistory, type Sent } from './a-small-history.ts';

type History = Awaited<ReturnType<typeof openSmallHistory>>;

let history: History;
let inOrder: Awaited<ReturnType<History['openRuns']>>;
let sent: readonly Sent[];

/** What happens, each told to the App before the next: the store as it is on a good day. */
beforeAll(async () => {
  history = await openSmallHistory();
  const { happen } = history;
  const label = (login: string, issue: number) =>
    happen(login, (person, issues) =>
      person.send('POST', `${issues}/${issue}/labels`, { labels: ['sallyport'] }),
    );
  const unlabel = (issue: number) =>
    happen('mara', (mara, issues) => mara.send('DELETE', `${issues}/${issue}/labels/sallyport`));
  const close = (issue: number) =>
    happen('mara', (mara, issues) => mara.send('PATCH', `${issues}/${issue}`, { state: 'closed' }));
  const steps = [
    () => label('mara', 1),
    () => label('mara', 2), // #9 blocks it
    () => label('mara', 3),
    () => unlabel(3),
    () => label('mara', 4),
    () => unlabel(4),
    () => label('mara', 4),
    () => label('tess', 5), // triage is not write
    () => label('mara', 6),
    () => close(6),
    () => label('mara', 7), // #8 blocks it, and is done next
    () => close(8),
    () => label('mara', 10),
    () => unlabel(10),
    () => label('tess', 10), // the label is there, and not by who may ask
  ];
  let told = 0;
  for (const step of steps) {
    await step();
    sent = history.sent();
    for (; told < sent.length; told += 1) {
      const one = sent[told];
      if (one) await history.take(one);
    }
  }
  inOrder = await history.openRuns();
}, 60_000);
afterAll(() => history.close());

describe('a small history', () => {
  it('leaves, in order, one run for each issue that is asked for, by who asked', () => {
    expect(inOrder.map(({ issue, state, requester }) => [issue, state, requester])).toEqual([
      [1, 'admitted', 'mara'],
      [2, 'held', 'mara'],
      [4, 'admitted', 'mara'],
      [7, 'admitted', 'mara'],
    ]);
    expect(sent.length).toBeGreaterThanOrEqual(12);
  });

  it('delivery:any-order: leads, in any order, with any loss and repetition, to the same store', async () => {
    const seen = { losses: 0, repetitions: 0 };
    const backwards = sent.map((_, index) => sent.length - 1 - index);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: sent.length - 1 }), { maxLength: 2 * sent.length }),
        async (order) => {
          await history.forget();
          const known = new Set<number>();
          for (const index of order) {
            const one = sent[index];
            if (!one) continue;
            const { bodySha256, duplicate } = await history.take(one);
            expect(duplicate).toBe(known.has(index));
            // A worker that died after its work and before it said so does it once more.
            if (duplicate) await history.doDelivery(bodySha256);
            await history.work();
            seen.repetitions += duplicate ? 1 : 0;
            known.add(index);
          }
          const lost = sent.filter((_, index) => !known.has(index));
          seen.losses += lost.length;
          const { asked } = await history.reconcile(lost);

          expect(asked.map(({ guid }) => guid).sort()).toEqual(lost.map(({ guid }) => guid).sort());
          expect(await history.openRuns()).toEqual(inOrder);
        },
      ),
      // Backwards and twice; two of the same alone; nothing at all; and what chance adds.
      { numRuns: 8, examples: [[[...backwards, ...backwards]], [[0, 0]], [[]]] },
    );
    expect(Math.min(seen.losses, seen.repetitions)).toBeGreaterThan(0);
  }, 60_000);

  it('delivery:any-order: is healed from GitHub’s state alone where its log tells of nothing', async () => {
    await history.forget();
    // One label is heard of, so the repository is known; all else is neither kept nor in the log.
    const [first] = sent;
    if (first) await history.take(first);
    await history.reconcile([]);

    expect(await history.openRuns()).toEqual(inOrder);
  }, 30_000);

  it('delivery:any-order: opens no second run for a label whose run is over, however late it is told of', async () => {
    await history.forget();
    const labels = sent.filter(({ event }) => event === 'issues');
    const [first, second] = labels;
    if (!first || !second) throw new Error('expected two labels');
    await history.take(second);
    await history.reconcile([]);
    await history.fail(1);
    await history.take(first);
    expect((await history.allRuns()).filter(([issue]) => issue === 1)).toEqual([[1, 'failed']]);

    const before = history.sent().length;
    await history.happen('mara', (mara, issues) =>
      mara.send('DELETE', `${issues}/1/labels/sallyport`),
    );
    await history.happen('mara', (mara, issues) =>
      mara.send('POST', `${issues}/1/labels`, { labels: ['sallyport'] }),
    );
    for (const one of history.sent().slice(before)) await history.take(one);
    expect((await history.allRuns()).filter(([issue]) => issue === 1)).toHaveLength(2);
  });
});
