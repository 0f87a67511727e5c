// An owner tries Sallyport on a repository of their own, before installing anything. The real
// command in a process of its own; every ending has its sentence and its exit code.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const exec = promisify(execFile);
const main = new URL('../../src/main.ts', import.meta.url).pathname;
/** One journey on a machine that is busy with other suites. */
const journeyMs = 170_000;

const files = {
  'package.json': '{ "name": "sum", "type": "module", "scripts": { "test": "node --test" } }\n',
  'sum.js': 'export const sum = (numbers) => numbers.reduce((a, b) => a + b);\n',
  'test/sum.test.js': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sum } from '../sum.js';
test('adds', () => assert.equal(sum([1, 2]), 3));
`,
};
const redTest = `
test('the sum of nothing is 0', () => assert.equal(sum([]), 0));
`;

/** Agents as command lines: a small script each, brought into the sandbox by the demo. */
const agents = {
  fixes: `import { appendFileSync, writeFileSync } from 'node:fs';
writeFileSync('sum.js', 'export const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);\\n');
appendFileSync('test/sum.test.js', ${JSON.stringify(redTest)});
`,
  skips: `import { writeFileSync } from 'node:fs';
writeFileSync('test/sum.test.js', "import { test } from 'node:test';\\ntest('adds', { skip: true }, () => {});\\n");
`,
  fails: 'console.error("no credit left"); process.exit(1);\n',
  waits: 'setTimeout(() => {}, 600_000);\n',
} as const;

let home: string;
let repository: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-own-'));
  repository = join(home, 'my sums');
  await mkdir(join(home, 'tmp'));
  for (const [path, text] of Object.entries(files)) await write(join(repository, path), text);
  for (const [name, text] of Object.entries(agents)) await write(join(home, `${name}.mjs`), text);
  await git('init', '-q', '-b', 'trunk');
  await git('add', '-A');
  await git('commit', '-qm', 'first');
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe('sallyport demo --repo', () => {
  it(
    'walks the journey on a copy, leaves branch and evidence behind, and never touches the original',
    async () => {
      // What a person has lying about: uncommitted work, and no branch checked out.
      await git('checkout', '-q', '--detach');
      await write(join(repository, 'notes.txt'), 'mine\n');
      const before = await snapshot();

      const { code, stdout } = await demo('fixes', '--out', join(home, 'out'));

      expect(code).toBe(0);
      const report = JSON.parse(stdout);
      expect(report).toMatchObject({ ok: true, ledger: { intact: true } });
      expect(report.runs).toEqual([
        expect.objectContaining({
          state: 'settled',
          verdict: expect.objectContaining({ result: 'proven' }),
          checks: { 'sallyport / evidence': 'success', 'sallyport / review': 'success' },
        }),
      ]);
      expect(report.runs[0].verdict.cells.baseHead).toMatchObject({ green: false, failed: 1 });
      const left = join(home, 'out', 'repository.git');
      const { stdout: heads } = await exec('git', ['-C', left, 'branch', '--list', 'sallyport/*']);
      expect(heads).toMatch(/sallyport\/\S+/);
      const verified = await run('evidence', 'verify', join(home, 'out', 'evidence-1'));
      expect([verified.code, verified.stdout]).toEqual([
        0,
        expect.stringContaining('signed and whole'),
      ]);
      expect(await snapshot()).toEqual(before);
    },
    journeyMs,
  );

  it.each([
    ['skips the failing test', 'skips', 4, /unproven: \w+ is missing\. ./],
    ['exits 1', 'fails', 5, /exit code 1/],
  ] as const)(
    'ends with a sentence and a code when the agent %s',
    async (_name, agent, expected, sentence) => {
      const { code, stdout, stderr } = await demo(agent, '--out', join(home, `out-${agent}`));

      expect([code, lastLine(stderr)]).toEqual([expected, expect.stringMatching(sentence)]);
      expect(stderr).not.toContain('    at ');
      expect(JSON.parse(stdout)).toMatchObject({ ok: false, ledger: { intact: true } });
    },
    journeyMs,
  );

  it(
    'takes everything down on ctrl-C while the agent works',
    async () => {
      const child = start('waits');
      const exit = new Promise((resolve) => child.once('exit', resolve));
      const [agent = 0] = await until(() => processesOf('.sallyport/agent/waits.mjs'));
      const inode = readlinkSync(`/proc/${agent}/ns/net`).replace(/\D/g, '');
      const [name] = namespaces().find(([, one]) => one === inode) ?? [];
      child.kill('SIGINT');

      expect(await exit).toBe(130);
      expect(processesOf(home)).toEqual([]);
      // By its name: the kernel gives an inode number out again, to whatever else runs here.
      expect(name).toMatch(/^sallyport-/);
      expect(namespaces().map(([one]) => one)).not.toContain(name);
      expect(readdirSync(join(home, 'tmp'))).toEqual([]);
    },
    journeyMs,
  );

  it.each([
    ['no git repository', ['--repo', '/', '--issue', 'x'], 2, /not a git repository/],
    ['an empty issue', ['--repo', '.', '--issue', '  '], 2, /the issue is empty/],
    ['two agents', ['--repo', '.', '--issue', 'x', '--agent', 'claude-code'], 2, /not both/],
  ])('refuses %s before anything is started', async (_name, args, expected, sentence) => {
    const { code, stdout, stderr } = await run(
      'demo',
      ...args,
      '--agent-command',
      'true',
      '--once',
    );

    expect([code, stdout]).toEqual([expected, '']);
    expect(lastLine(stderr)).toMatch(sentence);
  });

  it('refuses a port that is taken, and says which', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await demo('fixes', '--github-port', String(port));
    taken.close();

    expect([code, lastLine(stderr)]).toEqual([7, expect.stringContaining(`port ${port}`)]);
  });
});

function demo(agent: keyof typeof agents, ...more: string[]) {
  return run(...demoArguments(agent), ...more);
}

function demoArguments(agent: keyof typeof agents): string[] {
  const command = `node ${join(home, `${agent}.mjs`)}`;
  const issue = 'The sum of nothing is not 0';
  return [
    'demo',
    '--repo',
    repository,
    '--issue',
    issue,
    '--agent-command',
    command,
    '--once',
    '--json',
  ];
}

function start(agent: keyof typeof agents): ChildProcess {
  return spawn(process.execPath, [main, ...demoArguments(agent), '--out', join(home, 'none')], {
    stdio: 'ignore',
    env: environment(),
  });
}

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return exec(process.execPath, [main, ...args], {
    env: environment(),
    maxBuffer: 64_000_000,
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

function environment() {
  return { PATH: process.env.PATH, HOME: home, TMPDIR: join(home, 'tmp') };
}

/** What an owner would notice: every file, every ref, and what is checked out. */
async function snapshot() {
  const { stdout: refs } = await git('for-each-ref');
  const { stdout: head } = await git('rev-parse', 'HEAD');
  const { stdout: status } = await git('status', '--porcelain');
  return { refs, head, status, sum: await readFile(join(repository, 'sum.js'), 'utf8') };
}

/** Processes that name something in their command line, but for this one. */
function processesOf(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((id) => readIfThere(`/proc/${id}/cmdline`).includes(text))
    .map(Number);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The network namespaces that have a name, with their inode numbers. */
function namespaces(): (readonly [name: string, inode: string])[] {
  return readdirSync('/run/netns').flatMap((name) => {
    try {
      return [[name, String(statSync(`/run/netns/${name}`).ino)] as const];
    } catch {
      return []; // Another sandbox's, gone since it was listed.
    }
  });
}

async function until(look: () => number[]): Promise<number[]> {
  for (;;) {
    const seen = look();
    if (seen.length > 0) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function git(...args: string[]) {
  const who = ['-c', 'user.name=Owner', '-c', 'user.email=owner@example.invalid'];
  return exec('git', ['-C', repository, ...who, ...args]);
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
