import { describe, expect, it } from '@jest/globals';
import { noUsage } from '#model/model-usage.ts';
import { tellUsage } from '#runner/tell-usage.ts';

const used = (calls: number) => ({ ...noUsage, calls });

/** A teller whose pauses end when the test says so. */
function aTeller(fails = false) {
  const sent: number[] = [];
  const pauses: (() => void)[] = [];
  const teller = tellUsage(
    async ({ calls }) => {
      sent.push(calls);
      if (fails) throw new Error('the App is away');
    },
    () => new Promise<void>((resolve) => pauses.push(resolve)),
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { teller, sent, pauses, settle };
}

describe('tellUsage', () => {
  it('tells the first at once, then the newest after each pause, and nothing twice', async () => {
    const { teller, sent, pauses, settle } = aTeller();
    teller.note(used(1));
    teller.note(used(2));
    teller.note(used(3));
    await settle();
    pauses.shift()?.();
    await settle();
    pauses.shift()?.();
    await settle();
    expect(sent).toEqual([1, 3]);
    teller.note(used(4));
    await settle();
    expect(sent).toEqual([1, 3, 4]);
  });

  it('tells the last word at the end, and waits for no pause', async () => {
    const { teller, sent, settle } = aTeller();
    teller.note(used(1));
    await settle();
    teller.note(used(2));
    await teller.end();
    expect(sent).toEqual([1, 2]);
    await teller.end();
    expect(sent).toEqual([1, 2]);
  });

  it('goes on when a report fails', async () => {
    const { teller, sent, pauses, settle } = aTeller(true);
    teller.note(used(1));
    await settle();
    teller.note(used(2));
    pauses.shift()?.();
    await settle();
    await teller.end();
    expect(sent).toEqual([1, 2]);
  });
});
