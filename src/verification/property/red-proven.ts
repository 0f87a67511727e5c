import type { RedGreenTest } from '#model/verdict.ts';
import type { TestRecord } from '#model/verify-record.ts';
import { findCommand, hasPassed, setupTrouble } from '../cell-green.ts';
import { type TestKey, testName, testsByKey } from '../test-inventory.ts';
import { type CommandAsked, notShown, type PropertyInput, type Shown } from './shown.ts';

/** More than a reader looks at; the rest is in the cell files. */
const listedMax = 200;

/**
 * RED_PROVEN: at least one test fails on the base's code and passes on the change.
 *
 * With a report, a test is red when it passes on the change (headHead) and, on the base's code under
 * the change's tests (baseHead), it failed; or it is new, is not in baseHead's report, and the
 * command failed there (a file that imports what the base lacks does not even load). A test that
 * was green before and still is proves nothing. Without a report, the whole command is the test:
 * it fails in baseHead, passes in headHead, and the change touches a test file.
 */
export function redProven(input: PropertyInput): Shown {
  const setup = setupTrouble(input.cells.baseHead);
  if (setup !== null) {
    return notShown(
      `On the base with the change’s tests, ${setup}, so no test could be seen failing.`,
    );
  }
  const redGreen = [...redTests(input).values(), ...redCommands(input)].slice(0, listedMax);
  return redGreen.length > 0 ? { because: null, redGreen } : notShown(whyNone(input));
}

/** The red tests by key: what the change proves, test by test. */
export function redTests({
  cells,
  commandsAsked,
}: PropertyInput): ReadonlyMap<TestKey, RedGreenTest> {
  const onBase = testsByKey(cells.baseHead);
  const before = testsByKey(cells.baseBase);
  const crashed = new Set(
    commandsAsked
      .filter((asked) => hasFailed(findCommand(cells.baseHead, asked)))
      .map(({ name }) => name),
  );
  const red = new Map<TestKey, RedGreenTest>();
  for (const [key, test] of testsByKey(cells.headHead)) {
    if (test.status !== 'passed') continue;
    const was = onBase.get(key);
    const isRed =
      was === undefined ? !before.has(key) && crashed.has(test.command) : was.status === 'failed';
    if (isRed) red.set(key, { command: test.command, name: testName(test) });
  }
  return red;
}

function redCommands({ cells, files, commandsAsked }: PropertyInput): readonly RedGreenTest[] {
  if (!files.some((file) => file.isTest && file.headBlob !== null)) return [];
  const isRed = (asked: CommandAsked) =>
    !asked.report &&
    hasFailed(findCommand(cells.baseHead, asked)) &&
    hasPassed(findCommand(cells.headHead, asked));
  return commandsAsked
    .filter(isRed)
    .map(({ name }) => ({ command: name, name: 'the whole command' }));
}

/** Ended by itself with another code than 0: a command cut by a limit shows nothing. */
function hasFailed(record: { exitCode: number | null; timedOut: boolean } | undefined): boolean {
  return (
    record !== undefined && !record.timedOut && record.exitCode !== null && record.exitCode !== 0
  );
}

function whyNone({ cells, files }: PropertyInput): string {
  const touched = files.filter((file) => file.isTest);
  if (touched.length === 0) {
    return 'The change adds or changes no test, so nothing shows that the base was wrong before.';
  }
  if (touched.every((file) => file.headBlob === null)) {
    return 'The change only deletes tests: taking a failing test away is not a fix.';
  }
  const passed = (test: TestRecord) => test.status === 'passed';
  if (cells.baseBase.tests.some((test) => test.status === 'failed') && !hasNew(cells)) {
    return 'The change’s tests only stop failing because they are skipped or gone: no test fails on the base and passes on the change.';
  }
  return cells.headHead.tests.some(passed)
    ? 'Every test that passes on the change already passes on the base’s code: the tests do not depend on the change.'
    : 'No test passes on the change.';
}

function hasNew(cells: PropertyInput['cells']): boolean {
  const before = testsByKey(cells.baseBase);
  return [...testsByKey(cells.headHead).keys()].some((key) => !before.has(key));
}
