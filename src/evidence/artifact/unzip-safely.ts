// Pure: one zip archive from a runner, hostile in every byte, to named files in memory.
import { crc32 } from 'node:zlib';
import { Inflate } from 'fflate';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { ZipMember } from './read-directory.ts';
import { readDirectory } from './read-directory.ts';

/** What one archive may hold. */
export interface UnzipLimits {
  readonly filesMax: number;
  readonly fileBytesMax: number;
  readonly bytesMax: number;
  /** Unpacked to packed, for the whole archive. */
  readonly ratioMax: number;
  /** The only names a file may have. */
  readonly path: RegExp;
}

/** Why an archive is refused; the sentence names the member. */
export interface UnzipRefusal {
  readonly reason: 'malformed' | 'too_large' | 'path' | 'kind' | 'duplicate';
  readonly sentence: string;
}

/** Below this an archive cannot hurt, whatever its ratio: empty pictures and logs pack very well. */
const ratioFreeBytes = 10_000_000;

/** Fed to the decompressor at once: it can grow a thousandfold, then the count is looked at. */
const sliceBytes = 16_384;

/**
 * Unpack in memory. Everything is checked on the central directory before a byte is unpacked, and
 * the unpacking stops at the size that the directory promised. Nothing is written to a disk, so a
 * link or a `..` could do nothing here; they are refused because no honest archive of ours has one.
 */
export function unzipSafely(
  bytes: Uint8Array,
  limits: UnzipLimits,
): Result<ReadonlyMap<string, Uint8Array>, UnzipRefusal> {
  const directory = readDirectory(bytes);
  if (!directory.ok) return refuse(malformed(directory.refusal));
  const trouble =
    checkMembers(directory.value, limits) ?? checkSizes(directory.value, bytes.length, limits);
  if (trouble) return refuse(trouble);
  const files = new Map<string, Uint8Array>();
  for (const member of directory.value) {
    if (member.isFolder) continue;
    const content = unpack(bytes.subarray(member.start, member.start + member.packedBytes), member);
    if (!content) return refuse(malformed(`${show(member)} does not unpack to what it promises`));
    files.set(member.name, content);
  }
  return ok(files);
}

function checkMembers(members: readonly ZipMember[], limits: UnzipLimits): UnzipRefusal | null {
  const names = new Set<string>();
  for (const member of members) {
    const name = member.isFolder ? member.name.replace(/\/$/, '') : member.name;
    if (member.kind === 'other') {
      return { reason: 'kind', sentence: `expected files only, ${show(member)} is something else` };
    }
    if (names.has(name)) {
      return { reason: 'duplicate', sentence: `the archive holds ${show(member)} twice` };
    }
    names.add(name);
    if (member.isFolder ? !isFolderName(name) : !limits.path.test(name)) {
      return { reason: 'path', sentence: `the archive may not hold ${show(member)}` };
    }
  }
  return null;
}

/** A folder only has to be harmless: its files are held to the limits' own rule. */
function isFolderName(name: string): boolean {
  return /^(?!.*\.\.)[a-zA-Z0-9][a-zA-Z0-9._/-]{0,179}$/.test(name);
}

function checkSizes(
  members: readonly ZipMember[],
  packedBytes: number,
  limits: UnzipLimits,
): UnzipRefusal | null {
  const files = members.filter((member) => !member.isFolder);
  const large = files.find((member) => member.bytes > limits.fileBytesMax);
  if (large) {
    return tooLarge(
      `${show(large)} has ${large.bytes} bytes, at most ${limits.fileBytesMax} may be`,
    );
  }
  if (files.length > limits.filesMax) {
    return tooLarge(`expected at most ${limits.filesMax} files, saw ${files.length}`);
  }
  const bytes = files.reduce((sum, member) => sum + member.bytes, 0);
  if (bytes > limits.bytesMax) {
    return tooLarge(`expected at most ${limits.bytesMax} bytes unpacked, saw ${bytes}`);
  }
  return bytes > ratioFreeBytes && bytes > packedBytes * limits.ratioMax
    ? tooLarge(`the archive unpacks to more than ${limits.ratioMax} times its size`)
    : null;
}

/** The member's content, or undefined when it is not exactly what the directory promised. */
function unpack(packed: Uint8Array, member: ZipMember): Uint8Array | undefined {
  const content = member.isDeflated ? inflate(packed, member.bytes) : packed.slice();
  return content?.length === member.bytes && crc32(content) === member.crc32 ? content : undefined;
}

function inflate(packed: Uint8Array, bytes: number): Uint8Array | undefined {
  const content = new Uint8Array(bytes);
  let filled = 0;
  const stream = new Inflate((chunk) => {
    if (filled + chunk.length <= bytes) content.set(chunk, filled);
    filled += chunk.length;
  });
  try {
    for (let at = 0; at < packed.length && filled <= bytes; at += sliceBytes) {
      stream.push(packed.subarray(at, at + sliceBytes), at + sliceBytes >= packed.length);
    }
  } catch {
    return undefined;
  }
  return filled === bytes ? content : undefined;
}

function malformed(what: string): UnzipRefusal {
  return { reason: 'malformed', sentence: `the archive is not a sound zip: ${what}` };
}

function tooLarge(sentence: string): UnzipRefusal {
  return { reason: 'too_large', sentence };
}

function show(member: ZipMember): string {
  return JSON.stringify(member.name.slice(0, 120));
}
