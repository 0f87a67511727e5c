import { readdirSync } from 'node:fs';
import path from 'node:path';
import { Fault } from '#model/fault.ts';
import type { GitObject, ObjectHeader } from './loose-object.ts';
import { isMissing } from './missing-file.ts';
import { openPackReader, type PackAnswer, type PackReader } from './pack-reader.ts';

const readers = new Map<string, PackReader>();
/** A process may be killed from outside; one that dies twice has a reason. */
const ATTEMPTS_MAX = 2;

/** An object out of a pack, or undefined. */
export async function readPacked(gitDir: string, sha: string): Promise<GitObject | undefined> {
  const answer = await ask(gitDir, 'contents', sha);
  return answer?.bytes && { sha, type: answer.type, bytes: answer.bytes };
}

/** The type and size of an object in a pack, or undefined. */
export function readPackedHeader(gitDir: string, sha: string): Promise<ObjectHeader | undefined> {
  return ask(gitDir, 'info', sha);
}

/** End every process that reads a repository below a folder; resolves when they are gone. */
export async function closePackReaders(folder: string): Promise<void> {
  const below = [...readers].filter(([gitDir]) => gitDir.startsWith(`${path.resolve(folder)}/`));
  await Promise.all(below.map(([, reader]) => reader.close()));
}

async function ask(
  gitDir: string,
  command: 'info' | 'contents',
  sha: string,
): Promise<PackAnswer | undefined> {
  if (!hasPacks(gitDir)) return undefined;
  let cause: unknown;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    try {
      return await readerOf(path.resolve(gitDir)).ask(command, sha);
    } catch (error) {
      cause = error;
    }
  }
  throw new Fault('LOCAL_GITHUB', `git could not read ${sha} out of a pack.`, { cause });
}

function readerOf(gitDir: string): PackReader {
  const known = readers.get(gitDir);
  if (known) return known;
  const reader = openPackReader(gitDir, () => {
    if (readers.get(gitDir) === reader) readers.delete(gitDir);
  });
  readers.set(gitDir, reader);
  return reader;
}

/** Without packs a missing file is a missing object, and no process is asked. */
function hasPacks(gitDir: string): boolean {
  try {
    return readdirSync(`${gitDir}/objects/pack`).some((name) => name.endsWith('.idx'));
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
