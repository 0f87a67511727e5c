import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { renderExport } from '#ledger/parse-export.ts';
import { entryHash, genesis } from '#model/entry.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const environment = { PATH: process.env.PATH };
  return promisify(execFile)(process.execPath, [main, ...args], { env: environment }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe('the command line', () => {
  it('shows its verbs', async () => {
    const { code, stdout } = await run('--help');

    expect(code).toBe(0);
    expect(stdout).toContain('demo');
    expect(stdout).toContain('ledger');
  });

  it.each([
    ['an unknown verb', ['frobnicate']],
    ['a port that is none', ['demo', '--port', '99999']],
    ['settings that are missing', ['serve']],
    ['a file that is not there', ['ledger', 'verify', 'no-such-file']],
  ])('ends with the usage code and one clear sentence on %s', async (_name, args) => {
    const { code, stdout, stderr } = await run(...args);

    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toContain('    at ');
    expect(stderr.length).toBeGreaterThan(20);
  });

  it('verifies a ledger export offline, and finds a changed one', async () => {
    const link = {
      seq: 1,
      at: '2026-11-22T00:00:00.000Z',
      kind: 'policy.decided' as const,
      runId: null,
      repositoryId: null,
      actor: 'app',
      facts: { verdict: 'allow' },
      previous: genesis,
    };
    const file = join(folder, 'ledger.jsonl');
    await writeFile(file, renderExport([{ ...link, hash: entryHash(link) }]));

    const good = await run('ledger', 'verify', file, '--json');
    expect([good.code, JSON.parse(good.stdout)]).toEqual([
      0,
      { intact: true, entries: 1, head: entryHash(link) },
    ]);

    await writeFile(file, (await readFile(file, 'utf8')).replace('allow', 'abide'));
    const bad = await run('ledger', 'verify', file);
    expect(bad.code).toBe(8);
    expect(bad.stderr).toContain('entry 1 is not what was recorded');
  });
});
