import { randomUUID } from 'node:crypto';
import { access, link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '#model/fault.ts';

/** What stands in the lock: who holds the folder. */
interface Holder {
  readonly pid: number;
  /** When the process began, in the kernel's ticks; pids are given out again, this pair is not. */
  readonly began: string | null;
}

/** A folder that is this process's alone. */
export interface FolderLock {
  /** A process that died left its lock here; this one took over. */
  readonly tookOver: boolean;
  release(): Promise<void>;
}

/** Others that take over at the same moment are waited for, this long in all. */
const ATTEMPTS_MAX = 100;
const WAIT_MS = 20;

/**
 * Take a folder for this process. Throws CONFIG_INVALID when a living process has it; the lock of a
 * dead one is taken over.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const file = path.join(folder, 'lock');
  const own = `${file}.${randomUUID()}`;
  const holder: Holder = { pid: process.pid, began: await readBegan(process.pid) };
  const text = JSON.stringify(holder);
  await writeFile(own, text);
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      // A link appears whole or not at all, and only where nothing is: two cannot both win.
      if (await succeeds(link(own, file)))
        return { tookOver: false, release: () => release(file, text) };
      const living = await readLiving(file);
      if (living !== undefined) throw inUse(folder, living);
      if (await takeOver(file, own)) return { tookOver: true, release: () => release(file, text) };
      await sleep(WAIT_MS);
    }
    throw new Fault('LOCAL_GITHUB', `the folder ${folder} could not be locked: try again`);
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * Replace a dead process's lock. Only one may do so at a time, and looks again when it may: else it
 * could replace the lock of somebody who was quicker.
 */
async function takeOver(file: string, own: string): Promise<boolean> {
  const turn = `${file}.turn`;
  if (!(await succeeds(link(own, turn)))) {
    if ((await readLiving(turn)) === undefined) await rm(turn, { force: true });
    return false;
  }
  try {
    const isThere = await succeeds(access(file));
    // A dead process's lock stays until whoever has the turn replaces it; anything else may change.
    if (!isThere || (await readLiving(file)) !== undefined) return false;
    return await succeeds(rename(own, file));
  } finally {
    await rm(turn, { force: true });
  }
}

/** The living process that a lock names; undefined when it is dead, or nobody has it. */
async function readLiving(file: string): Promise<number | undefined> {
  const found = await readFile(file, 'utf8').catch(() => undefined);
  if (found === undefined) return undefined;
  const { pid, began } = parseHolder(found);
  const isLiving = pid > 0 && isRunning(pid);
  if (!isLiving || (began !== null && began !== (await readBegan(pid)))) return undefined;
  return pid;
}

function inUse(folder: string, pid: number): Fault {
  return new Fault(
    'CONFIG_INVALID',
    `the folder ${folder} is in use by process ${pid}: end that one, or name another folder with --data`,
  );
}

async function release(file: string, text: string): Promise<void> {
  const found = await readFile(file, 'utf8').catch(() => undefined);
  if (found === text) await rm(file, { force: true });
}

function parseHolder(text: string): Holder {
  try {
    const { pid, began } = JSON.parse(text) as Partial<Holder>;
    return {
      pid: Number.isInteger(pid) ? Number(pid) : 0,
      began: typeof began === 'string' ? began : null,
    };
  } catch {
    // A lock that was cut off belongs to a process that died while it wrote.
    return { pid: 0, began: null };
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of proc(5)'s stat, after the name, which may hold spaces; null where there is no /proc. */
async function readBegan(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function succeeds(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST' || error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
