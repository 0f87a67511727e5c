// Loose objects, read and written without a process: the format of git's own documentation
// (gitformat-loose): zlib over "<type> <size>\0<bytes>", named by the SHA-1 of the same.
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { constants, deflate, deflateSync, inflate, inflateSync } from 'node:zlib';
import { Fault } from '#model/fault.ts';
import { isMissing } from './missing-file.ts';

/** The four kinds of object. */
export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

/** One object as git stores it. */
export interface GitObject {
  readonly sha: string;
  readonly type: ObjectType;
  readonly bytes: Buffer;
}

/** What an object is, without its bytes. */
export interface ObjectHeader {
  readonly type: ObjectType;
  readonly size: number;
}

/** GitHub takes files up to 100 MB; what inflates past this is an attack on memory. */
export const OBJECT_BYTES_MAX = 128 * 1024 * 1024;
/** Up to here, doing it at once costs less than a turn of the event loop. */
const SYNC_BYTES_MAX = 64 * 1024;
/** Holds "<type> <size>\0" however zlib has packed it. */
const HEADER_BYTES = 128;

const inflateLater = promisify(inflate);
const deflateLater = promisify(deflate);

/** A loose object, or undefined. Throws `Fault('LOCAL_GITHUB')` for a broken file. */
export async function readLoose(gitDir: string, sha: string): Promise<GitObject | undefined> {
  const stored = readFile(pathOf(gitDir, sha));
  if (stored === undefined) return undefined;
  const whole = await unpack(stored).catch((cause: unknown) => {
    throw new Fault('LOCAL_GITHUB', `The object ${sha} cannot be read.`, { cause });
  });
  const header = parseHeader(whole);
  if (!header) throw new Fault('LOCAL_GITHUB', `The object ${sha} has no header.`);
  return { sha, type: header.type, bytes: whole.subarray(whole.indexOf(0) + 1) };
}

async function unpack(stored: Buffer): Promise<Buffer> {
  const options = { maxOutputLength: OBJECT_BYTES_MAX };
  return stored.length <= SYNC_BYTES_MAX
    ? inflateSync(stored, options)
    : inflateLater(stored, options);
}

/** The type and size of a loose object, from the first bytes of its file; undefined for none. */
export function readLooseHeader(gitDir: string, sha: string): ObjectHeader | undefined {
  const start = Buffer.alloc(HEADER_BYTES);
  let length: number;
  try {
    const file = openSync(pathOf(gitDir, sha), 'r');
    try {
      length = readSync(file, start, 0, HEADER_BYTES, 0);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const options = { finishFlush: constants.Z_SYNC_FLUSH };
  return parseHeader(inflateSync(start.subarray(0, length), options));
}

/** Store an object unless it is there; returns its id. Safe beside git and other writers. */
export async function writeLoose(
  gitDir: string,
  type: ObjectType,
  bytes: Uint8Array,
): Promise<string> {
  const whole = Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`), bytes]);
  const sha = createHash('sha1').update(whole).digest('hex');
  const file = pathOf(gitDir, sha);
  if (existsSync(file)) return sha;
  const level = { level: constants.Z_BEST_SPEED };
  const stored =
    whole.length <= SYNC_BYTES_MAX ? deflateSync(whole, level) : await deflateLater(whole, level);
  const folder = path.dirname(file);
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  // git's own prefix: `git prune` knows what a crash leaves behind.
  const temporary = path.join(folder, `tmp_obj_${randomBytes(8).toString('hex')}`);
  writeFileSync(temporary, stored, { mode: 0o444, flag: 'wx' });
  // Whoever else writes this name writes the same bytes.
  renameSync(temporary, file);
  return sha;
}

function pathOf(gitDir: string, sha: string): string {
  return `${gitDir}/objects/${sha.slice(0, 2)}/${sha.slice(2)}`;
}

function readFile(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function parseHeader(bytes: Buffer): ObjectHeader | undefined {
  const text = bytes.toString('latin1', 0, 64);
  const [, type, size] = /^(blob|tree|commit|tag) (\d+)\0/.exec(text) ?? [];
  if (type === undefined || !isObjectType(type)) return undefined;
  return { type, size: Number(size) };
}

/** Whether a word is one of git's four types. */
export function isObjectType(word: string): word is ObjectType {
  return word === 'blob' || word === 'tree' || word === 'commit' || word === 'tag';
}
