import { findCommand } from '../cell-green.ts';
import type { PatchFile } from '../patch-file.ts';
import { quote, quoteList } from '../quote.ts';
import { declaredTests, testName, testsByKey } from '../test-inventory.ts';
import { notShown, type PropertyInput, type Shown, shown } from './shown.ts';

/**
 * NO_TEST_LOST: no test of the base (baseBase) is missing or newly skipped on the change
 * (headHead), passed or failed: a failing test that vanishes is the oldest false fix.
 *
 * Where a command leaves no report, the tests are counted by their declarations in the changed test
 * files instead; a test file in which none can be read shows nothing. A renamed test counts as lost:
 * it needs a person's look, not a machine's guess.
 */
export function noTestLost(input: PropertyInput): Shown {
  const { cells, commandsAsked, files } = input;
  for (const asked of commandsAsked.filter(({ report }) => report)) {
    if (findCommand(cells.baseBase, asked)?.report !== 'found') {
      return notShown(
        `On the base itself, the command ${quote(asked.name)} left no readable report, so lost tests could not be seen.`,
      );
    }
  }
  const because = lostByReport(input);
  if (because !== null) return notShown(because);
  return commandsAsked.every(({ report }) => report) ? shown : lostBySource(files);
}

function lostByReport({ cells }: PropertyInput): string | null {
  const now = testsByKey(cells.headHead);
  const before = [...testsByKey(cells.baseBase)];
  const missing = before.filter(([key]) => !now.has(key)).map(([, test]) => test);
  const skipped = before
    .filter(([key, test]) => isRun(test.status) && now.has(key) && !isRun(now.get(key)?.status))
    .map(([, test]) => test);
  const hidden = [...missing, ...skipped].filter((test) => test.status === 'failed');
  if (hidden.length > 0) {
    return `${quoteList(hidden.map(testName))} failed on the base and ${hidden.length > 1 ? 'are' : 'is'} now deleted or skipped: that is not a fix.`;
  }
  if (missing.length > 0) {
    return `${quoteList(missing.map(testName))} ran on the base and ${missing.length > 1 ? 'are' : 'is'} missing on the change.`;
  }
  return skipped.length > 0
    ? `${quoteList(skipped.map(testName))} ran on the base and ${skipped.length > 1 ? 'are' : 'is'} skipped on the change.`
    : null;
}

function isRun(status: string | undefined): boolean {
  return status === 'passed' || status === 'failed';
}

function lostBySource(files: readonly PatchFile[]): Shown {
  for (const file of files.filter(({ isTest, baseBlob }) => isTest && baseBlob !== null)) {
    const before = file.baseText === null ? [] : declaredTests(file.baseText);
    const now = new Set(file.headText === null ? [] : declaredTests(file.headText));
    const lost = before.filter((name) => !now.has(name));
    if (lost.length > 0) {
      return notShown(`${quoteList(lost)} was declared in ${quote(file.path)} and is no longer.`);
    }
    if (before.length === 0 && looksLikeSource(file.path)) {
      return notShown(
        `The commands leave no report and no test can be read in ${quote(file.path)}; name a JUnit report in the policy to count tests.`,
      );
    }
  }
  return shown;
}

/** Data beside tests declares none; only program text must be readable. */
function looksLikeSource(path: string): boolean {
  return /\.(?:[cm]?[jt]sx?|py|go|rs|java|kt|rb|php|cs|swift|sh|bats)$/i.test(path);
}
