import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type CellName,
  type CellRecord,
  cellNames,
  type TestRecord,
} from '#model/verify-record.ts';
import { type JudgeInput, judge } from '#verification/judge.ts';
import type { PatchFile } from '#verification/patch-file.ts';

const tree = 'a'.repeat(40);
const commandsAsked = [{ name: 'test', run: 'npm test', report: true }];

function tests(
  ...rows: readonly (readonly [name: string, status: TestRecord['status']])[]
): TestRecord[] {
  return rows.map(([name, status]) => ({
    command: 'test',
    suite: null,
    name,
    status,
    durationMs: 1,
  }));
}

function cell(name: CellName, rows: TestRecord[], exitCode = 0): CellRecord {
  const command = {
    name: 'test',
    run: 'npm test',
    exitCode,
    timedOut: false,
    durationMs: 1,
    report: 'found' as const,
  };
  return {
    schema: 'sallyport/cell/v1',
    cell: name,
    tree,
    setup: null,
    commands: [command],
    tests: rows,
  };
}

const file: PatchFile = {
  path: 'test/a.test.js',
  status: 'modified',
  isTest: true,
  baseMode: '100644',
  headMode: '100644',
  baseBlob: 'b'.repeat(40),
  headBlob: 'c'.repeat(40),
  baseText: 'a\n',
  headText: 'b\n',
};

/** An honest fix: a new test that is red on the base and green on the change. */
const honest: JudgeInput = {
  cells: {
    baseBase: cell('baseBase', tests(['old', 'passed'])),
    headBase: cell('headBase', tests(['old', 'passed'])),
    baseHead: cell('baseHead', tests(['old', 'passed'], ['new', 'failed']), 1),
    headHead: cell('headHead', tests(['old', 'passed'], ['new', 'passed'])),
  },
  files: [file, { ...file, path: 'src/a.js', isTest: false }],
  screens: [],
  screensAsked: [],
  protectedPaths: ['.github/**', 'package.json#scripts'],
  findings: [],
  commandsAsked,
};

function withCell(name: CellName, change: Partial<CellRecord>): JudgeInput {
  return { ...honest, cells: { ...honest.cells, [name]: { ...honest.cells[name], ...change } } };
}

function becauseOf(input: JudgeInput) {
  return Object.fromEntries(
    judge(input).missing.map(({ property, because }) => [property, because]),
  );
}

const status = fc.constantFrom<TestRecord['status']>('passed', 'failed', 'skipped', 'other');
const record = fc.record({
  command: fc.constant('test'),
  suite: fc.option(fc.constantFrom('a', 'b')),
  name: fc.constantFrom('old', 'new', 'x', 'y'),
  status,
  durationMs: fc.nat(),
});
const anyCell = (name: CellName) =>
  fc
    .record({ rows: fc.array(record, { maxLength: 6 }), exitCode: fc.constantFrom(0, 1) })
    .map(({ rows, exitCode }) => cell(name, rows, exitCode));
const anyInput = fc
  .record({
    baseBase: anyCell('baseBase'),
    headBase: anyCell('headBase'),
    baseHead: anyCell('baseHead'),
    headHead: anyCell('headHead'),
  })
  .map((cells) => ({ ...honest, cells }));

describe('judge', () => {
  it('finds an honest fix proven', () => {
    expect(judge(honest)).toMatchObject({
      result: 'proven',
      missing: [],
      redGreen: [{ command: 'test', name: 'new' }],
    });
  });

  it('evidence:recomputed: never finds a change proven once a test fails on it', () => {
    fc.assert(
      fc.property(anyInput, record, (input, extra) => {
        const rows = [...input.cells.headHead.tests, { ...extra, status: 'failed' as const }];
        const spoiled = {
          ...input,
          cells: { ...input.cells, headHead: { ...input.cells.headHead, tests: rows } },
        };
        expect(judge(spoiled).properties).not.toContain('HEAD_TESTS_PASSED');
        expect(judge(spoiled).result).toBe('unproven');
      }),
    );
  });

  it('never finds a change proven that a high finding speaks against', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const findings = [
          { id: 'T03', severity: 'high' as const, path: null, line: null, sentence: 'x' },
        ];
        expect(judge({ ...input, findings }).result).toBe('unproven');
      }),
    );
  });

  it('says of every property that it was shown, or why not, and never both', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { properties, missing, result } = judge(input);
        expect(properties.length + missing.length).toBe(6);
        expect(
          missing.every(
            ({ property, because }) => !properties.includes(property) && because.endsWith('.'),
          ),
        ).toBe(true);
        expect(result).toBe(missing.length === 0 ? 'proven' : 'unproven');
      }),
    );
  });

  it('never finds a test lost by adding one', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const rows = [...input.cells.headHead.tests, ...tests(['brand new', 'passed'])];
        const grown = {
          ...input,
          cells: { ...input.cells, headHead: { ...input.cells.headHead, tests: rows } },
        };
        expect(judge(grown).properties.includes('NO_TEST_LOST')).toBe(
          judge(input).properties.includes('NO_TEST_LOST'),
        );
      }),
    );
  });

  it.each(cellNames)('does not find a change proven when the cell %s ran nothing', (name) => {
    expect(judge(withCell(name, { commands: [], tests: [] })).result).toBe('unproven');
  });

  it('explains zero tests, a missing report and a report that is none', () => {
    const [command] = honest.cells.headHead.commands;
    if (command === undefined) throw new Error('expected a command');
    expect(becauseOf(withCell('headHead', { tests: [] })).HEAD_TESTS_PASSED).toBe(
      'The reports hold no passed test: zero tests prove nothing.',
    );
    expect(
      becauseOf(withCell('headHead', { commands: [{ ...command, report: 'missing' }] }))
        .HEAD_TESTS_PASSED,
    ).toBe(
      'The command “test” left no report where the policy names one, so its tests cannot be counted.',
    );
    expect(
      becauseOf(withCell('headHead', { commands: [{ ...command, report: 'unreadable' }] }))
        .HEAD_TESTS_PASSED,
    ).toBe(
      'The command “test” left a report that is not JUnit XML, so its tests cannot be counted.',
    );
  });

  it('does not take the run of another command line for the one that was asked', () => {
    const [command] = honest.cells.headHead.commands;
    if (command === undefined) throw new Error('expected a command');
    expect(
      becauseOf(withCell('headHead', { commands: [{ ...command, run: 'true' }] }))
        .HEAD_TESTS_PASSED,
    ).toBe('On the change, the command “test” did not run.');
  });

  it('names the failing test that a change deleted or skipped', () => {
    const input = withCell('baseBase', { tests: tests(['old', 'passed'], ['red', 'failed']) });
    expect(becauseOf(input).NO_TEST_LOST).toBe(
      '“red” failed on the base and is now deleted or skipped: that is not a fix.',
    );
  });

  it('sees that one of two tests of one name is gone', () => {
    const input = withCell('baseBase', { tests: tests(['old', 'passed'], ['old', 'passed']) });
    expect(becauseOf(input).NO_TEST_LOST).toBe(
      '“old” ran on the base and is missing on the change.',
    );
  });

  it('keeps hostile names to one short visible line', () => {
    const name = `a\u202eb\n<!-- ${'x'.repeat(500)}`;
    const { NO_TEST_LOST = '' } = becauseOf(
      withCell('baseBase', { tests: tests([name, 'passed']) }),
    );
    expect(NO_TEST_LOST).toMatch(/^“ab <!-- x+… \[\d+ more characters\]” ran on the base/);
    expect(NO_TEST_LOST.length).toBeLessThan(250);
  });

  it.each([
    ['.github/workflows/a.yml', null, null, true],
    ['.GITHUB/x', null, null, true],
    ['.github/.hidden/x', null, null, true],
    ['docs/.github.md', null, null, false],
    [
      'package.json',
      '{"scripts":{"a":"b"},"version":"1"}',
      '{"scripts":{"a":"b"},"version":"2"}',
      false,
    ],
    ['package.json', '{"scripts":{"a":"b"}}', '{"scripts":{"a":"c"}}', true],
    ['package.json', '{"scripts":{"a":"b"}}', '{"scripts":', true],
    ['sub/package.json', '{"scripts":{"a":"b"}}', '{"scripts":{"a":"c"}}', false],
  ])('knows whether %s is protected (%j → %j)', (path, baseText, headText, isProtected) => {
    const { missing } = judge({
      ...honest,
      files: [...honest.files, { ...file, path, isTest: false, baseText, headText }],
    });
    expect(missing.some(({ property }) => property === 'NO_PROTECTED_PATH')).toBe(isProtected);
  });
});
