import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isInstalled } from '#agent/release.ts';
import type { SourceFile } from '#local/git/repository.ts';
import type { SeedEnvironment } from '#local/seed/seed.ts';
import { environments as environmentNames } from '#model/names.ts';
import type { DeriveOptions } from '#policy/derive-policy.ts';
import { readVariable } from '#runner/sandbox-host.ts';
import { Exit } from '../exit-code.ts';
import type { DemoOptions } from './options.ts';

/** What the command line says of the agent; null when the repository's own policy does. */
export type AgentPolicy = DeriveOptions['agent'] | null;

/** The agent, and what it needs beside the repository. */
interface PlannedAgent {
  readonly policy: AgentPolicy;
  readonly files: Readonly<Record<string, SourceFile>>;
  /** The environment of the agent's job, with the model's key when there is one. */
  readonly environments: readonly SeedEnvironment[];
}

/**
 * Read the agent's options. A command line may name scripts of this machine; the sandbox sees none of
 * it, so they come along in the copy. The model's key comes from SALLYPORT_MODEL_KEY alone.
 */
export async function planAgent(options: DemoOptions, source: string): Promise<PlannedAgent> {
  const { agent, agentCommand, model } = options;
  const environments = readEnvironments();
  if (agent !== undefined && agentCommand !== undefined)
    throw new Exit('usage', 'give --agent NAME or --agent-command CMD, not both');
  if (model !== undefined && agent === undefined)
    throw new Exit('usage', '--model goes with --agent NAME');
  if (agent === 'command')
    throw new Exit('usage', 'the agent command needs its command line: use --agent-command CMD');
  if (agent !== undefined) {
    if (!isInstalled(agent))
      throw new Exit(
        'usage',
        `expected the agent claude-code, codex, gemini or opencode, got "${agent.slice(0, 40)}"`,
      );
    if (environments.length === 0)
      throw new Exit(
        'usage',
        `the agent ${agent} needs the key of its model: set SALLYPORT_MODEL_KEY`,
      );
    return { policy: { use: agent, ...(model ? { model } : {}) }, files: {}, environments };
  }
  if (agentCommand === undefined) return { policy: null, files: {}, environments };
  const { line, files } = await bringScripts(agentCommand, source);
  return { policy: { use: 'command', run: line }, files, environments };
}

function readEnvironments(): readonly SeedEnvironment[] {
  const SALLYPORT_MODEL_KEY = readVariable('SALLYPORT_MODEL_KEY');
  const SALLYPORT_MODEL_URL = readVariable('SALLYPORT_MODEL_URL');
  if (SALLYPORT_MODEL_KEY === null) return [];
  return [
    {
      name: environmentNames.agent,
      secrets: { SALLYPORT_MODEL_KEY },
      ...(SALLYPORT_MODEL_URL ? { variables: { SALLYPORT_MODEL_URL } } : {}),
    },
  ];
}

/** Programs whose first argument is the script they run. */
const interpreters = [
  'node',
  'sh',
  'bash',
  'python',
  'python3',
  'ruby',
  'perl',
  'php',
  'deno',
  'bun',
  'tsx',
];

/**
 * Only what the command line runs comes along: its first word, or the script right after an
 * interpreter. A file that it merely names stays where it is, out of the sandbox's sight.
 */
async function bringScripts(commandLine: string, source: string) {
  const [first = '', second = ''] = commandLine.trim().split(/\s+/);
  const word = interpreters.includes(first) ? second : first;
  const path = resolve(word);
  const isOurs = /[./]/.test(word) && !/^\/(?:usr|bin|sbin|etc|opt)\//.test(path);
  if (!isOurs || (await isFile(join(source, word))) || !(await isFile(path))) {
    return { line: commandLine, files: {} };
  }
  const target = `.sallyport/agent/${basename(path)}`;
  const files: Record<string, SourceFile> = {
    [target]: { content: await readFile(path), mode: '100755' },
  };
  return { line: commandLine.replace(word, target), files };
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (seen) => seen.isFile(),
    () => false,
  );
}
