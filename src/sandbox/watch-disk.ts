// What commands write to the host's disk: its file systems know no quota for a folder, so what is left
// on them is looked at while a command runs, and the command is ended before others go short.
import type { SandboxHost } from './sandbox-host.ts';

/** What is left of one file system; `files` is null where files are not counted. */
export interface DiskSpace {
  readonly bytes: number;
  readonly files: number | null;
}

/** All commands of one sandbox together; a build with its packages is a few of the first. */
const bytesMax = 20 * 1024 ** 3;
const filesMax = 4_000_000;
/** Evidence and the steps after are written to the same disk. */
const shareLeft = 0.1;
/** A fast disk takes about a gigabyte in this time. */
const intervalMs = 500;

/** How little may be left, given what there was at the start. */
export function diskFloor(start: DiskSpace): DiskSpace {
  const floor = (left: number, max: number) => Math.max(left - max, left * shareLeft);
  return {
    bytes: floor(start.bytes, bytesMax),
    files: start.files === null ? null : floor(start.files, filesMax),
  };
}

/** Is less left than may be? */
export function isBelow(left: DiskSpace, floor: DiskSpace): boolean {
  if (left.bytes < floor.bytes) return true;
  return left.files !== null && floor.files !== null && left.files < floor.files;
}

/** Watches the disks of one sandbox. */
export interface DiskWatch {
  /** Calls `onFull` once when too little is left; the result ends the watching. */
  watch(onFull: () => void): () => void;
}

/** Measure now what the folders' disks have, and hold what is left later against it. */
export async function measureDisks(
  folders: readonly string[],
  { freeDisk }: Pick<SandboxHost, 'freeDisk'>,
): Promise<DiskWatch> {
  const floors = await Promise.all(
    folders.map(async (path) => ({ path, floor: diskFloor(await freeDisk(path)) })),
  );
  const isFull = async () => {
    for (const { path, floor } of floors) if (isBelow(await freeDisk(path), floor)) return true;
    return false;
  };
  return {
    watch(onFull) {
      let ended = false;
      const stop = () => {
        ended = true;
        clearInterval(timer);
      };
      const look = async () => {
        // A folder that cannot be looked at is one that nobody can answer for.
        if (!(await isFull().catch(() => true)) || ended) return;
        stop();
        onFull();
      };
      const timer = setInterval(() => void look(), intervalMs);
      return stop;
    },
  };
}
