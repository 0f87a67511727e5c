import { Command, CommanderError } from 'commander';
import { Fault } from '#model/fault.ts';
import type { ExitName } from './exit-code.ts';
import { Exit, exitCodes, exitOfFault } from './exit-code.ts';
import { addPolicyCommands } from './policy/commands.ts';

/** The command line: one verb a file, loaded when it is called. */
export function buildProgram(): Command {
  const program = new Command('sallyport')
    .description('The governed, autonomous code factory for GitHub.')
    .exitOverride()
    .enablePositionalOptions()
    .configureHelp({ sortSubcommands: true });
  program
    .command('demo')
    .description('run the whole journey here, against a local GitHub, with no account')
    .option('--once', 'end by itself when the journey is over')
    .option('--json', 'print one JSON document on standard output (with --once)')
    .option('--port <number>', 'port of the App and its pages', toPort, 0)
    .option('--github-port <number>', 'port of the local GitHub', toPort, 0)
    .option('--repo <dir>', 'run it on a copy of this git repository instead of the web shop')
    .option('--issue <text|file>', 'with --repo: the issue, its first line the title')
    .option('--test <command>', 'with --repo: the command that tests it')
    .option('--agent <name>', 'with --repo: the agent, as a policy names it')
    .option('--model <name>', 'with --agent: the model, as the agent names it')
    .option('--agent-command <command>', 'with --repo: a command line that does the work')
    .option('--out <dir>', 'where the journey leaves what it made')
    .action(async (options) => (await import('./demo/demo.ts')).demo(options));
  program
    .command('serve')
    .description('run the App, set up by environment variables')
    .option('--smee <url>', 'receive deliveries through a smee.io channel while developing')
    .action(async (options) => (await import('./serve.ts')).serve(options));
  program
    .command('github')
    .description('run the local GitHub alone, for git, gh, Octokit and Apps')
    .option('--port <number>', 'its port; any free one when absent', toPort, 0)
    .option('--seed <file>', 'what it starts with, in JSON or YAML; a small world when absent')
    .option('--data <dir>', 'keep everything in this folder and go on from it the next time')
    .option('--json', 'print its addresses and tokens as one JSON document on standard output')
    .action(async (options) => (await import('./github/github.ts')).github(options));
  program
    .command('bench')
    .description('measure, as ratios against a baseline of the same run')
    .argument('[name]', 'journey, requests, ingress, kills, actions or local')
    .option('--json', 'print one JSON document')
    .action(async (name, options) => (await import('./bench/bench.ts')).bench(name, options));
  program
    .command('bench-receiver', { hidden: true })
    .option('--handler', 'with a handler that returns at once')
    .action(async (options) =>
      (await import('./bench/probot-receiver.ts')).serveBareProbot(options),
    );
  program
    .command('inventory')
    .description('list every non-human identity: owner, purpose, scope, last use, how to revoke')
    .option('--json', 'print one JSON document')
    .action(async (options) => (await import('./inventory.ts')).inventory(options));
  addPeopleCommands(program);
  addSandboxCommands(program);
  addPauseCommands(program);
  addPolicyCommands(program);
  addRecordCommands(program);
  return program;
}

function addSandboxCommands(program: Command): void {
  const sandbox = program
    .command('sandbox')
    .description('work with the sandbox that agents and tests are run in');
  const run = sandbox
    .command('run')
    .description('run one command in it, and end with the command’s exit code')
    .option('--log <file>', 'write every call out of the sandbox there, one JSON line each');
  withSandboxOptions(run).action(async (argv, options) =>
    (await import('./sandbox/run.ts')).sandboxRun(argv, options),
  );
  program
    .command('agent')
    .description('work with the agents that a policy can name')
    .command('try')
    .description('run one agent on a folder, in the sandbox, as a run would start it')
    .argument('<name>', 'claude-code, codex, gemini or opencode')
    .requiredOption('--workspace <dir>', 'the folder it works in, and changes')
    .requiredOption('--issue <text|file>', 'what it is asked, its first line the title')
    .option('--model <name>', 'the model, as the agent names it')
    .option('--policy <file>', 'what may be reached, and the limits; nothing when absent')
    .option('--log <file>', 'write every call out of the sandbox there, one JSON line each')
    .option('--seconds <number>', 'end it after so long; the policy’s minutes when absent')
    .option('--json', 'print one JSON document on standard output, the agent’s output on error')
    .action(async (name, options) => (await import('./agent/try.ts')).agentTry(name, options));
  const egress = program
    .command('egress')
    .description('find out which ways out of the sandbox are needed');
  const observe = egress
    .command('observe')
    .description(
      'run one command in a sandbox from which every public host is reached, and write down what it asks for',
    )
    .requiredOption('--log <file>', 'where every call is written, one JSON line each');
  withSandboxOptions(observe).action(async (argv, options) =>
    (await import('./sandbox/run.ts')).sandboxRun(argv, { ...options, observe: true }),
  );
  egress
    .command('propose')
    .description('the smallest list that lets the calls of logs pass, each entry with its reason')
    .argument('<log...>')
    .option('--policy <file>', 'the policy to add to; without it the one key is printed')
    .option('--prune', 'take out what the logs did not use')
    .option('--out <file>', 'write the policy there')
    .option(
      '--repository <owner/name>',
      'open a pull request there, with the token of GITHUB_TOKEN',
    )
    .option('--json', 'print one JSON document')
    .action(async (logs, options) =>
      (await import('./egress/propose.ts')).egressPropose(logs, options),
    );
}

/** What a command in the sandbox is given; the command comes last, with options of its own. */
function withSandboxOptions(command: Command): Command {
  const more = (value: string, values: readonly string[]) => [...values, value];
  return command
    .argument('<command...>')
    .option('--policy <file>', 'what may be reached, and the limits; nothing when absent')
    .option('--workspace <dir>', 'a folder to work in, writable at /workspace')
    .option('--phase <name>', 'setup or work: whose ways out hold', 'work')
    .option('--env <name=value>', 'a variable of the command; may be repeated', more, [])
    .option('--read-only <dir>', 'a folder to be seen at its own place; may be repeated', more, [])
    .option('--trust-ca <file>', 'trust these roots, too, of servers whose calls are read')
    .option('--seconds <number>', 'end it after so long; the policy’s minutes when absent')
    .option('--json', 'print one JSON document on standard output, the command’s output on error')
    .passThroughOptions();
}

function addPauseCommands(program: Command): void {
  const scoped = (name: string) =>
    program
      .command(name)
      .option('--all', 'everything this App does')
      .option('--installation <id>', 'one installation')
      .option('--repository <name|id>', 'one repository, owner/name or its id')
      .option('--run <id>', 'one run')
      .option('--tool <name>', 'one context tool, as policies name it')
      .option('--json', 'print one JSON document');
  scoped('pause')
    .description('start and publish nothing, and stop what runs; without a scope: what is paused')
    .option('--because <text>', 'why, for the people who wait')
    .action(async (options) => (await import('./pause.ts')).pause(options));
  program
    .command('revoke')
    .description('take back what a run, a repository, an installation or a tool has, until resumed')
    .argument('<kind>', 'run, repository, installation or tool')
    .argument('<what>', 'its id, owner/name, or the tool’s name')
    .option('--because <text>', 'why, for the people who wait')
    .option('--json', 'print one JSON document')
    .action(async (kind, what, options) =>
      (await import('./pause.ts')).revoke(kind, what, options),
    );
  scoped('resume')
    .description('lift a pause; what waited for it is decided again')
    .action(async (options) => (await import('./pause.ts')).resume(options));
}

function addPeopleCommands(program: Command): void {
  const people = program
    .command('people')
    .description('work with what people let the App do in their name');
  people
    .command('list')
    .description('who let the App open pull requests as them, since when, and until when')
    .option('--json', 'print one JSON document')
    .action(async (options) => (await import('./people.ts')).peopleList(options));
  people
    .command('forget')
    .description('end what one person let the App do, here and at GitHub')
    .argument('<login|id>', 'the person’s login, or the id of the account')
    .option('--because <text>', 'why, for the ledger and the person')
    .option('--json', 'print one JSON document')
    .action(async (who, options) => (await import('./people.ts')).peopleForget(who, options));
}

function addRecordCommands(program: Command): void {
  const evidence = program.command('evidence').description('work with evidence folders');
  evidence
    .command('verify')
    .description('check signature, manifest and every file of an evidence folder')
    .argument('<dir>')
    .option(
      '--key <file>',
      'the public key in PEM; else the key the folder names is looked up in it',
    )
    .option('--json', 'print one JSON document')
    .action(async (dir, options) =>
      (await import('./evidence-verify.ts')).evidenceVerify(dir, options),
    );
  const ledger = program.command('ledger').description('work with the record');
  ledger
    .command('verify')
    .description('check an export: every entry, every link')
    .argument('<file>')
    .option('--json', 'print one JSON document')
    .action(async (file, options) => (await import('./ledger.ts')).ledgerVerify(file, options));
  ledger
    .command('export')
    .description('print the ledger of the App’s database, one entry a line')
    .action(async () => (await import('./ledger.ts')).ledgerExport());
}

/** Parse and run; every way to end goes through the table of exit codes. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<void> {
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    const { exit, sentence } = toExit(error);
    if (sentence) process.stderr.write(`sallyport: ${sentence}\n`);
    process.exitCode = exitCodes[exit].code;
  }
}

function toExit(error: unknown): { readonly exit: ExitName; readonly sentence: string | null } {
  if (error instanceof Exit) return { exit: error.exit, sentence: error.message };
  if (error instanceof Fault) return { exit: exitOfFault(error.code), sentence: error.message };
  // Commander has printed its own sentence already; help and version end well.
  if (error instanceof CommanderError) {
    return { exit: error.exitCode === 0 ? 'ok' : 'usage', sentence: null };
  }
  return {
    exit: 'fault',
    sentence: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

function toPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) {
    throw new Exit('usage', `expected a port from 0 to 65535, got "${text.slice(0, 20)}"`);
  }
  return port;
}
