// Pure: how the commands of one cell ended, against what policy asked.
import type { CellSummary } from '#model/verdict.ts';
import type { CellRecord, CommandRecord } from '#model/verify-record.ts';
import type { CommandAsked } from './property/shown.ts';

/** The record of an asked command: same name and same command line; undefined when it did not run. */
export function findCommand(cell: CellRecord, asked: CommandAsked): CommandRecord | undefined {
  return cell.commands.find(({ name, run }) => name === asked.name && run === asked.run);
}

/** True when the command ran to its end with exit code 0. */
export function hasPassed(record: CommandRecord | null | undefined): boolean {
  return record?.exitCode === 0 && !record.timedOut;
}

/** How a command ended, in words: `ended with exit code 1`. */
export function howItEnded(record: CommandRecord | undefined): string {
  if (record === undefined) return 'did not run';
  if (record.timedOut) return 'did not end within its time limit';
  if (record.exitCode === null) return 'was ended by a signal';
  return `ended with exit code ${record.exitCode}`;
}

/** Why the cell's setup spoils the cell; null when it passed or none was asked. */
export function setupTrouble(cell: CellRecord): string | null {
  if (cell.setup === null || hasPassed(cell.setup)) return null;
  return `the setup command ${howItEnded(cell.setup)}`;
}

/** The cell in numbers. */
export function summarize(cell: CellRecord, asked: readonly CommandAsked[]): CellSummary {
  const count = (...wanted: string[]) => cell.tests.filter((t) => wanted.includes(t.status)).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped', 'other'),
    green:
      asked.length > 0 &&
      setupTrouble(cell) === null &&
      asked.every((one) => hasPassed(findCommand(cell, one))),
  };
}
