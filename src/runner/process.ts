import { spawn } from 'node:child_process';
import { Fault } from '#model/fault.ts';

/** What a tool of the runner prints at most; the rest is dropped. */
const outputBytesMax = 64_000_000;

/** How a finished command ended. */
export interface ProcessExit {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** PATH with the folders where Debian keeps administrators' tools. */
export function searchPath(): string {
  return `${process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin'}:/usr/local/sbin:/usr/sbin:/sbin`;
}

/**
 * Run a command to its end. Its environment is PATH and what is given: never the runner's, which
 * holds tokens. A command that cannot be started ends with 127.
 */
export function runProcess(
  argv: readonly string[],
  options: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly input?: Uint8Array;
    readonly cwd?: string;
  } = {},
): Promise<ProcessExit> {
  return new Promise((resolve) => {
    const [program = '', ...rest] = argv;
    const child = spawn(program, rest, {
      env: { PATH: searchPath(), ...options.environment },
      cwd: options.cwd,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stdout = gather(outputBytesMax);
    const stderr = gather(1_000_000);
    child.stdout.on('data', stdout.add);
    child.stderr.on('data', stderr.add);
    // A command that does not read its input closes it: EPIPE says nothing about the command.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input);
    child.on('error', (error) =>
      resolve({ exitCode: 127, stdout: new Uint8Array(), stderr: error.message }),
    );
    child.on('close', (exitCode) =>
      resolve({ exitCode, stdout: stdout.bytes(), stderr: stderr.bytes().toString() }),
    );
  });
}

/** A command that is still running. */
export interface StartedProcess {
  readonly pid: number;
  /** Resolves when it has ended, with its exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Send a signal and wait until it has ended. */
  stop(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<void>;
}

/**
 * Start a command that goes on until it is stopped. Its environment is PATH and what is given; what
 * it says on standard error goes to ours when asked for.
 *
 * Fails  with TOOL_MISSING when it cannot be started.
 */
export async function startProcess(
  argv: readonly string[],
  options: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    readonly stderr?: 'inherit' | 'ignore';
  } = {},
): Promise<StartedProcess> {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, {
    env: { PATH: searchPath(), ...options.environment },
    cwd: options.cwd,
    stdio: ['ignore', 'ignore', options.stderr ?? 'ignore'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) =>
      reject(new Fault('TOOL_MISSING', `cannot start ${program}`, { cause })),
    );
  });
  return {
    pid: child.pid ?? 0,
    exited,
    stop: async (signal) => {
      child.kill(signal);
      await exited;
    },
  };
}

function gather(bytesMax: number) {
  const chunks: Buffer[] = [];
  let left = bytesMax;
  return {
    add(chunk: Buffer) {
      if (left > 0) chunks.push(chunk.subarray(0, left));
      left -= Math.min(left, chunk.length);
    },
    bytes: () => Buffer.concat(chunks),
  };
}
