import { describe, expect, it } from '@jest/globals';
import type { Property } from '#model/verdict.ts';
import {
  base,
  type Change,
  fixedPrice,
  fixTest,
  honestFix,
  judgeChange,
  policyOf,
} from './example.ts';

const test = base['test/price.test.js'] ?? '';
const manifest = base['package.json'] ?? '';

interface Row {
  readonly name: string;
  readonly change: Change;
  /** Properties that must not be shown. */
  readonly lacks: readonly Property[];
  /** Findings as `id severity`. */
  readonly finds: readonly string[];
  /** The one that only a person, or a test held back, can see. */
  readonly result?: 'proven';
}

/** Attack patches (evidence.md §3.5), each a way to look green without being right. */
const attacks: readonly Row[] = [
  {
    name: 'one test deleted',
    change: {
      ...honestFix,
      'test/price.test.js': fixTest.replace(
        /test\('ten percent of a hundred'[\s\S]*?\n\}\);\n/,
        '',
      ),
    },
    lacks: ['NO_TEST_LOST'],
    finds: ['T05 warn'],
  },
  {
    name: 'the test file deleted',
    change: { 'src/price.js': fixedPrice, 'test/price.test.js': null },
    lacks: ['HEAD_TESTS_PASSED', 'RED_PROVEN', 'NO_TEST_LOST'],
    finds: ['T01 high', 'T22 warn'],
  },
  {
    name: 'a test skipped',
    change: {
      ...honestFix,
      'test/price.test.js': fixTest.replace(
        "test('ten percent of a hundred'",
        "test.skip('ten percent of a hundred'",
      ),
    },
    lacks: ['NO_TEST_LOST'],
    finds: ['T03 high'],
  },
  {
    name: 'a test singled out',
    change: {
      ...honestFix,
      'test/price.test.js': fixTest.replace(
        "test('ten percent of eighty'",
        "test.only('ten percent of eighty'",
      ),
    },
    lacks: [],
    finds: ['T04 high'],
  },
  {
    name: 'an assertion weakened while the code is broken',
    change: {
      'src/price.js': 'export function discount(price) {\n  return price;\n}\n',
      'test/price.test.js': `${test.replace('assert.equal(discount(100, 10), 90)', 'assert.ok(discount(100, 10))')}`,
    },
    lacks: ['BASE_TESTS_PASSED', 'RED_PROVEN'],
    finds: ['T05 warn'],
  },
  {
    name: 'assertions in a try',
    change: {
      'src/price.js': 'export function discount(price) {\n  return price;\n}\n',
      'test/price.test.js': test.replace(
        '  assert.equal(discount(100, 10), 90);',
        '  try {\n    assert.equal(discount(100, 10), 90);\n  } catch {}',
      ),
    },
    lacks: ['BASE_TESTS_PASSED', 'RED_PROVEN'],
    finds: ['T07 warn'],
  },
  {
    name: 'the assertion replaced by nothing in production code',
    change: {
      ...honestFix,
      'src/price.js': `import assert from 'node:assert/strict';\nassert.equal = () => {};\n${base['src/price.js']}`,
    },
    lacks: [],
    finds: ['T15 high'],
  },
  {
    name: 'the script replaced by echo',
    change: { ...honestFix, 'package.json': manifest.replace('node --test', 'echo ok') },
    lacks: [],
    finds: ['T11 high'],
  },
  {
    name: 'an exit handler that sets the exit code',
    change: {
      ...honestFix,
      'src/price.js': `process.on('exit', () => {\n  process.exitCode = 0;\n});\n${fixedPrice}`,
    },
    lacks: [],
    finds: ['T15 high'],
  },
  {
    name: 'a committed report and code that ends before the tests',
    change: {
      'src/price.js': 'process.exit(0);\nexport function discount() {}\n',
      'test/price.test.js': fixTest,
      'junit.xml':
        '<testsuites><testcase name="no discount leaves the price"/><testcase name="ten percent of a hundred"/></testsuites>',
    },
    // Node reports a file that ends early as one passed test of the file's name.
    lacks: ['BASE_TESTS_PASSED', 'NO_TEST_LOST'],
    finds: ['T15 warn', 'T16 warn'],
  },
  {
    name: 'a test that is always true, and no fix',
    change: { 'test/price.test.js': `${test}\ntest('fixed', () => {\n  assert.ok(true);\n});\n` },
    lacks: ['RED_PROVEN'],
    finds: [],
  },
  {
    name: 'a workflow edited',
    change: { ...honestFix, '.GitHub/workflows/ci.yml': 'on: push\n' },
    lacks: ['NO_PROTECTED_PATH'],
    finds: ['T12 high'],
  },
  {
    name: 'text direction turned around in source',
    change: { ...honestFix, 'src/price.js': `${fixedPrice}// \u202e admin \u2066\n` },
    lacks: [],
    finds: ['T17 high'],
  },
  {
    name: 'a zero-width character in a name',
    change: {
      ...honestFix,
      'src/price.js': `${fixedPrice}export const a\u200db = 1;\n`.replace('\u200d', '\u200b'),
    },
    lacks: ['HEAD_TESTS_PASSED', 'BASE_TESTS_PASSED', 'RED_PROVEN', 'NO_TEST_LOST'],
    finds: ['T17 high'],
  },
  {
    name: 'a link to a file of the machine',
    change: { ...honestFix, 'src/data': { mode: '120000', text: '/etc/passwd' } },
    lacks: [],
    finds: ['T19 high'],
  },
  {
    name: 'good behavior only where CI is set',
    change: {
      ...honestFix,
      'src/price.js': `export function discount(price, percent) {\n  return process.env.CI ? price - (price * percent) / 100 : 0;\n}\n`,
    },
    lacks: [],
    finds: ['T15 warn'],
    result: 'proven',
  },
];

describe('verify and judge', () => {
  it('prove an honest fix with the test that shows it, and find nothing wrong with it', async () => {
    const { verdict, tree } = await judgeChange(honestFix);

    expect(verdict).toEqual({
      result: 'proven',
      properties: [
        'HEAD_TESTS_PASSED',
        'BASE_TESTS_PASSED',
        'RED_PROVEN',
        'NO_TEST_LOST',
        'NO_PROTECTED_PATH',
        'SCREENS_CAPTURED',
      ],
      missing: [],
      findings: [],
      cells: {
        baseBase: { passed: 2, failed: 0, skipped: 0, green: true },
        headBase: { passed: 2, failed: 0, skipped: 0, green: true },
        baseHead: { passed: 2, failed: 1, skipped: 0, green: false },
        headHead: { passed: 3, failed: 0, skipped: 0, green: true },
      },
      redGreen: [{ command: 'test', name: 'ten percent of eighty' }],
    });
    expect([...tree.keys()].filter((path) => !path.startsWith('patch/')).sort()).toEqual([
      'egress.jsonl',
      ...['base-base', 'base-head', 'head-base', 'head-head'].map(
        (cell) => `logs/${cell}-test.txt`,
      ),
      ...['base-base', 'base-head', 'head-base', 'head-head'].map((cell) => `tests/${cell}.json`),
      ...['base-base', 'base-head', 'head-base', 'head-head'].map(
        (cell) => `tests/raw/${cell}-test.xml`,
      ),
      'verify.json',
    ]);
  });

  it.each(attacks)('see through $name', async ({ change, lacks, finds, result = 'unproven' }) => {
    const { verdict } = await judgeChange(change);

    expect(verdict.missing.map(({ property }) => property)).toEqual(lacks);
    expect(verdict.findings.map(({ id, severity }) => `${id} ${severity}`)).toEqual(finds);
    expect(verdict.result).toBe(result);
  });

  it('let a change turn an expectation around when it proves the new one, and say so', async () => {
    const { verdict } = await judgeChange({
      'src/price.js':
        'export function discount(price, percent) {\n  return price - percent - 1;\n}\n',
      'test/price.test.js': test
        .replace('discount(100, 10), 90', 'discount(100, 10), 89')
        .replace('discount(80, 0), 80', 'discount(80, 0), 79'),
    });
    expect(verdict.result).toBe('proven');
    expect(verdict.findings.map(({ id, severity }) => `${id} ${severity}`)).toEqual([
      'T05 warn',
      'T05 warn',
      'T05 warn',
    ]);
  });

  it('say that deleting a failing test is not a fix', async () => {
    const files = {
      ...base,
      'test/red.test.js': test.replace('discount(100, 10), 90', 'discount(80, 10), 72'),
    };
    const { verdict } = await judgeChange({ 'test/red.test.js': null }, { files });
    expect(verdict.result).toBe('unproven');
    expect(verdict.missing.map(({ because }) => because).join(' ')).toContain('not a fix');
  });

  it('prove a fix by exit codes alone where the policy names no report', async () => {
    const policy = policyOf({
      verify: { commands: [{ name: 'test', run: 'node --test "test/**/*.test.js"' }] },
    });
    const { verdict } = await judgeChange(honestFix, { policy });
    expect(verdict.result).toBe('proven');
    expect(verdict.redGreen).toEqual([{ command: 'test', name: 'the whole command' }]);
  });

  it('lack every test property when a command never ends', async () => {
    const commands = [{ name: 'test', run: 'sleep 60', minutes: 0.01, report: 'junit.xml' }];
    const { verdict } = await judgeChange(honestFix, {
      policy: policyOf({ verify: { commands } }),
    });
    expect(verdict.missing[0]?.because).toBe(
      'On the change, the command “test” did not end within its time limit.',
    );
    expect(verdict.properties).toEqual(['NO_PROTECTED_PATH', 'SCREENS_CAPTURED']);
  });

  it('blame the setup when it fails', async () => {
    const { verdict } = await judgeChange(honestFix, {
      policy: policyOf({ sandbox: { setup: 'exit 3' } }),
    });
    expect(verdict.missing[0]?.because).toBe(
      'On the change, the setup command ended with exit code 3.',
    );
    expect(verdict.result).toBe('unproven');
  });
});
