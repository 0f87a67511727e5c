// Zip archives written byte by byte, so that each of them can lie in one place.
import { crc32, deflateRawSync } from 'node:zlib';

/** One member. What is left out is what an honest archive has. */
export interface Member {
  readonly name: string;
  readonly text?: string | Uint8Array;
  /** Unix mode: `0o120777` makes a symbolic link. */
  readonly mode?: number;
  readonly isStored?: boolean;
  /** What the local header says instead. */
  readonly localName?: string;
  /** What the directory promises instead. */
  readonly bytes?: number;
  readonly crc?: number;
  readonly flags?: number;
  readonly method?: number;
}

/** Write an archive. */
export function makeZip(members: readonly Member[], more: { readonly count?: number } = {}) {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const member of members) {
    const local = localOf(member);
    directory.push(centralOf(member, at));
    locals.push(local);
    at += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(more.count ?? members.length, 8);
  end.writeUInt16LE(more.count ?? members.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, central, end]);
}

function contentOf({ text = '', isStored }: Member) {
  const content = typeof text === 'string' ? Buffer.from(text) : text;
  return { content, packed: isStored ? Buffer.from(content) : deflateRawSync(content) };
}

/** What both headers share: from the flags to the length of the extra field. */
function sharedOf(member: Member, nameBytes: number): Buffer {
  const { content, packed } = contentOf(member);
  const shared = Buffer.alloc(24);
  shared.writeUInt16LE(member.flags ?? 0, 0);
  shared.writeUInt16LE(member.method ?? (member.isStored ? 0 : 8), 2);
  shared.writeUInt32LE(member.crc ?? crc32(content), 8);
  shared.writeUInt32LE(packed.length, 12);
  shared.writeUInt32LE(member.bytes ?? content.length, 16);
  shared.writeUInt16LE(nameBytes, 20);
  return shared;
}

function localOf(member: Member): Buffer {
  const name = Buffer.from(member.localName ?? member.name);
  const head = Buffer.from([0x50, 0x4b, 3, 4, 20, 0]);
  return Buffer.concat([head, sharedOf(member, name.length), name, contentOf(member).packed]);
}

function centralOf(member: Member, start: number): Buffer {
  const name = Buffer.from(member.name);
  const head = Buffer.from([0x50, 0x4b, 1, 2, 20, 3, 20, 0]);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(
    ((member.mode ?? (member.name.endsWith('/') ? 0o040755 : 0o100644)) << 16) >>> 0,
    6,
  );
  tail.writeUInt32LE(start, 10);
  return Buffer.concat([head, sharedOf(member, name.length), tail, name]);
}
