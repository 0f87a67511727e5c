// `sallyport demo --repo DIR --agent NAME`: an agent of one's own choice on one's own repository. The
// published CLI, in the job's sandbox; the key is a secret of the environment sallyport-agent.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openModelServer } from '../fake/model-server.ts';

const exec = promisify(execFile);
const main = new URL('../../src/main.ts', import.meta.url).pathname;
const key = 'sk-demo-0123456789abcdef';

const fix = `cat > sum.js <<'EOF'
export const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
EOF
cat >> test/sum.test.js <<'EOF'
test('the sum of nothing is 0', () => assert.equal(sum([]), 0));
EOF`;
const files = {
  'package.json': '{ "name": "sum", "type": "module", "scripts": { "test": "node --test" } }\n',
  'sum.js': 'export const sum = (numbers) => numbers.reduce((a, b) => a + b);\n',
  'test/sum.test.js': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sum } from '../sum.js';
test('adds', () => assert.equal(sum([1, 2]), 3));
`,
};

let home: string;
let repository: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-own-'));
  repository = join(home, 'sums');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(repository, path)), { recursive: true });
    await writeFile(join(repository, path), text);
  }
  const git = (...argv: string[]) =>
    exec('git', ['-c', 'user.name=o', '-c', 'user.email=o@example.org', ...argv], {
      cwd: repository,
    });
  await git('init', '-q', '-b', 'trunk');
  await git('add', '-A');
  await git('commit', '-qm', 'first');
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** The command as a person types it. */
async function demo(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const all = [
    main,
    'demo',
    '--repo',
    repository,
    '--issue',
    'Sums\nof nothing fail.',
    '--once',
    '--json',
    ...argv,
  ];
  const env = { ...process.env, ...environment };
  try {
    return { code: 0, ...(await exec(process.execPath, all, { env, maxBuffer: 64_000_000 })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

describe('sallyport demo --repo --agent', () => {
  it('lets Claude Code do the work and proves it, and shows its key to nobody', async () => {
    const server = await openModelServer([
      { tool: 'issue_read', args: {} },
      { shell: fix },
      { say: 'Sums of nothing are 0.' },
    ]);
    const { code, stdout, stderr } = await demo(
      ['--agent', 'claude-code', '--model', 'claude-sonnet-4-5', '--out', join(home, 'out')],
      { SALLYPORT_MODEL_KEY: key, SALLYPORT_MODEL_URL: server.url },
    );
    server.close();

    expect([code, code === 0 ? '' : stderr.slice(-2000)]).toEqual([0, '']);
    expect(JSON.parse(stdout).runs).toEqual([
      expect.objectContaining({
        state: 'settled',
        verdict: expect.objectContaining({ result: 'proven' }),
      }),
    ]);
    const told = server.calls.map(({ body }) => body).join('');
    expect(told).toContain('of nothing fail.');
    expect(told).toContain('claude-sonnet-4-5');
    expect(new Set(server.calls.map((call) => call.key))).toEqual(new Set([key]));
    expect(stdout + stderr + told).not.toContain(key);
  }, 170_000);

  it.each([
    [
      'an agent nobody knows',
      ['--agent', 'devin'],
      /claude-code, codex, gemini or opencode, got "devin"/,
    ],
    ['an agent without the key of its model', ['--agent', 'codex'], /set SALLYPORT_MODEL_KEY/],
    [
      'a model without an agent',
      ['--agent-command', 'true', '--model', 'x'],
      /--model goes with --agent NAME/,
    ],
  ] as const)('refuses %s before anything is started', async (_name, argv, sentence) => {
    const { code, stdout, stderr } = await demo(argv, { SALLYPORT_MODEL_KEY: '' });

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(sentence);
  });
});
