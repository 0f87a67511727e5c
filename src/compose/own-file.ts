// Secrets that the App makes for itself, on disk: readable by their owner alone, made once.
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '#model/fault.ts';

/**
 * The text of a file, made when there is none. Whole or not at all; of two that start at once, one
 * wins, and both get its text.
 *
 * Fails  with CONFIG_INVALID, naming what it is, when the file cannot be read or written.
 */
export async function readOrMake(
  path: string,
  what: string,
  make: () => string,
): Promise<{ readonly text: string; readonly isNew: boolean }> {
  const known = await readIfThere(path, what);
  if (known !== undefined) return { text: known, isNew: false };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const text = make();
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
    await link(draft, path);
    return { text, isNew: true };
  } catch (cause) {
    const other = await readIfThere(path, what);
    if (other !== undefined) return { text: other, isNew: false };
    throw new Fault('CONFIG_INVALID', `cannot write the ${what} to ${path}`, { cause });
  } finally {
    await rm(draft, { force: true });
  }
}

async function readIfThere(path: string, what: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new Fault('CONFIG_INVALID', `cannot read the ${what} in ${path}`, { cause });
  }
}

/** By its code, not its class: the class differs where a script runs in a context of its own. */
function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
