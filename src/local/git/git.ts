import { spawn } from 'node:child_process';
import { Fault } from '#model/fault.ts';

/** Enough for any tree or blob of a demonstration repository; more is a mistake or an attack. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
/** Enough of git's last words to say why it failed. */
const ERROR_BYTES_MAX = 64 * 1024;

/** One git command. */
export interface GitRun {
  readonly gitDir?: string;
  readonly args: readonly string[];
  readonly stdin?: Uint8Array | string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers; every other one is a fault. Default: 0 alone. */
  readonly codes?: readonly number[];
  /** Stop reading here, without a fault. */
  readonly truncateAt?: number;
}

export interface GitOutput {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/**
 * The whole environment of git: nothing of the process's own reaches it, no person's configuration,
 * no hook of a repository. `safe.directory` is open because every folder was named by our caller.
 */
export function gitEnvironment(
  extra: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_CONFIG_COUNT: '3',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
    GIT_CONFIG_KEY_1: 'core.hooksPath',
    GIT_CONFIG_VALUE_1: '/dev/null',
    GIT_CONFIG_KEY_2: 'gc.auto',
    GIT_CONFIG_VALUE_2: '0',
    ...extra,
  };
}

/** Run git to its end. Throws `Fault`: TOOL_MISSING without git, LOCAL_GITHUB when git fails. */
export async function runGit(run: GitRun): Promise<GitOutput> {
  const args = run.gitDir === undefined ? run.args : [`--git-dir=${run.gitDir}`, ...run.args];
  const output = await collect(args, run);
  if ((run.codes ?? [0]).includes(output.code)) return output;
  throw new Fault(
    'LOCAL_GITHUB',
    `git ${run.args[0]} ended with ${output.code}: ${output.stderr.trim() || 'no message'}`,
  );
}

/** The output of a command as text without its last line break. */
export async function readGit(run: GitRun): Promise<string> {
  return (await runGit(run)).stdout.toString('utf8').replace(/\n$/, '');
}

function collect(args: readonly string[], run: GitRun): Promise<GitOutput> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { env: gitEnvironment(run.env), stdio: 'pipe' });
    const limit = run.truncateAt ?? OUTPUT_BYTES_MAX;
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (bytes > limit) return;
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > limit) child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < ERROR_BYTES_MAX) stderr += chunk.toString('utf8');
    });
    child.on('error', (cause) =>
      reject(new Fault('TOOL_MISSING', `git did not start; install git 2.38 or newer.`, { cause })),
    );
    child.on('close', (code) => {
      if (bytes <= limit) resolve({ code: code ?? -1, stdout: Buffer.concat(chunks), stderr });
      else if (run.truncateAt !== undefined)
        resolve({ code: 0, stdout: Buffer.concat(chunks).subarray(0, limit), stderr });
      else
        reject(
          new Fault(
            'LOCAL_GITHUB',
            `git ${run.args[0]} wrote more than ${limit} bytes; ask for less.`,
          ),
        );
    });
    // Git that ends before it has read everything says so with its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(run.stdin ?? '');
  });
}
