import { join } from 'node:path';
import type { EgressCall } from '#model/egress-call.ts';
import type { Policy } from '#model/policy.ts';
import { ok, type Result } from '#model/result.ts';
import type { Sandbox, SandboxRefusal } from '#model/sandbox.ts';
import type { CellName, CellRecord, CommandRecord, TestRecord } from '#model/verify-record.ts';
import { layOut, type TreeStore } from '../build-trees.ts';
import type { EvidenceBox } from '../evidence-box.ts';
import { cellFiles, layout } from '../evidence-layout.ts';
import { readText } from '../read-evidence.ts';
import type { SandboxSettings, VerificationDeps } from '../verification-deps.ts';
import { collectOutput } from './collect-output.ts';
import { readJunit, testsMax } from './read-junit.ts';

/** Setup installs dependencies; what takes longer is stuck. */
const setupTimeoutMs = 15 * 60_000;
/** A report of 50,000 tests is about this large. */
const reportBytesMax = 20_000_000;
/** Kept for reviewers as it is; larger ones are counted and then dropped. */
const rawBytesMax = 5_000_000;

/** One cell: a tree, the base's commands, one sandbox. */
export interface CellOrder {
  readonly cell: CellName;
  readonly tree: string;
  readonly store: TreeStore;
  readonly policy: Policy;
  readonly settings: SandboxSettings;
  readonly work: string;
  readonly box: EvidenceBox;
  readonly onEgress: (call: EgressCall) => void;
}

/**
 * Run one cell in a fresh folder and a fresh sandbox, and record what the harness saw: exit codes,
 * times, and the tests of each report.
 *
 * Fails   with the sandbox's refusal; nothing runs outside of one.
 */
export async function runCell(
  order: CellOrder,
  deps: VerificationDeps,
): Promise<Result<CellRecord, SandboxRefusal>> {
  const workspace = join(order.work, `cell-${cellFiles[order.cell]}`);
  await deps.disk.makeFolder(workspace);
  await layOut(order.store, order.tree, workspace);
  const opened = await openFor(order, workspace, deps);
  if (!opened.ok) return opened;
  const sandbox = opened.value;
  try {
    const setup = await runSetup(sandbox, order);
    const commands: CommandRecord[] = [];
    const tests: TestRecord[] = [];
    const isReady = setup === null || (setup.exitCode === 0 && !setup.timedOut);
    for (const command of isReady ? order.policy.verify.commands : []) {
      const ran = await runCommand(command, { sandbox, workspace, order, deps });
      commands.push(ran.record);
      tests.push(...ran.tests);
    }
    if (tests.length > testsMax) {
      order.box.note(
        `the cell ${order.cell} ran ${tests.length} tests; the first ${testsMax} are recorded`,
      );
    }
    return ok({
      schema: 'sallyport/cell/v1',
      cell: order.cell,
      tree: order.tree,
      setup,
      commands,
      tests: tests.slice(0, testsMax),
    });
  } finally {
    await sandbox.close();
    await deps.disk.remove(workspace);
  }
}

/** A sandbox over a workspace, as the base's policy has it. */
export function openFor(
  order: Pick<CellOrder, 'settings' | 'onEgress'>,
  workspace: string,
  deps: Pick<VerificationDeps, 'openSandbox'>,
): Promise<Result<Sandbox, SandboxRefusal>> {
  const { mounts, egress, memoryMib, pids } = order.settings;
  const { onEgress } = order;
  return deps.openSandbox({
    phase: 'setup',
    egress: egress.setup,
    next: { phase: 'verify', egress: egress.work },
    workspace,
    mounts,
    memoryMib,
    pids,
    onEgress,
  });
}

/** The policy's setup command in this sandbox, and on to the next phase; null when it names none. */
export async function runSetup(
  sandbox: Sandbox,
  {
    policy,
    settings,
    box,
    cell,
  }: Pick<CellOrder, 'policy' | 'settings' | 'box'> & { cell: CellName | null },
): Promise<CommandRecord | null> {
  const line = policy.sandbox.setup;
  if (line === undefined) {
    sandbox.advance();
    return null;
  }
  const output = collectOutput();
  const exit = await sandbox.run({
    argv: ['sh', '-c', line],
    cwd: '/workspace',
    environment: commandEnvironment(settings),
    timeoutMs: setupTimeoutMs,
    onOutput: output.add,
  });
  sandbox.advance();
  if (cell !== null) box.offer(layout.log(cell, 'setup'), output.text());
  return { name: 'setup', run: line, ...ending(exit), report: 'none' };
}

/** What every command of the policy sees: the settings', and the sign of a machine at work. */
export function commandEnvironment(settings: SandboxSettings): Readonly<Record<string, string>> {
  return { ...settings.environment, CI: 'true' };
}

type Command = Policy['verify']['commands'][number];

async function runCommand(
  command: Command,
  at: { sandbox: Sandbox; workspace: string; order: CellOrder; deps: VerificationDeps },
): Promise<{ readonly record: CommandRecord; readonly tests: readonly TestRecord[] }> {
  const { sandbox, order } = at;
  // A report that lies there before would be counted as this run's (attack: committed junit.xml).
  // Removed inside, because the path may lead through the change's own symbolic links.
  if (command.report !== undefined) await removeInside(sandbox, command.report);
  const output = collectOutput();
  const exit = await sandbox.run({
    argv: ['sh', '-c', command.run],
    cwd: '/workspace',
    environment: commandEnvironment(order.settings),
    timeoutMs: command.minutes * 60_000,
    onOutput: output.add,
  });
  order.box.offer(layout.log(order.cell, command.name), output.text());
  const { report, tests } = await readReport(command, at);
  return { record: { name: command.name, run: command.run, ...ending(exit), report }, tests };
}

async function removeInside(sandbox: Sandbox, path: string): Promise<void> {
  await sandbox.run({
    argv: ['rm', '-rf', '--', `/workspace/${path}`],
    environment: {},
    timeoutMs: 60_000,
  });
}

async function readReport(
  command: Command,
  { workspace, order, deps }: { workspace: string; order: CellOrder; deps: VerificationDeps },
): Promise<{ readonly report: CommandRecord['report']; readonly tests: readonly TestRecord[] }> {
  if (command.report === undefined) return { report: 'none', tests: [] };
  const read = await deps.disk.readInside(workspace, command.report, reportBytesMax);
  if (read.kind === 'missing') return { report: 'missing', tests: [] };
  if (read.kind !== 'file') {
    order.box.note(`the report of “${command.name}” in the cell ${order.cell} ${read.sentence}`);
    return { report: 'unreadable', tests: [] };
  }
  if (read.bytes.length <= rawBytesMax)
    order.box.offer(layout.report(order.cell, command.name), read.bytes);
  const text = readText(read.bytes);
  const tests = text === null ? null : readJunit(text, command.name);
  return tests === null ? { report: 'unreadable', tests: [] } : { report: 'found', tests };
}

function ending(exit: { exitCode: number | null; timedOut: boolean; durationMs: number }) {
  return {
    exitCode: exit.timedOut ? null : exit.exitCode,
    timedOut: exit.timedOut,
    durationMs: Math.round(exit.durationMs),
  };
}
