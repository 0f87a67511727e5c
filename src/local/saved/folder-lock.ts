import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
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

const ATTEMPTS_MAX = 10;

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
    for (let attempt = 0, tookOver = false; attempt < ATTEMPTS_MAX; attempt += 1) {
      // A link appears whole or not at all, and only where nothing is: two cannot both win.
      if (await succeeds(link(own, file))) return { tookOver, release: () => release(file, text) };
      const found = await readFile(file, 'utf8').catch(() => undefined);
      if (found === undefined) continue;
      await refuseLiving(folder, found);
      tookOver = (await moveAway(file, found)) || tookOver;
    }
    throw new Fault('LOCAL_GITHUB', `the folder ${folder} could not be locked: try again`);
  } finally {
    await rm(own, { force: true });
  }
}

async function refuseLiving(folder: string, found: string): Promise<void> {
  const { pid, began } = parseHolder(found);
  const isLiving = pid > 0 && isRunning(pid);
  if (!isLiving || (began !== null && began !== (await readBegan(pid)))) return;
  throw new Fault(
    'CONFIG_INVALID',
    `the folder ${folder} is in use by process ${pid}: end that one, or name another folder with --data`,
  );
}

/** Remove a dead process's lock; when another was quicker and this is already its lock, put it back. */
async function moveAway(file: string, dead: string): Promise<boolean> {
  const aside = `${file}.${randomUUID()}`;
  if (!(await succeeds(rename(file, aside)))) return false;
  const isDead = (await readFile(aside, 'utf8')) === dead;
  if (!isDead) await succeeds(link(aside, file));
  await rm(aside, { force: true });
  return isDead;
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
