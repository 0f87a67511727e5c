// Pure: tests of one cell by identity, so that cells can be compared test by test.
import type { CellRecord, TestRecord } from '#model/verify-record.ts';

/** A test's identity over the cells: command, suite, name, and which of its namesakes it is. */
export type TestKey = string;

/** The tests of a cell by key. Namesakes are numbered in order, so that losing one of two is seen. */
export function testsByKey(cell: CellRecord): ReadonlyMap<TestKey, TestRecord> {
  const seen = new Map<string, number>();
  const tests = new Map<TestKey, TestRecord>();
  for (const test of cell.tests) {
    const name = JSON.stringify([test.command, test.suite, test.name]);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    tests.set(`${name}#${count}`, test);
  }
  return tests;
}

/** How a test is called in a sentence. */
export function testName(test: TestRecord): string {
  return test.suite ? `${test.suite} › ${test.name}` : test.name;
}

const declarations: readonly RegExp[] = [
  /\b(?:it|test|specify)(?:\.\w+)*\s*\(\s*(["'`])(?<name>(?:\\.|(?!\1).){1,300})\1/g,
  /\b(?:async\s+)?def\s+(?<name>test_?\w{0,200})\s*\(/g,
  /\bfunc\s+(?<name>(?:Test|Benchmark|Fuzz|Example)\w{0,200})\s*\(/g,
  /#\[(?:\w+::)?test\]\s*(?:async\s+)?fn\s+(?<name>\w{1,200})/g,
  /@(?:Parameterized)?Test\b[^;{]{0,200}?\bvoid\s+(?<name>\w{1,200})\s*\(/g,
];

/**
 * Test names that can be read off a source text, for commands that leave no report; a line
 * that is commented out declares nothing. May be empty.
 */
export function declaredTests(text: string): readonly string[] {
  const source = text.replace(/^[ \t]*(?:\/\/|#(?!\[)|\*).*$/gm, '');
  return declarations.flatMap((pattern) =>
    [...source.matchAll(pattern)].map((match) => match.groups?.name ?? ''),
  );
}
