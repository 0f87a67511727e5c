import { findCommand, hasPassed, howItEnded, setupTrouble } from '../cell-green.ts';
import { quote, quoteList } from '../quote.ts';
import { testName } from '../test-inventory.ts';
import { notShown, type PropertyInput, type Shown, shown } from './shown.ts';

/**
 * HEAD_TESTS_PASSED: the change's code under the change's tests. Every command of the policy ends
 * with exit code 0, every report asked for is there and readable, at least one test passed when any
 * report is asked for (zero tests prove nothing), and no test failed, whatever the exit code says.
 */
export function headTestsPassed({ cells, commandsAsked }: PropertyInput): Shown {
  const cell = cells.headHead;
  const setup = setupTrouble(cell);
  if (setup !== null) return notShown(`On the change, ${setup}.`);
  if (commandsAsked.length === 0) return notShown('The policy names no verify command.');
  for (const asked of commandsAsked) {
    const record = findCommand(cell, asked);
    if (!hasPassed(record)) {
      return notShown(`On the change, the command ${quote(asked.name)} ${howItEnded(record)}.`);
    }
    if (asked.report && record?.report !== 'found') {
      return notShown(
        `The command ${quote(asked.name)} left ${record?.report === 'unreadable' ? 'a report that is not JUnit XML' : 'no report where the policy names one'}, so its tests cannot be counted.`,
      );
    }
  }
  const failed = cell.tests.filter((test) => test.status === 'failed');
  if (failed.length > 0) {
    return notShown(`On the change, ${quoteList(failed.map(testName))} failed.`);
  }
  if (commandsAsked.some((asked) => asked.report) && !cell.tests.some(isPassed)) {
    return notShown('The reports hold no passed test: zero tests prove nothing.');
  }
  return shown;
}

function isPassed(test: { readonly status: string }): boolean {
  return test.status === 'passed';
}
