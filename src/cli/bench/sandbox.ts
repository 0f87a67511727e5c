import { assert } from '#model/fault.ts';
import type { Sandbox } from '#model/sandbox.ts';
import { runProcess } from '#runner/process.ts';
import { createSandboxHost } from '#runner/sandbox-host.ts';
import { sandboxesOn } from '#sandbox/sandbox.ts';
import type { Measurement } from './measurement.ts';
import { percentile, ratio } from './statistics.ts';

/** Enough for a 95th percentile that is not the maximum. */
const roundCount = 21;

/**
 * From nothing to the end of the first command, `true`, behind every wall, calls that are read
 * included; the same command again in the open sandbox; and the taking down. The baseline is
 * bubblewrap alone, with new namespaces and no other wall, in turn with them.
 */
export async function measureSandbox(): Promise<Measurement> {
  const start: number[] = [];
  const command: number[] = [];
  const teardown: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < roundCount; round += 1) {
    bare.push(await timeOf(runBare));
    let sandbox: Sandbox | null = null;
    start.push(
      await timeOf(async () => {
        sandbox = await openOne();
        await runTrue(sandbox);
      }),
    );
    assert(sandbox !== null, 'a sandbox that ran a command was opened');
    const opened: Sandbox = sandbox;
    command.push(await timeOf(() => runTrue(opened)));
    teardown.push(await timeOf(() => opened.close()));
  }
  const figures = {
    rounds: roundCount,
    ...spread('start', start),
    ...spread('command', command),
    ...spread('teardown', teardown),
  };
  const baseline = spread('bareBubblewrap', bare);
  return {
    figures,
    baseline,
    ratios: {
      startToBareBubblewrap: ratio(percentile(start, 50), percentile(bare, 50)),
      commandToBareBubblewrap: ratio(percentile(command, 50), percentile(bare, 50)),
    },
  };
}

function spread(name: string, samples: readonly number[]): Record<string, number> {
  return { [`${name}P50Ms`]: percentile(samples, 50), [`${name}P95Ms`]: percentile(samples, 95) };
}

async function openOne(): Promise<Sandbox> {
  const listed = { host: 'allowed.test', rule: 'policy:allowed.test' };
  const opened = await sandboxesOn(createSandboxHost())({
    phase: 'work',
    workspace: null,
    mounts: [],
    egress: { hosts: [{ ...listed, rules: [{ methods: ['GET'] }] }], routes: [] },
    memoryMib: 1024,
    pids: 256,
    onEgress: () => undefined,
  });
  assert(opened.ok, 'this machine can build the sandbox');
  return opened.value;
}

async function runTrue(sandbox: Sandbox): Promise<void> {
  const { exitCode } = await sandbox.run({ argv: ['true'], environment: {}, timeoutMs: 30_000 });
  assert(exitCode === 0, '"true" ends well in a sandbox');
}

async function runBare(): Promise<void> {
  const walls = ['--unshare-all', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev'];
  const { exitCode } = await runProcess(['bwrap', ...walls, 'true']);
  assert(exitCode === 0, 'bubblewrap alone works on this machine');
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
