import { createHash } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as pause } from 'node:timers/promises';
import { Fault } from '#model/fault.ts';
import type { Json } from '#model/json.ts';

// The first line says what this is, the others are the state. The digest tells a file that was cut
// or edited.

const FORMAT = 'sallyport-local-github';
const VERSION = 1;
/** Hashed at once: a few milliseconds. */
const SLICE_CHARACTERS = 4_000_000;

/** Where the state of a folder lies. */
export function stateFile(folder: string): string {
  return path.join(folder, 'state.json');
}

/**
 * Read the state of a folder; undefined when none was ever saved. Throws CONFIG_INVALID, with one
 * sentence, for a file that is not whole or not ours; it is never changed here.
 */
export async function readState(folder: string): Promise<readonly Json[] | undefined> {
  const file = stateFile(folder);
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw refuse(file, `it cannot be read (${cause.code})`, cause);
  });
  if (text === undefined) return undefined;
  const end = text.indexOf('\n');
  const head = parseObject(text.slice(0, Math.max(end, 0)));
  if (head?.format !== FORMAT) throw refuse(file, 'it is not the state of a local GitHub');
  if (head.version !== VERSION)
    throw refuse(file, `expected format version ${VERSION}, got ${JSON.stringify(head.version)}`);
  const lines = text
    .slice(end + 1)
    .split('\n')
    .filter(Boolean);
  if (head.sha256 !== (await digestOf(lines.map((line) => `${line}\n`))))
    throw refuse(file, 'it is cut off or was changed: its digest does not fit');
  return lines.map((line) => JSON.parse(line));
}

/** Replace the state of a folder, whole or not at all: other file, flushed, then renamed over it. */
export async function writeState(
  folder: string,
  lines: readonly string[],
  sha256: string,
): Promise<void> {
  const file = stateFile(folder);
  const head = { format: FORMAT, version: VERSION, sha256 };
  const next = `${file}.next`;
  // It holds keys and tokens.
  const handle = await open(next, 'w', 0o600);
  try {
    await handle.writeFile([`${JSON.stringify(head)}\n`, ...lines]);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, file);
  await syncFolder(folder);
}

// The new name itself is only safe once the folder is flushed.
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** SHA-256 of all lines, with room for others in between. */
export async function digestOf(lines: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  let characters = 0;
  for (const line of lines) {
    hash.update(line);
    characters += line.length;
    if (characters < SLICE_CHARACTERS) continue;
    await pause();
    characters = 0;
  }
  return hash.digest('hex');
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function refuse(file: string, because: string, cause?: unknown): Fault {
  const sentence = `${file} is not used: ${because}; name another folder with --data, or move the file away`;
  return new Fault('CONFIG_INVALID', sentence, { cause });
}
