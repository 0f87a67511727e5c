import type { TestRecord } from '#model/verify-record.ts';
import { findCommand, hasPassed, howItEnded, setupTrouble } from '../cell-green.ts';
import { quote, quoteList } from '../quote.ts';
import { type TestKey, testName, testsByKey } from '../test-inventory.ts';
import { redTests } from './red-proven.ts';
import { type CommandAsked, notShown, type PropertyInput, type Shown } from './shown.ts';

/**
 * BASE_TESTS_PASSED: the change's code under the base's tests and configuration (headBase), which
 * the change cannot have touched.
 *
 * With a report: every test that passed on the base (baseBase) passes here too. One excuse: a test
 * whose expectation the change itself turns around, seen from all sides: the change modifies a
 * test file, and under the new version the same test fails on the base's code and passes on the
 * change. Each excused test is listed as a warning, because weakening a test looks the same.
 * The command must also end with 0 where it did on the base, unless only excused tests failed.
 * Without a report: the command ends with exit code 0.
 */
export function baseTestsPassed(input: PropertyInput): Shown {
  const setup = setupTrouble(input.cells.headBase);
  if (setup !== null)
    return notShown(`With the base’s configuration on the change’s code, ${setup}.`);
  const excused = excusedTests(input);
  for (const asked of input.commandsAsked) {
    const because = asked.report ? reportTrouble(input, asked, excused) : exitTrouble(input, asked);
    if (because !== null) return notShown(because);
  }
  const findings = [...excused.values()].map((test) => ({
    id: 'T05',
    severity: 'warn' as const,
    path: null,
    line: null,
    sentence: `The test ${quote(testName(test))} passed before and fails on the change in its old form: the change turned its expectation around.`,
  }));
  return { because: null, findings };
}

function exitTrouble({ cells }: PropertyInput, asked: CommandAsked): string | null {
  const record = findCommand(cells.headBase, asked);
  if (hasPassed(record)) return null;
  return `With the base’s tests on the change’s code, the command ${quote(asked.name)} ${howItEnded(record)}, and without a report nothing tells which test failed.`;
}

function reportTrouble(
  { cells }: PropertyInput,
  asked: CommandAsked,
  excused: ReadonlyMap<TestKey, TestRecord>,
): string | null {
  const before = findCommand(cells.baseBase, asked);
  if (before?.report !== 'found') {
    return `On the base itself, the command ${quote(asked.name)} left no readable report, so there is nothing to compare the change with.`;
  }
  const now = testsByKey(cells.headBase);
  const lost = [...testsByKey(cells.baseBase)].filter(
    ([key, test]) =>
      test.command === asked.name &&
      test.status === 'passed' &&
      now.get(key)?.status !== 'passed' &&
      !excused.has(key),
  );
  if (lost.length > 0) {
    return `${quoteList(lost.map(([, test]) => testName(test)))} passed on the base and no longer ${lost.length > 1 ? 'do' : 'does'} on the change’s code.`;
  }
  const record = findCommand(cells.headBase, asked);
  const failing = [...excused.values()].some((test) => test.command === asked.name);
  if (hasPassed(before) && !hasPassed(record) && (record?.timedOut === true || !failing)) {
    return `With the base’s tests on the change’s code, the command ${quote(asked.name)} ${howItEnded(record)}, although no test of the base failed.`;
  }
  return null;
}

/** Base tests that fail on the change, and that the change rewrote so that they prove it. */
function excusedTests(input: PropertyInput): ReadonlyMap<TestKey, TestRecord> {
  if (!input.files.some((file) => file.isTest && file.status === 'modified')) return new Map();
  const red = redTests(input);
  const now = testsByKey(input.cells.headBase);
  return new Map(
    [...testsByKey(input.cells.baseBase)].filter(
      ([key, test]) =>
        test.status === 'passed' && now.get(key)?.status === 'failed' && red.has(key),
    ),
  );
}
