import { lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Files outside the sandbox, as `runAgent` takes them. Links are never followed at the last step. */
export const disk = {
  async makeFolder(path: string): Promise<void> {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  /** Write a new file with its folders; one that is there already is an error (no link is followed). */
  async write(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, content, { flag: 'wx', mode });
  },
  async remove(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true });
  },
  async stat(path: string): Promise<{
    readonly kind: 'file' | 'link' | 'folder' | 'missing' | 'other';
    readonly bytes: number;
  }> {
    const found = await lstat(path).catch(() => null);
    if (found === null) return { kind: 'missing', bytes: 0 };
    if (found.isFile()) return { kind: 'file', bytes: found.size };
    if (found.isSymbolicLink()) return { kind: 'link', bytes: found.size };
    return { kind: found.isDirectory() ? 'folder' : 'other', bytes: 0 };
  },
  /** A file of the base's checkout as text, at most `bytesMax`; null when it is not there. */
  async readText(path: string, bytesMax: number): Promise<string | null> {
    const found = await lstat(path).catch(() => null);
    if (!found?.isFile() || found.size > bytesMax) return null;
    return readFile(path, 'utf8');
  },
};
