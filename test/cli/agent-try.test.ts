// `sallyport agent try`: the published agent, the real sandbox and gate, a folder of one's own.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openModelServer } from '../fake/model-server.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const cache = fileURLToPath(new URL('../../node_modules/.cache/tools/', import.meta.url));
const key = 'sk-try-0123456789abcdef';
let workspace: string;
beforeAll(async () => {
  await mkdir(cache, { recursive: true });
  workspace = await mkdtemp(join(tmpdir(), 'sallyport-try-test-'));
});
afterAll(() => rm(workspace, { recursive: true, force: true }));

async function sallyport(argv: readonly string[], environment: Readonly<Record<string, string>>) {
  const env = { ...process.env, RUNNER_TOOL_CACHE: cache, ...environment };
  const child = spawn(process.execPath, [main, ...argv], { env });
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [out, err, code] = await Promise.all([
    child.stdout.toArray(),
    child.stderr.toArray(),
    closed,
  ]);
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}

describe('sallyport agent try', () => {
  it('works on the folder as a run would, and reports walls, calls and what is left', async () => {
    const server = await openModelServer([
      { tool: 'issue_read', args: {} },
      { shell: 'echo red > shed.txt' },
      { say: 'The shed is red.' },
    ]);
    const issue = 'Paint the shed\nIt should be red.';
    const { code, out, err } = await sallyport(
      ['agent', 'try', 'claude-code', '--workspace', workspace, '--issue', issue, '--json'],
      { SALLYPORT_MODEL_KEY: key, SALLYPORT_MODEL_URL: server.url },
    );
    server.close();

    expect([code, code === 0 ? '' : err.slice(-1500)]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ exitCode: 0, processesLeft: 0, calls: { denied: 0 } });
    expect(await readdir(workspace)).toEqual(['shed.txt']);
    expect(await readFile(join(workspace, 'shed.txt'), 'utf8')).toBe('red\n');
    expect(server.calls.at(-1)?.body).toContain('It should be red.');
    expect(new Set(server.calls.map((call) => call.key))).toEqual(new Set([key]));
    expect(out + err).not.toContain(key);
  }, 120_000);

  it.each([
    [
      'an agent nobody knows',
      'devin',
      {},
      /expected claude-code, codex, gemini or opencode, got "devin"/,
    ],
    ['no key', 'codex', { SALLYPORT_MODEL_KEY: '' }, /set SALLYPORT_MODEL_KEY/],
    [
      'an address that is none',
      'codex',
      { SALLYPORT_MODEL_KEY: key, SALLYPORT_MODEL_URL: 'http://models.example.com' },
      /SALLYPORT_MODEL_URL must be the https URL/,
    ],
  ] as const)('refuses %s', async (_name, agent, environment, sentence) => {
    const argv = ['agent', 'try', agent, '--workspace', workspace, '--issue', 'x'];
    const { code, err } = await sallyport(argv, environment);
    expect([code, err]).toEqual([2, expect.stringMatching(sentence)]);
  });
});
