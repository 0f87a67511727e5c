import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LineCounter, parseDocument } from 'yaml';
import { policySchema } from '#model/policy.ts';
import { checkSize, levelsMax, tokensMax } from '#policy/check-size.ts';
import { derivePolicy } from '#policy/derive-policy.ts';
import { parsePolicy } from '#policy/parse-policy.ts';
import { toMistakes } from '#policy/policy-mistake.ts';
import { policyBytesMax } from '#policy/read-policy-file.ts';

const good = `version: 1
agent: { use: command, run: node agent.mjs }
verify: { commands: [ { name: test, run: npm test } ] }
`;

function mistakesOf(text: string) {
  const parsed = parsePolicy(text);
  return parsed.ok ? [] : parsed.refusal.errors;
}

describe('parsePolicy', () => {
  it('reads a policy and fills in what it does not say', () => {
    const parsed = parsePolicy(good);

    expect(parsed).toMatchObject({
      ok: true,
      value: {
        agent: { use: 'command', run: 'node agent.mjs', minutes: 45 },
        triggers: [{ label: 'sallyport', role: 'write' }],
        chain: { depth: 3, nodes: 10, parallel: 1 },
      },
    });
  });

  it('names every mistake with its line, column, key, and what was expected and seen', () => {
    const text = `version: 2
agent: { use: command, run: x, budget: 5 }
verify:
  commands:
    - { name: TEST, run: 3 }
sandbox: { pids: 3, egress: [ npm, pip, { host: EXAMPLE.com } ] }
`;

    expect(mistakesOf(text)).toEqual([
      { line: 1, column: 1, key: 'version', message: 'expected 1, got 2' },
      {
        line: 2,
        column: 32,
        key: 'agent.budget',
        message:
          'expected one of the keys use, run, model, minutes, budget_usd, budget_tokens, prices, got "budget"',
      },
      {
        line: 5,
        column: 9,
        key: 'verify.commands[0].name',
        message: 'expected lower-case letters, digits, hyphens, got "TEST"',
      },
      {
        line: 5,
        column: 21,
        key: 'verify.commands[0].run',
        message: 'expected a string, got 3',
      },
      {
        line: 6,
        column: 12,
        key: 'sandbox.pids',
        message: 'expected number to be >=64, got 3',
      },
      {
        line: 6,
        column: 36,
        key: 'sandbox.egress[1]',
        message:
          'expected "npm" or "pypi" or "crates" or "go" or "maven" or "nuget" or "rubygems" or "debian" or "ubuntu" or "github" or an object, got "pip"',
      },
      {
        line: 6,
        column: 43,
        key: 'sandbox.egress[2].host',
        message:
          'expected a lower-case host name without port, path or wildcard, got "EXAMPLE.com"',
      },
    ]);
  });

  it('asks the command agent for its command line', () => {
    expect(mistakesOf(good.replace(', run: node agent.mjs', ''))).toEqual([
      {
        line: 2,
        column: 1,
        key: 'agent.run',
        message: 'the command agent needs agent.run: the command line to start, got none',
      },
    ]);
  });

  it.each([
    ['budget_usd: 5, run: node agent.mjs', 'agent.budget_usd', 'an agent whose model is counted'],
    ['budget_tokens: 5, run: x', 'agent.budget_tokens', 'an agent whose model is counted'],
  ])('refuses a budget that nobody could hold: %s', (text, key, sentence) => {
    const [mistake] = mistakesOf(good.replace('run: node agent.mjs', text));
    expect([mistake?.key, mistake?.message]).toEqual([key, expect.stringContaining(sentence)]);
  });

  it.each([
    ['budget_usd: 5', 'agent.budget_usd', 'expected agent.prices beside it'],
    ['budget_usd: 5, prices: {}', 'agent.budget_usd', 'expected agent.prices beside it'],
    [
      'budget_usd: 5, model: claude-x, prices: { claude-y: { input: 1, output: 2 } }',
      'agent.prices',
      'expected a price of claude-x',
    ],
    ['budget_usd: 0, prices: { "*": { input: 1, output: 2 } }', 'agent.budget_usd', ''],
    ['prices: { "*": { input: 1 } }', 'agent.prices.*.output', ''],
  ])('refuses a budget that could not be counted: %s', (text, key, sentence) => {
    const [mistake] = mistakesOf(good.replace('command, run: node agent.mjs', `codex, ${text}`));
    expect([mistake?.key, mistake?.message]).toEqual([key, expect.stringContaining(sentence)]);
  });

  it.each([
    'budget_tokens: 500000',
    'budget_usd: 5, prices: { "*": { input: 1, output: 2 } }',
    'budget_usd: 5, model: openai/gpt-5.1, prices: { gpt-5.1: { input: 1, output: 2, cache_read: 0.1 } }',
  ])('takes a budget: %s', (text) => {
    expect(mistakesOf(good.replace('command, run: node agent.mjs', `codex, ${text}`))).toEqual([]);
  });

  it('refuses two commands of one name, because their reports would be one file', () => {
    const text = good.replace('npm test }', 'npm test }, { name: test, run: npm run lint }');

    expect(mistakesOf(text).map((one) => one.key)).toEqual(['verify.commands[1].name']);
  });

  it.each([
    ['nothing', ''],
    ['a list', '- 1\n'],
    ['broken YAML', 'version: [\n'],
    ['a key twice', `${good}version: 1\n`],
    ['two documents', `${good}---\n${good}`],
    ['an unknown tag', 'version: !!js/function 1\n'],
    ['an unclosed quote', 'version: "\n'],
  ])('refuses %s at a place', (_name, text) => {
    const [mistake] = mistakesOf(text);

    expect(mistake?.line).toBeGreaterThanOrEqual(1);
    expect(mistake?.message).not.toBe('');
  });

  it.each([
    ['a second document', `${good}---\n${good}`, /^expected one document/],
    ['lists in lists', `a: ${'['.repeat(60_000)}`, /^expected a few levels/],
    ['maps in maps', `a: ${'{a: '.repeat(12_000)}`, /^expected a few levels/],
    ['lists that open on one line', '- '.repeat(30_000), /^expected a few levels/],
    ['questions in questions', '? '.repeat(30_000), /^expected a few levels/],
    ['lists that end nowhere', `a: [${','.repeat(60_000)}`, /^expected at most 20000 words/],
    ['ends of lists alone', ']'.repeat(60_000), /^expected at most 20000 words/],
    ['a long tag', `a: ${'!'.repeat(60_000)}`, /^.{0,250}$/],
    ['a tag that hides', 'a: !\u202e\u0007x 1\n', /^[ -~]+$/],
  ])('says in a short sentence for people that there is %s', (_name, text, sentence) => {
    expect(mistakesOf(text)[0]?.message).toMatch(sentence);
    expect(mistakesOf(text).length).toBeLessThanOrEqual(20);
  });

  it('refuses levels and signs that nobody writes before the parser has any of them', () => {
    const deep = (levels: number) =>
      `${good}\nprotect: ${'['.repeat(levels)}\n${']'.repeat(levels)}\n`;
    const quoted = `protect: [ '${'['.repeat(150)}' ] # ${'{'.repeat(150)}\n`;

    expect(checkSize(deep(levelsMax))).toBeUndefined();
    expect(checkSize(deep(levelsMax + 1))).toMatchObject({ line: 5, column: 10 + levelsMax });
    expect(checkSize('[],'.repeat(2_000))).toBeUndefined();
    expect(checkSize(`[${','.repeat(tokensMax)}`)).toMatchObject({ line: 1 });
    // Brackets in a text or a comment open nothing (the control).
    expect(mistakesOf(good + quoted)).toEqual([]);
  });

  it('looks up a hundred places, however many keys nobody knows', () => {
    const text = Array.from({ length: 5_000 }, (_, at) => `key${at}: 1`).join('\n');
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
    let looked = 0;
    const counting = new Proxy(lines, {
      get: (target, name) => {
        if (name === 'linePos') looked += 1;
        return Reflect.get(target, name);
      },
    });
    const keys = Array.from({ length: 5_000 }, (_, at) => `key${at}`);
    const issue = { code: 'unrecognized_keys', path: [], message: '', keys };
    const one = { document, lines: counting, schema: policySchema };

    expect(toMistakes([issue], document.toJS(), one)).toHaveLength(100);
    expect(looked).toBe(100);
    expect(mistakesOf(text.split('\n', 1_000).join('\n'))).toHaveLength(20);
  });

  it('refuses an alias bomb before it grows', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg'].map((pair) => [...pair])) {
      bomb.push(`${to}: &${to} [${Array(8).fill(`*${from}`).join(',')}]`);
    }

    expect(mistakesOf(bomb.join('\n'))[0]?.message).toContain('aliases');
  });

  it.each([
    ['an alias of nothing', 'protect: *gone', 4, 10, 'an anchor "gone" above, got none'],
    ['a list that holds itself', 'protect: &a [*a]', 4, 14, 'got one that holds itself'],
    ['a key twice', 'protect: []\nprotect: []', 5, 1, 'the key "protect" once, got it again'],
    ['a key that is a number', 'protect: []\n404: x', 5, 1, 'a word as key, got 404'],
    ['a key that is nothing', 'protect: []\n~: x', 5, 1, 'a word as key, got null'],
    ['a key that is a list', 'protect: []\n? [a]\n: x', 5, 3, 'a word as key, got something else'],
    [
      'a tool whose name is dropped',
      'context: { tools: { __proto__: allow } }',
      4,
      21,
      '"__proto__"',
    ],
  ])('says where there is %s', (_name, more, line, column, message) => {
    expect(mistakesOf(`${good}${more}\n`)).toEqual([
      { line, column, key: '', message: expect.stringContaining(message) },
    ]);
  });

  it('refuses a key that an alias says a second time, which a reviewer would not see', () => {
    const named = good.replace('run: node agent.mjs', '$&, &m minutes: 5');

    expect(parsePolicy(named)).toMatchObject({ ok: true, value: { agent: { minutes: 5 } } });
    expect(mistakesOf(named.replace('minutes: 5', '$&, *m : 350'))[0]?.message).toContain(
      'a word as key',
    );
  });

  it('reads the YAML that people know, and no older one', () => {
    const octal = `${good}limits: { parallel: 010 }\n`;

    expect(parsePolicy(`%YAML 1.2\n---\n${octal}`)).toMatchObject({
      ok: true,
      value: { limits: { parallel: 10 } },
    });
    expect(mistakesOf(`# as 8\n%YAML 1.1\n---\n${octal}`)).toEqual([
      { line: 2, column: 1, key: '', message: 'expected YAML 1.2, got 1.1' },
    ]);
    expect(mistakesOf(`%YAML 1.1\n---\n${good}context: { <<: { tools: {} } }\n`)).toHaveLength(1);
  });

  it('refuses a file that is too long without reading it', () => {
    expect(mistakesOf(`${good}#${'x'.repeat(policyBytesMax)}`)[0]?.message).toContain(
      '65536 bytes',
    );
  });

  it('never shows control or invisible characters of a value', () => {
    const [mistake] = mistakesOf(good.replace('command,', '"a\u202eb\u0007",'));

    expect(mistake?.message).toMatch(/got "ab(\\u0007)?"$/);
  });
});

describe('derivePolicy', () => {
  const agent = { use: 'claude-code' } as const;
  const node = (scripts: object, more: object = {}) => JSON.stringify({ scripts, ...more });

  it.each([
    [
      'node’s own runner gets a JUnit report',
      { packageJson: node({ test: 'node --test' }), files: ['package.json'] },
      {
        run: 'node --test --test-reporter=junit --test-reporter-destination=sallyport-junit.xml --test-reporter=spec --test-reporter-destination=stdout',
        report: 'sallyport-junit.xml',
      },
      undefined,
    ],
    [
      'another runner is known by its exit code only',
      {
        packageJson: node({ test: 'jest' }, { devDependencies: { jest: '1' } }),
        files: ['package-lock.json'],
      },
      { run: 'npm test' },
      'npm ci',
    ],
    [
      'a script that does more than run tests is left as it is',
      { packageJson: node({ test: 'node --test && rm -rf x' }), files: [] },
      { run: 'npm test' },
      undefined,
    ],
    [
      'a lockfile without dependencies needs no setup',
      { packageJson: node({ test: 'jest' }), files: ['package-lock.json'] },
      { run: 'npm test' },
      undefined,
    ],
    [
      'pnpm is known by its lockfile',
      {
        packageJson: node({ test: 'vitest' }, { dependencies: { a: '1' } }),
        files: ['pnpm-lock.yaml'],
      },
      { run: 'pnpm test' },
      'pnpm install --frozen-lockfile',
    ],
    [
      'Python is tested by pytest',
      { files: ['pyproject.toml'] },
      {
        run: 'python3 -m pytest --junitxml=sallyport-junit.xml',
        report: 'sallyport-junit.xml',
      },
      undefined,
    ],
    ['Go has its own', { files: ['go.mod'] }, { run: 'go test ./...' }, undefined],
    ['Rust has its own', { files: ['Cargo.toml'] }, { run: 'cargo test' }, undefined],
    ['make is the last resort', { files: ['Makefile'] }, { run: 'make test' }, undefined],
  ])('%s', (_name, repository, command, setup) => {
    const parsed = parsePolicy(derivePolicy(repository, { agent }));

    expect(parsed).toMatchObject({ ok: true });
    if (!parsed.ok) return;
    expect(parsed.value.verify.commands).toEqual([{ name: 'test', minutes: 15, ...command }]);
    expect(parsed.value.sandbox.setup).toBe(setup);
    expect(parsed.value.sandbox.egress).toEqual(setup ? ['npm'] : []);
  });

  it('says a command that fails when nothing shows how a repository is tested', () => {
    const policy = derivePolicy(
      { packageJson: '{ broken', files: ['README.md'] },
      { agent: { use: 'command', run: 'true' } },
    );

    expect(parsePolicy(policy)).toMatchObject({
      ok: true,
      value: { verify: { commands: [{ run: expect.stringContaining('exit 1') }] } },
    });
  });

  it('takes a person’s own test command as it is', () => {
    const policy = derivePolicy({ files: ['go.mod'] }, { agent, testCommand: 'just "test: all"' });

    expect(parsePolicy(policy)).toMatchObject({
      ok: true,
      value: { verify: { commands: [{ run: 'just "test: all"' }] } },
    });
  });
});

describe('parsePolicy on anything at all', () => {
  const pieces = fc.constantFrom(
    ...[
      'version: 1',
      'agent:',
      '  use: command',
      '  run: x',
      '- ',
      '{',
      '}',
      '[',
      ']',
      ': ',
      '&a',
      '*a',
    ],
    ...[
      '<<: *a',
      '&a [*a]',
      '"',
      "'",
      '|',
      '>',
      '!!js/function',
      '%YAML 1.1',
      '---',
      '...',
      '\t',
      '\u0000',
    ],
    ...['verify: { commands: [ { name: test, run: npm test } ] }', '? x', '\u202e', '\ud800'],
  );

  it('text:hostile: answers with a policy or with mistakes at a place, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 12 }).map((some) => some.join('\n')),
        ),
        (text) => {
          const parsed = parsePolicy(text);
          if (parsed.ok) return;
          expect(parsed.refusal.errors.length).toBeGreaterThan(0);
          for (const { line, column, message } of parsed.refusal.errors) {
            expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
            expect(message).not.toBe('');
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
