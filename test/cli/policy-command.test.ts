import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { policyText } from '../dispatch/a-ruling.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
const broken = 'version: 1\nagent:\n  use: comand\n  run: x\nverify: { commands: [] }\n';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-policy-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(args: readonly string[], input = '') {
  const child = spawn(process.execPath, [main, 'policy', ...args], {
    env: { PATH: process.env.PATH },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('policy check', () => {
  it('ends with 0 and nothing to say about a valid file', async () => {
    const { code, stdout } = await run(['check', await file('good.yml', policyText), '--json']);

    expect([code, JSON.parse(stdout)]).toEqual([0, { ok: true, errors: [] }]);
  });

  it('ends with 1 and names each mistake with line, column and key, for machines', async () => {
    const { code, stdout } = await run(['check', '-', '--json'], broken);

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      errors: [
        {
          line: 3,
          column: 3,
          key: 'agent.use',
          message: 'expected "command" or "claude-code", got "comand"',
        },
        {
          line: 5,
          column: 11,
          key: 'verify.commands',
          message: 'expected array to have >=1 items, got []',
        },
      ],
    });
  });

  it('prints them for people as compilers do, one a line', async () => {
    const path = await file('broken.yml', broken);
    const { code, stdout, stderr } = await run(['check', path]);

    expect(code).toBe(1);
    expect(stdout.split('\n')[0]).toBe(
      `${path}:3:3: agent.use: expected "command" or "claude-code", got "comand"`,
    );
    expect(stderr).toContain('has 2 mistakes');
  });

  it('holds a file to its organization’s policy', async () => {
    const policy = await file('policy.yml', policyText);
    const bound = await file('organization.yml', 'version: 1\nagent: { minutes: 10 }\n');
    const { code, stdout } = await run(['check', policy, '--organization', bound, '--json']);

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      errors: [{ line: 2, key: 'agent.minutes', message: expect.stringContaining('10; got 30') }],
    });
  });

  it('ends with 2 when there is no such file', async () => {
    const { code, stderr } = await run(['check', join(folder, 'none.yml')]);

    expect(code).toBe(2);
    expect(stderr).toContain('expected a policy file');
  });
});
