import { globSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const folder = new URL('../../src/postgres/migration/', import.meta.url);

/**
 * Numbers that two files have since before there was this test. A file that was applied somewhere is
 * known there by its name, so it is never numbered anew.
 */
const twice = ['0006', '0009'];

describe('the migrations', () => {
  const names = globSync('*.sql', { cwd: folder }).sort();
  const numbers = names.map((name) => name.slice(0, 4));

  it('are numbered without a gap, in four digits, each with its topic', () => {
    const expected = [...new Set(numbers)].map((_, index) => String(index + 1).padStart(4, '0'));

    expect(names.filter((name) => !/^\d{4}-[a-z]+(-[a-z]+)*\.sql$/.test(name))).toEqual([]);
    expect([...new Set(numbers)]).toEqual(expected);
  });

  it('have each a number of its own: two of one number would be applied in the order of their topics', () => {
    const repeated = numbers.filter((number, index) => numbers.indexOf(number) !== index);

    expect(repeated).toEqual(twice);
  });
});
