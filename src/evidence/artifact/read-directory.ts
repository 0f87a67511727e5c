// Pure: the central directory of a zip, and the local headers it points to (PKWARE APPNOTE 6.3.10).
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';

/** One member, as directory and local header agree on it. */
export interface ZipMember {
  readonly name: string;
  readonly isFolder: boolean;
  /** `other` is a symbolic link, a device, or anything else that is neither file nor folder. */
  readonly kind: 'file' | 'folder' | 'other';
  readonly isDeflated: boolean;
  readonly crc32: number;
  readonly bytes: number;
  readonly packedBytes: number;
  /** Where the packed content starts. */
  readonly start: number;
}

const endBytes = 22;
const centralBytes = 46;
const localBytes = 30;
/** Far above what one of our archives holds, so that a forged count cannot make a long loop. */
const membersMax = 20_000;

type Read<T> = Result<T, string>;

/**
 * Read every member. One end record, at the very end, without a comment's room to hide another;
 * no encryption, no ZIP64, no two members sharing bytes (the overlapping bomb).
 */
export function readDirectory(bytes: Uint8Array): Read<readonly ZipMember[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - endBytes;
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50 || view.getUint16(end + 20, true) !== 0) {
    return refuse('no end record where it belongs');
  }
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (view.getUint16(end + 8, true) !== count || count > membersMax) return refuse('a false count');
  const members: ZipMember[] = [];
  for (let index = 0; index < count; index++) {
    const member = readMember(view, bytes, at, end);
    if (!member.ok) return member;
    members.push(member.value.member);
    at = member.value.next;
  }
  if (at !== end) return refuse('bytes between directory and end');
  return isOverlapping(members) ? refuse('members that share bytes') : ok(members);
}

function readMember(
  view: DataView,
  bytes: Uint8Array,
  at: number,
  end: number,
): Read<{ readonly member: ZipMember; readonly next: number }> {
  if (at + centralBytes > end || view.getUint32(at, true) !== 0x02014b50) {
    return refuse('a broken directory entry');
  }
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  const packedBytes = view.getUint32(at + 20, true);
  const nameBytes = view.getUint16(at + 28, true);
  const next =
    at + centralBytes + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  if (next > end) return refuse('a directory entry past the end');
  if ((flags & 1) === 1) return refuse('an encrypted member');
  if (method !== 0 && method !== 8) return refuse(`the compression method ${method}`);
  const raw = bytes.subarray(at + centralBytes, at + centralBytes + nameBytes);
  const name = decode(raw);
  if (name === undefined) return refuse('a name that is not UTF-8');
  const start = readStart(view, bytes, view.getUint32(at + 42, true), raw);
  if (start === undefined || start + packedBytes > end) {
    return refuse('a member that is not where the directory says');
  }
  const kind = kindOf(name, view.getUint32(at + 38, true) >>> 16);
  const member = {
    name,
    kind,
    isFolder: kind === 'folder',
    isDeflated: method === 8,
    crc32: view.getUint32(at + 16, true),
    bytes: view.getUint32(at + 24, true),
    packedBytes,
    start,
  };
  return ok({ member, next });
}

/** The local header has to carry the same name: two readers of the archive must see one file. */
function readStart(
  view: DataView,
  bytes: Uint8Array,
  at: number,
  name: Uint8Array,
): number | undefined {
  if (at + localBytes > bytes.length || view.getUint32(at, true) !== 0x04034b50) return undefined;
  if (view.getUint16(at + 26, true) !== name.length) return undefined;
  const there = bytes.subarray(at + localBytes, at + localBytes + name.length);
  if (there.length !== name.length || there.some((byte, index) => byte !== name[index])) {
    return undefined;
  }
  return at + localBytes + name.length + view.getUint16(at + 28, true);
}

/** The upper half of the external attributes is a Unix mode, or zero when the maker gave none. */
function kindOf(name: string, mode: number): ZipMember['kind'] {
  const type = mode & 0o170000;
  if (name.endsWith('/')) return type === 0 || type === 0o040000 ? 'folder' : 'other';
  return type === 0 || type === 0o100000 ? 'file' : 'other';
}

function isOverlapping(members: readonly ZipMember[]): boolean {
  const sorted = members.toSorted((a, b) => a.start - b.start);
  return sorted.some((member, index) => {
    const before = sorted[index - 1];
    return before !== undefined && before.start + before.packedBytes > member.start - localBytes;
  });
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
