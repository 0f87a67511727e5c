// The machine's files as the verify stage sees them. Reading never follows a link that a change
// planted, on any part of the path (attacks F5, F10).
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Disk, ReadInside } from '#verification/verification-deps.ts';

/** The disk of this machine. */
export const disk: Disk = {
  makeFolder: async (path) => {
    // Readable for us also while it belongs to the sandbox's user; its parent is private.
    await mkdir(path, { recursive: true, mode: 0o755 });
  },
  makeShared: async (path) => {
    await mkdir(path, { recursive: true });
    // mkdir's mode passes the umask; the sandbox's user is another one than ours.
    await chmod(path, 0o777);
  },
  write: async (path, content) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { flag: 'wx' });
  },
  readInside,
  remove: async (path) => {
    // What the sandbox's user made and we may not remove goes with the runner's temporary folder.
    await rm(path, { recursive: true, force: true }).catch(() => {});
  },
};

async function readInside(root: string, relative: string, bytesMax: number): Promise<ReadInside> {
  const names = relative.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..'))
    return { kind: 'unsafe', sentence: 'has a path that leaves its folder' };
  for (let at = 1; at < names.length; at += 1) {
    const folder = await lstat(join(root, ...names.slice(0, at))).catch(missing);
    if (folder === null) return { kind: 'missing' };
    if (!folder.isDirectory())
      return { kind: 'unsafe', sentence: 'lies behind something that is no folder' };
  }
  return await readFileAt(join(root, ...names), bytesMax);
}

async function readFileAt(path: string, bytesMax: number): Promise<ReadInside> {
  const seen = await lstat(path).catch(missing);
  if (seen === null) return { kind: 'missing' };
  if (!seen.isFile())
    return { kind: 'unsafe', sentence: 'is a link, a folder or a device, not a file' };
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch(() => null);
  if (file === null) return { kind: 'unsafe', sentence: 'cannot be opened' };
  try {
    const { size } = await file.stat();
    if (size > bytesMax)
      return { kind: 'too_large', sentence: `has ${size} bytes, and at most ${bytesMax} are read` };
    const bytes = new Uint8Array(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    return { kind: 'file', bytes: bytes.subarray(0, bytesRead) };
  } finally {
    await file.close();
  }
}

function missing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENAMETOOLONG' || error.code === 'ENOENT' || error.code === 'ENOTDIR')
    return null;
  throw error;
}
