import { describe, expect, it } from '@jest/globals';
import { createGroup } from '#postgres/group-commit.ts';

const isOwnFault = (error: unknown) => String(error).includes('bad');

/** A write that can be held back, and the groups it was given. */
function openWriter() {
  const groups: string[][] = [];
  let release = () => {};
  let held: Promise<void> = Promise.resolve();
  return {
    groups,
    hold: () => {
      held = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release(),
    write: async (items: readonly string[]) => {
      groups.push([...items]);
      await held;
      if (items.some((item) => item === 'bad')) throw new Error('bad value');
      if (items.some((item) => item === 'gone')) throw new Error('the connection ended');
      return items.map((item) => `${item}!`);
    },
  };
}

describe('a group commit', () => {
  it('writes one item at once, and together what comes while it is written', async () => {
    const writer = openWriter();
    const { add: keep } = createGroup(writer.write, { sizeMax: 10, isOwnFault, answerMs: 60_000 });
    writer.hold();
    const first = keep('a');
    await new Promise((resolve) => setTimeout(resolve, 5));
    const rest = ['b', 'c', 'd'].map(keep);

    writer.release();

    expect(await Promise.all([first, ...rest])).toEqual(['a!', 'b!', 'c!', 'd!']);
    expect(writer.groups).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('answers nobody before the write that holds its item has ended', async () => {
    const writer = openWriter();
    const { add: keep } = createGroup(writer.write, { sizeMax: 10, isOwnFault, answerMs: 60_000 });
    const answered: string[] = [];
    writer.hold();
    const waiting = Promise.all(
      ['a', 'b'].map((item) => keep(item).then((one) => answered.push(one))),
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([writer.groups.length, answered]).toEqual([1, []]);

    writer.release();

    await waiting;
    expect(answered).toEqual(['a!', 'b!']);
  });

  it('keeps a group within its size', async () => {
    const writer = openWriter();
    const { add: keep } = createGroup(writer.write, { sizeMax: 2, isOwnFault, answerMs: 60_000 });

    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(keep));

    expect(writer.groups).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('lets nobody wait for a write that hangs, and writes nothing that nobody waits for', async () => {
    const writer = openWriter();
    const { add: keep, pending } = createGroup(writer.write, {
      sizeMax: 1,
      isOwnFault,
      answerMs: 20,
    });
    writer.hold();

    const ends = await Promise.allSettled(['a', 'b', 'c'].map(keep));

    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(pending()).toBe(1); // the one that is being written
    writer.release();
    expect(await keep('d')).toBe('d!');
    expect(writer.groups).toEqual([['a'], ['d']]);
  });

  it('fails everybody with a store that is gone, and one alone with a value that is bad', async () => {
    const writer = openWriter();
    const { add: keep } = createGroup(writer.write, { sizeMax: 10, isOwnFault, answerMs: 60_000 });
    const ends = async (items: string[]) =>
      (await Promise.allSettled(items.map(keep))).map((end) =>
        end.status === 'fulfilled' ? end.value : String(end.reason.message),
      );

    expect(await ends(['a', 'bad', 'c'])).toEqual(['a!', 'bad value', 'c!']);
    expect(await ends(['a', 'gone'])).toEqual(['the connection ended', 'the connection ended']);
    expect(await ends(['a'])).toEqual(['a!']); // and goes on
  });
});
