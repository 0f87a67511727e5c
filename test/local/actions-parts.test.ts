import { describe, expect, it } from '@jest/globals';
import { matchesCreated } from '#local/actions/created-filter.ts';
import {
  type ExpressionScope,
  evaluateCondition,
  evaluateTemplate,
} from '#local/actions/expression.ts';
import { mayExport, parseFileCommand } from '#local/actions/file-command.ts';
import { parseLogCommand } from '#local/actions/log-command.ts';
import { openMasks } from '#local/actions/masks.ts';
import { expandMatrix } from '#local/actions/matrix.ts';
import { parseWorkflow } from '#local/actions/parse-workflow.ts';
import { intersectPermissions, toTokenPermissions } from '#local/actions/permissions.ts';
import { isTriggered } from '#local/actions/trigger.ts';

const scope = (change: Partial<ExpressionScope> = {}): ExpressionScope => ({
  contexts: {
    github: { ref: 'refs/heads/main', event: { labels: [{ name: 'a' }] } },
    inputs: { n: 3 },
  },
  success: true,
  failure: false,
  cancelled: false,
  hashFiles: () => 'hash',
  ...change,
});

describe('evaluateTemplate', () => {
  it.each([
    ['${{ inputs.n }}', 3],
    ['${{ inputs.n }} and ${{ inputs.n }}', '3 and 3'],
    ['${{ github.event.labels.*.name }}', ['a']],
    ["${{ format('{0} }} {1}', 'it''s', 'two''''s') }}", "it's } two''s"],
    ['${{ github.nothing.at.all }}', null],
    ["${{ contains(github.ref, 'MAIN') && 'yes' || 'no' }}", 'yes'],
    ["${{ hashFiles('a') }}", 'hash'],
    ['plain', 'plain'],
  ])('reads %s as %j', (template, expected) => {
    expect(evaluateTemplate(template, scope())).toEqual(expected);
  });

  it.each(['${{ 1 + 1 }}', '${{ unknown.x }}', '${{ missing(', '${{ nothing() }}'])(
    'refuses %s with a sentence',
    (template) => {
      expect(() => evaluateTemplate(template, scope())).toThrow(/expression|evaluate|expected/);
    },
  );
});

describe('evaluateCondition', () => {
  const failing = scope({ success: false, failure: true });

  it.each([
    [undefined, true, false],
    ['true', true, false],
    ['always()', true, true],
    ['${{ failure() }}', false, true],
    ["failure() || github.ref == 'x'", false, true],
    ["'always()' == 'x'", false, false],
    ['!cancelled()', true, true],
    ['text ${{ false }}', true, false],
  ])('%s is %s after success and %s after a failure', (condition, good, bad) => {
    expect(evaluateCondition(condition, scope())).toBe(good);
    expect(evaluateCondition(condition, failing)).toBe(bad);
  });
});

describe('parseFileCommand', () => {
  it('reads values, heredocs and values that hold the other form', () => {
    const text = 'a=1\nb<<EOF\none\n\ntwo=2\nEOF\nc=x<<y\nd<<=\nz\n=\ne<<EOF\nEOF\nf=\ng=a\r\n';

    expect(parseFileCommand(text)).toEqual({
      pairs: [
        ['a', '1'],
        ['b', 'one\n\ntwo=2'],
        ['c', 'x<<y'],
        ['d', 'z'],
        ['e', ''],
        ['f', ''],
        ['g', 'a\r'],
      ],
      problem: undefined,
    });
  });

  it.each([
    ['=x', "Invalid format '=x'. Name must not be empty"],
    ['no form', "Invalid format 'no form'"],
    ['a<<EOF\nnever ends', "Invalid value. Matching delimiter not found 'EOF'"],
    ['a<<EOF\nx\n EOF\nEOFF', "Invalid value. Matching delimiter not found 'EOF'"],
    ['a<<', "Invalid format 'a<<'. Name must not be empty and delimiter must not be empty"],
    [`a=${'x'.repeat(2 ** 20)}`, 'expected at most 1048576 bytes'],
  ])('refuses a broken command', (text, problem) => {
    expect(parseFileCommand(text)).toEqual({ pairs: [], problem });
  });

  it('keeps what comes before a mistake, as the runner does', () => {
    expect(parseFileCommand('a=1\nbroken\nb=2')).toEqual({
      pairs: [['a', '1']],
      problem: "Invalid format 'broken'",
    });
  });

  it('never lets a step export what the runner or node trusts', () => {
    const names = ['NODE_OPTIONS', 'node_options', 'GITHUB_SHA', 'RUNNER_TEMP', 'FINE'];

    expect(names.map(mayExport)).toEqual([false, false, false, false, true]);
  });
});

describe('parseLogCommand', () => {
  it('unescapes the message and the properties, and leaves ordinary output alone', () => {
    expect(parseLogCommand('::error file=a%2Cb,line=3::50%25%0Amore')).toEqual({
      name: 'error',
      properties: { file: 'a,b', line: '3' },
      message: '50%\nmore',
    });
    expect(parseLogCommand('a ::error::b')).toBeUndefined();
  });
});

describe('openMasks', () => {
  it('hides the longer secret first and each line of a long one', () => {
    const masks = openMasks();
    masks.add('secret');
    masks.add('secret-longer');
    masks.add('top line\nbottom line');

    expect(masks.hide('secret-longer secret bottom line')).toBe('*** *** ***');
    expect(masks.found('x top line')).toBe(true);
    expect(masks.found('nothing')).toBe(false);
  });

  const base64 = (text: string) => Buffer.from(text).toString('base64');

  it.each([
    ['in base64', base64('s3cret&"key"')],
    ['in base64 that ends with a line break', base64('s3cret&"key"\n')],
    ...['u', 'us', 'use', 'user'].map((user) => [
      `in base64 behind ${user}:`,
      base64(`${user}:s3cret&"key"!`),
    ]),
    ['in base64 for URLs', Buffer.from('>>>s3cret&"key"').toString('base64url')],
    ['in JSON', JSON.stringify({ key: 's3cret&"key"' })],
    ['in a URL', `https://example.com/?key=${encodeURIComponent('s3cret&"key"')}`],
    ['in XML', '<key>s3cret&amp;&quot;key&quot;</key>'],
  ])('hides a secret %s', (_how, line) => {
    const masks = openMasks();
    masks.add('s3cret&"key"');
    const hidden = masks.hide(line);

    expect(hidden).toContain('***');
    // What is left of the base64 is at most the characters that the secret shares with its neighbours.
    expect(line.length - hidden.replace('***', '').length).toBeGreaterThan(10);
    expect(masks.hide(base64('something else'))).toBe(base64('something else'));
  });
});

describe('expandMatrix', () => {
  it('gives GitHub’s documented result for its include example', () => {
    const result = expandMatrix({
      fruit: ['apple', 'pear'],
      animal: ['cat', 'dog'],
      include: [
        { color: 'green' },
        { color: 'pink', animal: 'cat' },
        { fruit: 'apple', shape: 'circle' },
        { fruit: 'banana' },
        { fruit: 'banana', animal: 'cat' },
      ],
    });

    expect(result).toEqual({
      ok: true,
      value: [
        { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
        { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
        { fruit: 'pear', animal: 'cat', color: 'pink' },
        { fruit: 'pear', animal: 'dog', color: 'green' },
        { fruit: 'banana' },
        { fruit: 'banana', animal: 'cat' },
      ],
    });
  });

  it('refuses more than 256 combinations before making them', () => {
    const many = Array.from({ length: 17 }, (_, index) => index);

    expect(expandMatrix({ a: many, b: many }).ok).toBe(false);
  });
});

describe('permissions', () => {
  it('give a called workflow never more than its caller has', () => {
    const wanted = { contents: 'write', 'id-token': 'write', issues: 'read' } as const;

    expect(intersectPermissions(wanted, { contents: 'read', 'id-token': 'write' })).toEqual({
      contents: 'read',
      'id-token': 'write',
    });
  });

  it('reach the token with underscores and without id-token', () => {
    expect(toTokenPermissions({ 'pull-requests': 'write', 'id-token': 'write' })).toEqual({
      pull_requests: 'write',
      metadata: 'read',
    });
  });
});

describe('isTriggered', () => {
  const push = (ref: string) => ({ name: 'push', action: undefined, ref });

  it.each([
    [{ branches: ['main'] }, push('refs/heads/main'), true],
    [{ branches: ['main'] }, push('refs/heads/other'), false],
    [{ branches: ['release/**', '!release/old'] }, push('refs/heads/release/old'), false],
    [{ 'branches-ignore': ['docs'] }, push('refs/heads/docs'), false],
    [{ tags: ['v*'] }, push('refs/heads/main'), false],
    [{ tags: ['v*'] }, push('refs/tags/v1'), true],
    [{ branches: ['main'] }, push('refs/tags/v1'), false],
    [null, { name: 'pull_request', action: 'labeled', ref: '' }, false],
    [null, { name: 'pull_request', action: 'opened', ref: '' }, true],
    [{ types: ['labeled'] }, { name: 'issues', action: 'labeled', ref: '' }, true],
    [{ types: ['labeled'] }, { name: 'issues', action: 'opened', ref: '' }, false],
  ])('decides %j for %j as %s', (filter, event, expected) => {
    expect(isTriggered(filter, event)).toBe(expected);
  });
});

describe('parseWorkflow', () => {
  const problems = (text: string) => {
    const parsed = parseWorkflow(text, 'w.yml');
    return parsed.ok ? [] : parsed.refusal;
  };

  it('names everything that is wrong, not only the first', () => {
    const text = `
on: workflow_dispatch
permissions: { contents: admin, nonsense: read }
jobs:
  a: { runs-on: x, needs: ghost, steps: [{ run: a, uses: b }] }
  b: { steps: [{ run: a }], extra: 1 }
`;

    expect(problems(text)).toEqual([
      'permissions.contents: expected read, write or none, got "admin"',
      'permissions: unknown permission "nonsense"',
      'jobs.a.steps[0]: expected exactly one of "run" and "uses"',
      'jobs.b: unexpected key "extra"',
      'jobs.b: expected "runs-on" or "uses", got neither',
      'jobs.a.needs: there is no job "ghost" in this file',
    ]);
  });

  it('refuses a bomb of aliases before it is expanded', () => {
    const text = `a: &a [x, x]\nb: &b [${'*a, '.repeat(300)}*a]\nc: [${'*b, '.repeat(300)}*b]`;

    expect(problems(text).join()).toMatch(/alias/i);
  });

  it.each([
    [
      'a cycle',
      'on: push\njobs:\n  a: { runs-on: x, needs: b, steps: [{ run: a }] }\n  b: { runs-on: x, needs: a, steps: [{ run: a }] }',
    ],
    ['no jobs', 'on: push'],
    ['text that is no YAML', 'on: [push'],
    ['a file that is too large', `# ${'x'.repeat(600_000)}`],
  ])('refuses %s', (_name, text) => {
    expect(problems(text).length).toBeGreaterThan(0);
  });
});

describe('matchesCreated', () => {
  it.each([
    ['2026-05-10', true],
    ['2026-05-09', false],
    ['>=2026-05-10', true],
    ['>2026-05-10', false],
    ['<2026-05-10', false],
    ['<=2026-05-10', true],
    ['2026-05-01..2026-05-10', true],
    ['2026-05-01..2026-05-09', false],
    ['*..2026-05-10', true],
    ['2026-05-10T12:00:00Z..*', true],
    ['>2026-05-10T12:00:00Z', false],
    ['yesterday', false],
  ])('%s holds for noon of the tenth of May: %s', (filter, expected) => {
    expect(matchesCreated(filter, '2026-05-10T12:00:00.000Z')).toBe(expected);
  });
});
