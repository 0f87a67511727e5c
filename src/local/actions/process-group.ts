import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** One child of a job: started in a process group of its own, so that its children end with it. */
export interface ProcessRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  /** Ends the group politely: SIGINT, SIGTERM, SIGKILL. */
  readonly cancel: AbortSignal;
  /** Ends the group at once. */
  readonly kill: AbortSignal;
}

/** The exit code; null when a signal ended the process or it could not be started. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly problem: string | undefined;
}

// The runner's own sequence: docs.github.com, "Workflow cancellation reference".
const INTERRUPT_MS = 7500;
const TERMINATE_MS = 2500;
/** What a cancelled process has to end by itself, and to take down what it built outside of itself. */
export const CANCEL_MS = INTERRUPT_MS + TERMINATE_MS;
// A background child may keep the pipe open for ever: what is in it by then is all we read.
const DRAIN_MS = 100;
// One line of log: more is cut, or a step without newlines would fill the memory.
const LINE_CHARACTERS_MAX = 64 * 1024;

/** Run a child to its end; resolves when the child itself has ended, whatever it left behind. */
export function runProcess(request: ProcessRequest, groups: ProcessGroups): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    const child = spawn(request.file, [...request.args], {
      cwd: request.cwd,
      env: request.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    groups.add(child);
    readLines(child, request.onLine);
    const stop = () => stopPolitely(child);
    const kill = () => signalGroup(child.pid, 'SIGKILL');
    const settle = (end: ProcessEnd) => {
      request.cancel.removeEventListener('abort', stop);
      request.kill.removeEventListener('abort', kill);
      resolve(end);
    };
    request.cancel.addEventListener('abort', stop);
    request.kill.addEventListener('abort', kill);
    if (request.kill.aborted) kill();
    else if (request.cancel.aborted) stop();
    child.on('error', (cause) => settle({ code: null, problem: cause.message }));
    child.on('exit', (code, signal) => {
      const end = { code, problem: signal === null ? undefined : `ended by ${signal}` };
      const timer = setTimeout(() => settle(end), DRAIN_MS);
      child.on('close', () => {
        clearTimeout(timer);
        settle(end);
      });
    });
  });
}

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const input of [child.stdout, child.stderr]) {
    if (input === null) continue;
    createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) =>
      onLine(line.length > LINE_CHARACTERS_MAX ? `${line.slice(0, LINE_CHARACTERS_MAX)}…` : line),
    );
  }
}

function stopPolitely(child: ChildProcess): void {
  const timers: NodeJS.Timeout[] = [];
  const later = (ms: number, signal: NodeJS.Signals) =>
    timers.push(setTimeout(() => signalGroup(child.pid, signal), ms));
  signalGroup(child.pid, 'SIGINT');
  later(INTERRUPT_MS, 'SIGTERM');
  later(INTERRUPT_MS + TERMINATE_MS, 'SIGKILL');
  child.on('exit', () => {
    for (const timer of timers) clearTimeout(timer);
  });
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch {
    // ESRCH: the group is empty, which is what was wanted.
    return false;
  }
}

/** The groups a job started, so that nothing of it outlives it. */
export interface ProcessGroups {
  add(child: ChildProcess): void;
  /** Kill whatever is left, also what has left its group but still carries the job's mark. */
  end(): Promise<void>;
}

/** `trackingId` is what every process of the job has as RUNNER_TRACKING_ID in its environment. */
export function openProcessGroups(trackingId: string): ProcessGroups {
  const pids = new Set<number>();
  return {
    add: (child) => {
      const { pid } = child;
      if (pid === undefined) return;
      pids.add(pid);
      child.on('exit', () => {
        // An empty group's number may be given to a stranger, so it is forgotten at once.
        if (!groupExists(pid)) pids.delete(pid);
      });
    },
    end: async () => {
      for (const pid of pids) signalGroup(pid, 'SIGKILL');
      pids.clear();
      await killMarked(trackingId);
    },
  };
}

function groupExists(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}

/** Kill every process that carries a job's mark. Where there is no /proc (macOS), none is found. */
export async function killMarked(trackingId: string): Promise<void> {
  const names = await readdir('/proc').catch(() => []);
  const mark = `RUNNER_TRACKING_ID=${trackingId}`;
  const check = async (pid: string) => {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    if (!environment.split('\0').includes(mark)) return;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended between the two lines.
    }
  };
  await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(check));
}
