import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';

const root = new URL('../../', import.meta.url);

/** The numbers of a group; those between are no cases. */
const rows = (group: string, ...numbers: readonly number[]) =>
  numbers.map((number) => `T-${group}${number}`);

/** From 1 to the last, without one. */
const upTo = (group: string, last: number, without = 0) =>
  Array.from({ length: last }, (_, index) => index + 1)
    .filter((number) => number !== without)
    .map((number) => `${group}${number}`);

/** Every row of the broker, of triggers and of the sandbox, and every Authority and Content case. */
const known = [
  ...rows('A', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 17, 18, 19),
  ...rows('B', 1, 2, 3, 4, 5, 7, 8, 9, 10),
  ...rows('C', 1, 3, 4, 5, 6, 7, 9, 10, 11, 12),
  ...rows('D', 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15),
  ...rows('E', 1, 2, 4, 5, 6, 7, 9, 10, 11, 12),
  ...rows('M', 1, 2, 3, 4, 6, 7),
  ...rows('G', 1, 2, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14),
  ...rows('H', 1, 2, 3, 4, 5, 6, 8, 10, 11, 13),
  ...upTo('A', 5),
  ...upTo('C', 14),
  ...upTo('N', 18),
  ...upTo('D', 10),
  ...upTo('P', 18),
  ...upTo('F', 8, 7),
  ...upTo('R', 9),
  ...upTo('T', 3),
];

interface Row {
  readonly id: string;
  readonly files: readonly string[];
}

async function readRows(): Promise<readonly Row[]> {
  const text = await readFile(new URL('docs/attacks.md', root), 'utf8');
  return [...text.matchAll(/^\| ((?:T-)?[A-Z]\d+) \|.*\| ([^|]+) \|$/gm)].map(
    ([, id = '', shown = '']) => ({
      id,
      files: [...shown.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
    }),
  );
}

/** A title, or a name in a table of titles, that cites the id: a string, not a comment. */
function cites(text: string, id: string): boolean {
  return new RegExp(`['"\`][^'"\`\\n]*(?<![\\w-])${id}(?!\\w)[^'"\`\\n]*['"\`]`).test(text);
}

describe('docs/attacks.md', () => {
  it('has one row for each case, and no other', async () => {
    expect((await readRows()).map(({ id }) => id)).toEqual(known);
  });

  it('names, for each case, tests that cite it', async () => {
    const silent: string[] = [];
    for (const { id, files } of await readRows()) {
      if (files.length === 0) silent.push(`${id}: no test`);
      for (const file of files) {
        const text = await readFile(new URL(file, root), 'utf8').catch(() => '');
        if (!cites(text, id)) silent.push(`${id}: ${file}`);
      }
    }
    expect(silent).toEqual([]);
  });

  it.each([
    ["it('C1: is shown', ", 'C1', true],
    ["['C1 a comment', x],", 'C1', true],
    ["it('T-C1: is shown', ", 'C1', false],
    ["it('C10: is shown', ", 'C1', false],
    ['// C1 is not shown', 'C1', false],
  ])('takes %j as citing %s: %s', (text, id, expected) => {
    expect(cites(text, id)).toBe(expected);
  });
});
