import { spawn } from 'node:child_process';

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
