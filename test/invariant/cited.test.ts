import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { invariants } from './invariants.ts';

const root = new URL('../../', import.meta.url);
const ids = invariants.map(({ id }) => id);
const families = new Set(ids.map((id) => id.split(':')[0]));

/** Titles are what stands after `it(`, `it.each(…)(`, `test(` and `describe(`. */
const title = /\b(?:it|test|describe)(?:\.each\([^)]*\))?\(\s*(['"`])([a-z]+:[a-z-]+)\b/g;

describe('the invariants', () => {
  it('are cited, each in the title of a test at least', async () => {
    const cited = await readCited();
    expect(ids.filter((id) => !cited.has(id))).toEqual([]);
  });

  it('are the only ones that titles cite', async () => {
    const cited = [...(await readCited())].filter((id) => families.has(id.split(':')[0] ?? ''));
    expect(cited.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('have ids of their own and a folder that exists', async () => {
    expect(new Set(ids).size).toBe(ids.length);
    const empty = invariants.filter(
      ({ folder }) => globSync(`src/${folder}/*.ts`, { cwd: root }).length === 0,
    );
    expect(empty).toEqual([]);
  });

  it('are printed in ARCHITECTURE.md with the same words', async () => {
    const text = plain(await readFile(new URL('ARCHITECTURE.md', root), 'utf8'));
    for (const { id, sentence } of invariants) {
      expect(text).toContain(`- \`${id}\` ${plain(sentence)}`);
    }
  });
});

async function readCited(): Promise<Set<string>> {
  const cited = new Set<string>();
  for (const path of globSync('test/**/*.test.ts', { cwd: root })) {
    const text = await readFile(new URL(path, root), 'utf8');
    for (const match of text.matchAll(title)) if (match[2]) cited.add(match[2]);
  }
  return cited;
}

/** Typographic apostrophes and line breaks are no difference in words. */
function plain(text: string): string {
  return text.replaceAll('’', "'").replace(/[ \n]+/g, ' ');
}
