import { closeSync, openSync, writeSync } from 'node:fs';
import type { EgressCall } from '#model/egress-call.ts';
import type { Sandbox, SandboxExit } from '#model/sandbox.ts';
import { createSandboxHost } from '#runner/sandbox-host.ts';
import { type Posture, readPosture } from '#sandbox/check-posture.ts';
import { sandboxesOn } from '#sandbox/sandbox.ts';
import { Exit } from '../exit-code.ts';
import { openOutput } from '../output.ts';
import { countProcesses } from './count-processes.ts';
import type { RunOptions, RunOrder } from './read-order.ts';
import { readOrder } from './read-order.ts';

/** What `--json` prints. */
export interface RunReport {
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly durationMs: number;
  readonly outputTruncated: boolean;
  readonly limits: { readonly memoryMib: number; readonly pids: number; readonly seconds: number };
  /** What the self-check saw from inside before the command was started. */
  readonly walls: Posture['facts'];
  readonly calls: { readonly allowed: number; readonly denied: number };
  /** Each refused host once, with the rule that refused it. */
  readonly denied: readonly { readonly host: string; readonly rule: string }[];
  /** Counted on the host when the sandbox is gone. */
  readonly processesLeft: number;
}

/** As `timeout` of coreutils, and as a shell says of SIGKILL. */
const timedOutCode = 124;
const killedCode = 137;

/**
 * `sallyport sandbox run -- CMD…`: one command in the sandbox that agents and tests are run in. Ends
 * with the command's own exit code, 124 when its time was up, 137 when it was killed.
 */
export async function sandboxRun(argv: readonly string[], options: RunOptions): Promise<void> {
  const order = await readOrder(options);
  const calls = keepCalls(options.log);
  const host = createSandboxHost(order.trusted);
  const { workspace } = order;
  const open = sandboxesOn({ ...host, user: workspace ?? host.user });
  try {
    const opened = await open({
      ...order,
      workspace: workspace?.folder ?? null,
      onEgress: calls.add,
    });
    if (!opened.ok) throw new Exit('tool', opened.refusal.sentence);
    const print = (text: string) =>
      void (options.json ? process.stderr : process.stdout).write(text);
    const { exit, posture } = await runAndClose(opened.value, argv, order, print);
    const report = { ...toReport(exit, posture, order), ...calls.summary() };
    tell({ ...report, processesLeft: countProcesses(host.pid) }, options.json ?? false);
  } finally {
    calls.close();
  }
}

async function runAndClose(
  sandbox: Sandbox,
  argv: readonly string[],
  order: RunOrder,
  print: (text: string) => void,
) {
  try {
    const posture = await readPosture(sandbox);
    const [problem] = posture.problems;
    if (problem !== undefined)
      throw new Exit('tool', `the sandbox's self-check failed: ${problem}`);
    const exit = await sandbox.run({
      argv,
      environment: order.environment,
      timeoutMs: order.seconds * 1000,
      onOutput: print,
    });
    return { exit, posture };
  } finally {
    await sandbox.close();
  }
}

function toReport(exit: SandboxExit, posture: Posture, { memoryMib, pids, seconds }: RunOrder) {
  return { ...exit, limits: { memoryMib, pids, seconds }, walls: posture.facts };
}

function tell(report: RunReport, isJson: boolean): void {
  const { exitCode, timedOut, limits, denied } = report;
  if (isJson) openOutput(true).answer(report, []);
  const say = (line: string) => openOutput(isJson).say(`sallyport: ${line}`);
  for (const { host, rule } of denied) say(`refused ${host || 'a call'} (${rule})`);
  if (timedOut) say(`the command was ended after ${limits.seconds} s`);
  process.exitCode = timedOut ? timedOutCode : (exitCode ?? killedCode);
}

/** Calls are written down as they come: what is killed leaves its log. */
function keepCalls(path: string | undefined) {
  const file = path === undefined ? null : openSync(path, 'w', 0o600);
  const counts = { allowed: 0, denied: 0 };
  const denied = new Map<string, { host: string; rule: string }>();
  return {
    add: (call: EgressCall) => {
      if (file !== null) writeSync(file, `${JSON.stringify(call)}\n`);
      counts[call.decision === 'allowed' ? 'allowed' : 'denied'] += 1;
      if (call.decision === 'allowed') return;
      denied.set(`${call.host} ${call.rule}`, { host: call.host, rule: call.rule });
    },
    summary: () => ({ calls: counts, denied: [...denied.values()] }),
    close: () => {
      if (file !== null) closeSync(file);
    },
  };
}
