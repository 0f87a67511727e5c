// The gate stopped and killed while calls go on: what it held ends with it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openOrigin, openTestSandbox, sh } from './open-test-sandbox.ts';

const owner = new URL('gate-owner.ts', import.meta.url).pathname;
const fair = 'curl -sk -m 1 -x http://127.0.0.1:3128 https://allowed.test/beat';
const direct = 'curl -sk -m 1 --noproxy "*" https://allowed.test/beat';
const beats = `while true; do ${fair} >/dev/null; echo "proxy $?" >> beats; ${direct} > /dev/null; echo "direct $?" >> beats; done`;

let origin: Awaited<ReturnType<typeof openOrigin>>;
let workspace: string;
beforeAll(async () => {
  origin = await openOrigin();
  workspace = mkdtempSync(join(tmpdir(), 'sallyport-gate-'));
});
afterAll(async () => {
  await origin.close();
  rmSync(workspace, { recursive: true });
});

const written = () => readdirSync(workspace).includes('beats');
const lines = () =>
  written() ? readFileSync(join(workspace, 'beats'), 'utf8').trim().split('\n') : [];
const namespaces = (pid: number | undefined) =>
  readdirSync('/run/netns').filter((name) => name.startsWith(`sallyport-${pid}-`));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

it('egress:closed: lets nothing out while its gate is stopped, and nothing at all once it is killed', async () => {
  const gate = spawn(process.execPath, [owner, String(origin.port), workspace, beats]);
  const ended = once(gate, 'exit');
  await until(() => lines().filter((line) => line.endsWith(' 0')).length >= 2);

  gate.kill('SIGSTOP');
  await until(() => /\) T /.test(readFileSync(`/proc/${gate.pid}/stat`, 'utf8')));
  const [tried, seen] = [lines().length, origin.seen.length];
  await until(() => lines().length >= tried + 3);
  // The last of three: the first may have been under way.
  const stopped = lines().slice(tried + 1, tried + 3);
  const leaked = origin.seen.slice(seen + 1);

  gate.kill('SIGCONT');
  await until(() => origin.seen.length > seen + 2);

  const before = namespaces(gate.pid);
  gate.kill('SIGKILL');
  await ended;
  await until(() => !isBeating());
  const [atEnd, counted] = [origin.seen.length, lines().length];
  const next = await openTestSandbox({ port: origin.port });
  const { output } = await sh(next.sandbox, fair);
  await next.sandbox.close();

  expect(stopped.map((line) => line.split(' ')[1])).not.toContain('0');
  expect(leaked).toEqual([]);
  expect([before.length, namespaces(gate.pid)]).toEqual([1, []]);
  expect(output).toBe('hello\n');
  expect([origin.seen.length, lines().length]).toEqual([atEnd + 1, counted]);
});

/** Whether the command of this workspace's sandbox still runs anywhere on the machine. */
function isBeating(): boolean {
  return readdirSync('/proc').some((id) => {
    try {
      return (
        readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('>> beats') &&
        readFileSync(`/proc/${id}/cgroup`, 'utf8').includes('sallyport-')
      );
    } catch {
      return false;
    }
  });
}
