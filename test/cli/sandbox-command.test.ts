// People and tests get the sandbox that agents get: the real command, the real walls.
import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { countProcesses } from '#cli/sandbox/count-processes.ts';
import { readEgressLog } from '#model/egress-log.ts';
import { createSandboxHost } from '#runner/sandbox-host.ts';
import { sandboxesOn } from '#sandbox/sandbox.ts';

const exec = promisify(execFile);
const main = new URL('../../src/main.ts', import.meta.url).pathname;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-command-'));
  await mkdir(join(folder, 'work'));
  await mkdir(join(folder, 'given'));
  await writeFile(join(folder, 'given', 'word'), 'hello');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return exec(process.execPath, [main, 'sandbox', 'run', ...args], {
    env: { PATH: process.env.PATH, HOME: folder, SECRET_OF_THE_HOST: 'canary-7f3a' },
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe('sallyport sandbox run', () => {
  it('runs a command behind every wall, reports them, and leaves nothing behind', async () => {
    const work = join(folder, 'work');
    await chown(work, 65534, 65534);
    const given = join(folder, 'given');
    const log = join(folder, 'egress.jsonl');
    const script = [
      'echo "$WORD from $(cat "$GIVEN/word")" > /workspace/new',
      'touch "$GIVEN/more" 2>/dev/null && echo wrote',
      'env | grep -c canary-7f3a',
      'setsid sleep 300 &',
      'curl -sS --max-time 5 https://exfiltration.example/ >/dev/null 2>&1 && echo leaked',
      'exit 3',
    ].join('\n');

    const { code, stdout, stderr } = await run(
      ...['--workspace', work, '--read-only', given, '--log', log, '--json'],
      ...['--env', 'WORD=greetings=twice', '--env', `GIVEN=${given}`],
      ...['--', 'sh', '-c', script],
    );

    expect(code).toBe(3);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      exitCode: 3,
      timedOut: false,
      limits: { memoryMib: 6144, pids: 2048, seconds: 3600 },
      walls: { NoNewPrivs: '1', Seccomp: '2', CapBnd: '0000000000000000' },
      denied: [
        {
          host: 'exfiltration.example',
          calls: expect.any(Number),
          rules: expect.arrayContaining(['host-not-listed']),
          lines: ['- host: exfiltration.example'],
          by: process.getuid?.() === 0 ? [expect.stringContaining('curl: curl -sS')] : [],
        },
      ],
      processesLeft: 0,
    });
    expect(report.calls).toMatchObject({ allowed: 0, denied: expect.any(Number) });
    expect(stderr).toContain('to allow it: "- host: exfiltration.example" under sandbox.egress');
    expect(stderr.split('\n')[0]).toBe('0'); // of the host's environment nothing is there
    expect(stderr).not.toMatch(/wrote|leaked/);
    expect(await readFile(join(work, 'new'), 'utf8')).toBe('greetings=twice from hello\n');
    expect(await stat(join(work, 'new'))).toMatchObject({ uid: 65534 }); // given back to its owner
    const written = readEgressLog(await readFile(log, 'utf8'));
    expect(written).toMatchObject({ unreadable: 0, trouble: null });
    expect(written.calls).toHaveLength(report.calls.denied);
    expect(written.calls.at(-1)).toMatchObject({ phase: 'work', decision: 'refused' });
  });

  it('has the ways out of the phase that is named', async () => {
    const policy = join(folder, 'phases.yml');
    const sandbox = { egress: { setup: [{ host: 'setup.example' }] } };
    const agent = { use: 'command', run: 'true' };
    const verify = { commands: [{ name: 'test', run: 'true' }] };
    await writeFile(policy, JSON.stringify({ version: 1, agent, sandbox, verify }));
    const ask = 'curl -s -m 5 -x http://127.0.0.1:3128 http://setup.example/';
    const rules = async (phase: string) => {
      const named = ['--policy', policy, '--phase', phase, '--json'];
      const { stdout } = await run(...named, '--', 'sh', '-c', ask);
      return JSON.parse(stdout).denied[0].rules;
    };
    expect(await rules('setup')).toEqual(['plain-http']); // listed, and by https alone
    expect(await rules('work')).toEqual(['host-not-listed']);
  });

  it('ends with 124 when its time is up, and with 137 when it was killed', async () => {
    const late = await run('--seconds', '1', '--', 'sleep', '60');
    expect([late.code, late.stderr]).toEqual([124, expect.stringContaining('ended after 1 s')]);
    expect((await run('--', 'sh', '-c', 'kill -9 $$')).code).toBe(137);
  });

  it('takes options that come after the command for the command’s own', async () => {
    expect(await run('--', 'echo', '--json', '-x')).toMatchObject({
      code: 0,
      stdout: '--json -x\n',
    });
  });

  it.each([
    ['a phase', ['--phase', 'play'], 2, 'expected --phase setup or work, got play'],
    ['a variable', ['--env', '1x=secret'], 2, 'expected --env NAME=VALUE, got 1x'],
    ['a time', ['--seconds', '0'], 2, 'expected --seconds from 1 to 86400, got 0'],
    ['a folder', ['--workspace', '/nowhere'], 2, 'expected --workspace to be a folder'],
    ['the root', ['--read-only', '/'], 2, 'expected --read-only to be a folder, but not the root'],
    ['a policy', ['--policy', main], 1, 'line 1, column 1'],
  ])('says in one sentence what is wrong with %s', async (_name, args, expected, sentence) => {
    const { code, stdout, stderr } = await run(...args, '--', 'true');

    expect([code, stdout, stderr]).toEqual([expected, '', expect.stringContaining(sentence)]);
    expect(stderr).not.toContain('secret');
  });

  it('counts a process as long as it runs', async () => {
    const host = createSandboxHost();
    const opened = await sandboxesOn(host)({
      ...{ phase: 'work', workspace: null, mounts: [], memoryMib: 512, pids: 64 },
      egress: { hosts: [], routes: [] },
      onEgress: () => {},
    });
    if (!opened.ok) throw new Error(opened.refusal.sentence);
    await opened.value.start({ argv: ['sleep', '60'], environment: {}, timeoutMs: 60_000 });
    await expect(until(() => countProcesses(host.pid) > 0)).resolves.toBeUndefined();
    await opened.value.close();
    expect(countProcesses(host.pid)).toBe(0);
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}
