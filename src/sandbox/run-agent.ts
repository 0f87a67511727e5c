// The agent's work: a private copy of the base, setup, the agent, and what it left behind.
import { join } from 'node:path';
import type { ChangeSet } from '#model/change-set.ts';
import type { Sha256 } from '#model/digest.ts';
import type { EgressCall } from '#model/egress-call.ts';
import type { ModelUsage } from '#model/model-usage.ts';
import { sayRefused } from '#model/policy-line.ts';
import type { EgressPolicy, Mount, Sandbox, SandboxExit } from '#model/sandbox.ts';
import type { AgentDeps } from './agent-deps.ts';
import { type Posture, readPosture } from './check-posture.ts';
import { collectChangeSet } from './collect-change-set.ts';
import { createNeutralizer } from './neutralize-output.ts';
import { prepareWorkspace } from './prepare-workspace.ts';

/** One agent's order; everything in it comes from the base and the grant. */
export interface AgentOrder {
  readonly use: string;
  /** The base's checkout with its `.git` folder; it is read, never changed. */
  readonly baseDir: string;
  readonly baseSha: string;
  /** A private scratch folder, empty. */
  readonly scratch: string;
  readonly setup: string | null;
  readonly agent: {
    readonly argv: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
  };
  readonly mounts: readonly Mount[];
  /** Configuration of ours: written outside the workspace, seen read-only at its path inside. */
  readonly files: readonly { readonly target: string; readonly text: string }[];
  /** Setup's own ways out, and the agent's. */
  readonly egress: { readonly setup: EgressPolicy; readonly work: EgressPolicy };
  /** For setup and agent alike: proxies, the registry; no credentials. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the agent has used of its model until now; absent where that is not counted. */
  readonly usage?: () => ModelUsage | null;
  readonly minutes: number;
  readonly memoryMib: number;
  readonly pids: number;
}

/** What goes into the artifact. */
export interface AgentWork {
  readonly changeSet: ChangeSet;
  readonly blobs: ReadonlyMap<Sha256, Uint8Array>;
  readonly log: string;
  readonly egress: readonly EgressCall[];
  readonly posture: Posture | null;
}

/** Setup installs dependencies; what takes longer is stuck. */
const setupTimeoutMs = 20 * 60_000;
/** Setup and agent together, in characters; the sandbox caps each of them in bytes. */
const logCharactersMax = 8_000_000;

/** Run the agent to its end and collect its change set. Refusals and failures are in the result. */
export async function runAgent(order: AgentOrder, deps: AgentDeps): Promise<AgentWork> {
  const egress: EgressCall[] = [];
  const log = keepLog(deps.print);
  const conclude = createConclusion(order, { egress, log });
  const workspace = await prepareWorkspace(order, deps);
  const files = await writeFiles(order, deps);
  const opened = await deps.openSandbox({
    phase: 'setup',
    egress: order.egress.setup,
    next: { phase: 'work', egress: order.egress.work },
    workspace: workspace.folder,
    mounts: [...order.mounts, ...files],
    memoryMib: order.memoryMib,
    pids: order.pids,
    onEgress: (call) => egress.push(call),
  });
  if (!opened.ok) return conclude('refused', opened.refusal.sentence, null);
  const sandbox = opened.value;
  let exit: SandboxExit;
  let posture: Posture;
  try {
    posture = await readPosture(sandbox);
    const [problem] = posture.problems;
    if (problem !== undefined)
      return conclude('refused', `The sandbox's self-check failed: ${problem}.`, null, posture);
    const setup = await runSetup(order, sandbox, log);
    if (setup !== null) return conclude('failed', setup, null, posture);
    sandbox.advance();
    exit = await runIn(
      sandbox,
      { ...order.agent, environment: { ...order.environment, ...order.agent.environment } },
      order.minutes * 60_000,
      log,
    );
  } finally {
    await sandbox.close();
  }
  if (exit.timedOut) {
    const sentence = `The agent was stopped after ${order.minutes} minutes (agent.minutes in the policy).`;
    return conclude('timed_out', sentence, exit, posture);
  }
  if (exit.exitCode !== 0)
    return conclude('failed', `The agent ended with ${describeExit(exit)}.`, exit, posture);
  const collected = await collectChangeSet(workspace, deps);
  if (!collected.ok) return conclude('refused', collected.refusal, exit, posture);
  if (collected.value.entries.length === 0)
    return conclude('unchanged', 'The agent ended without changing a file.', exit, posture);
  const work = conclude('changed', null, exit, posture);
  const entries = [...collected.value.entries];
  return {
    ...work,
    blobs: collected.value.blobs,
    changeSet: { ...work.changeSet, entries },
  };
}

/** The agent's configuration, beside the workspace; readable for its user, writable for nobody there. */
function writeFiles({ files, scratch }: AgentOrder, { disk }: AgentDeps): Promise<Mount[]> {
  return Promise.all(
    files.map(async ({ target, text }, index) => {
      const source = join(scratch, 'config', String(index));
      await disk.write(source, text, 0o444);
      return { source, target };
    }),
  );
}

type Log = ReturnType<typeof keepLog>;

function createConclusion(
  { baseSha, usage, use }: AgentOrder,
  { egress, log }: { readonly egress: readonly EgressCall[]; readonly log: Log },
) {
  return (
    result: ChangeSet['result'],
    because: string | null,
    exit: SandboxExit | null,
    posture: Posture | null = null,
  ): AgentWork => {
    const used = usage?.() ?? null;
    const sentences = [because, used?.stopped, sayRefused(egress)].filter(Boolean).join(' ');
    return {
      changeSet: {
        schema: 'sallyport/change-set/v1',
        result,
        because: because === null ? null : sentences.slice(0, 2000),
        baseSha,
        agent: {
          use,
          exitCode: exit?.exitCode ?? null,
          durationMs: exit?.durationMs ?? 0,
          usage: used,
        },
        entries: [],
      },
      blobs: new Map(),
      log: log.text(),
      egress,
      posture,
    };
  };
}

/** A sentence when the setup command did not end well. */
async function runSetup(order: AgentOrder, sandbox: Sandbox, log: Log): Promise<string | null> {
  if (order.setup === null) return null;
  const argv = ['/bin/sh', '-c', order.setup];
  const { environment } = order;
  const exit = await runIn(sandbox, { argv, environment }, setupTimeoutMs, log);
  if (exit.timedOut)
    return `The setup command (sandbox.setup) was stopped after ${setupTimeoutMs / 60_000} minutes.`;
  if (exit.exitCode === 0) return null;
  return `The setup command (sandbox.setup) ended with ${describeExit(exit)}.`;
}

async function runIn(
  sandbox: Sandbox,
  command: AgentOrder['agent'],
  timeoutMs: number,
  log: Log,
): Promise<SandboxExit> {
  const output = createNeutralizer(log.add);
  const exit = await sandbox.run({ ...command, timeoutMs, onOutput: output.add });
  output.end();
  return exit;
}

function describeExit({ exitCode }: SandboxExit): string {
  return exitCode === null ? 'a signal (out of memory, perhaps)' : `exit code ${exitCode}`;
}

function keepLog(print: (text: string) => void) {
  const pieces: string[] = [];
  let left = logCharactersMax;
  return {
    add(text: string) {
      print(text);
      if (left > 0) pieces.push(text.slice(0, left));
      left -= text.length;
    },
    text: () => pieces.join(''),
  };
}
