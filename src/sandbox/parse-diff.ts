// Pure: `git diff-tree --raw -z` as lines of a change.
import { fileModes } from '#model/change-set.ts';
import { ok, type Result, refuse } from '#model/result.ts';

/** One changed path. `sha` is the new blob's; null when the path is gone. */
export interface DiffLine {
  readonly path: string;
  readonly sha: string | null;
  readonly mode: (typeof fileModes)[number];
}

/** Path names are cut in sentences: they are the agent's words. */
const shownMax = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is what this is for
const control = /[\u0000-\u001f\u007f]/;

/** Sorted by path; a sentence for gitlinks, names that are not UTF-8 or hold control characters. */
export function parseDiff(raw: Uint8Array): Result<readonly DiffLine[], string> {
  const lines: DiffLine[] = [];
  const fields = splitAtNul(raw);
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const line = parseLine(fields[index], fields[index + 1]);
    if (!line.ok) return line;
    lines.push(line.value);
  }
  return ok(lines.sort((a, b) => (a.path < b.path ? -1 : 1)));
}

function parseLine(
  head: Uint8Array | undefined,
  name: Uint8Array | undefined,
): Result<DiffLine, string> {
  const line = new TextDecoder().decode(head);
  const match = /^:(\d{6}) (\d{6}) [0-9a-f]{40} ([0-9a-f]{40}) [A-Z]$/.exec(line);
  if (!match) return refuse('The comparison with the base could not be read.');
  const [, before = '', after = '', sha = ''] = match;
  const path = decodeName(name);
  if (path === null) return refuse('The agent left a file whose name is not UTF-8: rename it.');
  const shown = JSON.stringify(path.slice(0, shownMax));
  if (control.test(path))
    return refuse(`The agent left a file whose name has control characters: ${shown}.`);
  if (before === '160000' || after === '160000')
    return refuse(`The agent changed the submodule at ${shown}: a change carries files only.`);
  const mode = fileModes.find((one) => one === after);
  if (mode === undefined && after !== '000000')
    return refuse(`The agent left ${shown} with the mode ${after}, which is not carried.`);
  return ok({ path, sha: mode === undefined ? null : sha, mode: mode ?? '100644' });
}

function decodeName(bytes: Uint8Array | undefined): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function splitAtNul(bytes: Uint8Array): readonly Uint8Array[] {
  const fields: Uint8Array[] = [];
  let at = 0;
  for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, at)) {
    fields.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return fields;
}
