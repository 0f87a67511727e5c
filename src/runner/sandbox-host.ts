import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Socket as Datagrams } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { realpathSync } from 'node:fs';
import { mkdtemp, readFile, statfs, writeFile } from 'node:fs/promises';
import { connect, type Server, type Socket } from 'node:net';
import { availableParallelism, homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import {
  connect as connectTls,
  createSecureContext,
  getCACertificates,
  type SecureContext,
} from 'node:tls';
import { Fault } from '#model/fault.ts';
import { findProcess } from './find-process.ts';
import { onStop } from './on-stop.ts';
import { runProcess, searchPath } from './process.ts';

/** Longer than a slow machine needs to start Node once. */
const helperTimeoutMs = 20_000;
const configBytesMax = 1_000_000;

/**
 * The effects that `sandboxesOn` takes, on this machine. `trusted` are further roots, in PEM, for the
 * servers that the gate speaks to.
 */
export function createSandboxHost(trusted: string | null = null) {
  return {
    user: { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 },
    pid: process.pid,
    onStop,
    nodePath: process.execPath,
    pathEntries: toolFolders(),
    homeFolders: [...new Set([homedir(), '/root', '/home'])],
    architecture: process.arch,
    cores: availableParallelism(),
    freeDisk,
    run: runText,
    spawn: spawnStreaming,
    receiveSockets,
    findProcess,
    readText,
    writeFile: (path: string, content: string | Uint8Array) =>
      writeFile(path, content, { mode: 0o644, flag: 'wx' }),
    makePrivateFolder: () => mkdtemp(join(temporaryFolder(), 'sallyport-')),
    randomName: () => randomBytes(6).toString('hex'),
    gate: {
      resolve: async (host: string) =>
        (await lookup(host, { all: true, order: 'ipv4first' })).map(({ address }) => address),
      dial: (address: string, port: number) => connect({ host: address, port }),
      secure: secureWith(trusted),
      now: () => Date.now(),
    },
  };
}

/** TLS towards servers: the roots of Node and of the machine. The context is made once, it is large. */
function secureWith(trusted: string | null) {
  let context: SecureContext | null = null;
  return (socket: Socket, host: string): Socket => {
    const ca = () => [...getCACertificates('default'), ...getCACertificates('system')];
    context ??= createSecureContext({ ca: [...new Set([...ca(), ...(trusted ? [trusted] : [])])] });
    return connectTls({
      socket,
      servername: host,
      secureContext: context,
      ALPNProtocols: ['http/1.1'],
    });
  };
}

async function freeDisk(path: string) {
  const { bavail, bsize, files, ffree } = await statfs(path);
  return { bytes: bavail * bsize, files: files === 0 ? null : ffree };
}

/** A variable of the job, for a credential that is set outside the sandbox; null without one. */
export function readVariable(name: string): string | null {
  return process.env[name] || null;
}

/** The runner's own temporary folder where there is one; it is emptied after each job. */
export function temporaryFolder(): string {
  return process.env.RUNNER_TEMP ?? tmpdir();
}

/** PATH's folders with links resolved, and last the folder of the Node that runs this. */
function toolFolders(): readonly string[] {
  const entries = [...searchPath().split(delimiter), dirname(process.execPath)];
  return entries.flatMap((entry) => {
    try {
      return entry.startsWith('/') ? [realpathSync(entry)] : [];
    } catch {
      return [];
    }
  });
}

async function runText(argv: readonly string[]) {
  const { exitCode, stdout, stderr } = await runProcess(argv);
  return { exitCode, stdout: new TextDecoder().decode(stdout), stderr };
}

function spawnStreaming(argv: readonly string[], onOutput: (chunk: Uint8Array) => void) {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, {
    env: { PATH: searchPath() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', onOutput);
  child.stderr.on('data', onOutput);
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on('error', (cause) =>
      reject(new Fault('SANDBOX_UNAVAILABLE', `"${program}" did not start`, { cause })),
    );
    child.on('close', resolve);
  });
  return { exited, kill: () => void child.kill('SIGKILL') };
}

/** sudo closes descriptors from 3 on, so the channel is descriptor 0, named by NODE_CHANNEL_FD. */
function receiveSockets(
  argv: readonly string[],
  count: number,
): Promise<ReadonlyMap<string, Server | Datagrams>> {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, {
    env: { PATH: searchPath() },
    stdio: ['ipc', 'ignore', 'pipe'],
  });
  const sockets = new Map<string, Server | Datagrams>();
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = `${errors}${chunk}`.slice(0, 2_000);
  });
  child.on('message', (message: { readonly name: string }, handle) => {
    if (handle && 'address' in handle) sockets.set(message.name, handle as Server | Datagrams);
    if (sockets.size === count) child.send('received');
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), helperTimeoutMs);
  return new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(new Fault('SANDBOX_UNAVAILABLE', `the gate could not listen in the sandbox: ${why}`));
    child.on('error', (error) => fail(error.message));
    child.on('exit', (code) => {
      clearTimeout(timer);
      if (code === 0 && sockets.size === count) resolve(sockets);
      else fail(`the helper ended with ${code}: ${errors.trim()}`);
    });
  });
}

async function readText(path: string): Promise<string | null> {
  try {
    return (await readFile(path)).subarray(0, configBytesMax).toString();
  } catch {
    return null;
  }
}
