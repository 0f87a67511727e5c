import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { EgressCall } from '#model/egress-call.ts';
import { createEgressLog } from '#model/egress-log.ts';
import { groupRefused, type RefusedHost } from '#model/policy-line.ts';
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
  /** Each refused host once, with the rules that refused it and the policy lines that would not. */
  readonly denied: readonly RefusedHost[];
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
  await runInSandbox(argv, await readOrder(options), options);
}

/** The same with an order that is read already. */
export async function runInSandbox(
  argv: readonly string[],
  order: RunOrder,
  options: Pick<RunOptions, 'json' | 'log' | 'observe'>,
): Promise<void> {
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
    if (options.observe)
      openOutput(true).say(
        `sallyport: "egress propose ${options.log}" says what a policy would list`,
      );
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
  for (const one of denied) for (const line of describeRefused(one)) say(line);
  if (timedOut) say(`the command was ended after ${limits.seconds} s`);
  process.exitCode = timedOut ? timedOutCode : (exitCode ?? killedCode);
}

function describeRefused({ host, rules, lines, by }: RefusedHost): readonly string[] {
  const allow = lines.map((line) => `  to allow it: "${line}" under sandbox.egress`);
  const who = by.map((one) => `  asked for by ${one}`);
  return [`refused ${host || 'a call'} (${rules.join(', ')})`, ...who, ...allow];
}

/** Calls are written down as they come: what is killed leaves its log. */
function keepCalls(path: string | undefined) {
  const file = path === undefined ? null : openSync(path, 'w', 0o600);
  const log = createEgressLog(`sandbox-run-${randomUUID()}`);
  const calls: EgressCall[] = [];
  return {
    add: (call: EgressCall) => {
      if (file !== null) writeSync(file, log.add(call));
      calls.push(call);
    },
    summary: () => {
      const denied = calls.filter(({ decision }) => decision === 'refused').length;
      const counts = { allowed: calls.length - denied, denied };
      return { calls: counts, denied: groupRefused(calls) };
    },
    close: () => {
      if (file === null) return;
      writeSync(file, log.end());
      closeSync(file);
    },
  };
}
