// Pure: the bytes of a tree. Names are held as latin1 so that any byte survives, and so that the
// order of the texts is the order of the bytes.

/** One entry as it is stored: `mode` without leading zero (`40000`). */
export interface RawEntry {
  readonly mode: string;
  readonly name: string;
  readonly sha: string;
}

/** The mode of a folder in a tree. */
export const FOLDER_MODE = '40000';
const SUBMODULE_MODE = '160000';
const SHA_BYTES = 20;

/** The entries of a tree, in their order. */
export function parseTree(bytes: Buffer): readonly RawEntry[] {
  const entries: RawEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, space);
    if (space < 0 || end < 0) break;
    entries.push({
      mode: bytes.toString('latin1', at, space),
      name: bytes.toString('latin1', space + 1, end),
      sha: bytes.toString('hex', end + 1, end + 1 + SHA_BYTES),
    });
    at = end + 1 + SHA_BYTES;
  }
  return entries;
}

/** The bytes of a tree; entries in any order. A folder sorts as if its name ended with a slash. */
export function formatTree(entries: readonly RawEntry[]): Buffer {
  const sorted = entries
    .map((entry) => ({ entry, key: entry.mode === FOLDER_MODE ? `${entry.name}/` : entry.name }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  return Buffer.concat(
    sorted.flatMap(({ entry }) => [
      Buffer.from(`${entry.mode} ${entry.name}\0`, 'latin1'),
      Buffer.from(entry.sha, 'hex'),
    ]),
  );
}

/** What an entry names, by its mode. */
export function typeOfMode(mode: string): 'blob' | 'tree' | 'commit' {
  if (/^0?40000$/.test(mode)) return 'tree';
  return mode === SUBMODULE_MODE ? 'commit' : 'blob';
}

/** A path as trees hold it, and back. */
export function toRawName(name: string): string {
  return Buffer.from(name, 'utf8').toString('latin1');
}

/** The text of a name; bytes that are no UTF-8 show as the replacement sign. */
export function fromRawName(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}
