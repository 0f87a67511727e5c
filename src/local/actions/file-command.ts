import { ok, type Result, refuse } from '#model/result.ts';

// GitHub truncates larger outputs; a step that writes more is refused here, so that nobody is misled.
const FILE_COMMAND_BYTES_MAX = 1024 * 1024;

/**
 * Parse the text of GITHUB_OUTPUT, GITHUB_ENV or GITHUB_STATE: `name=value` and
 * `name<<DELIMITER … DELIMITER`. The refusal is GitHub's sentence. The text is hostile.
 */
export function parseFileCommand(
  text: string,
): Result<readonly (readonly [string, string])[], string> {
  if (Buffer.byteLength(text) > FILE_COMMAND_BYTES_MAX)
    return refuse(`expected at most ${FILE_COMMAND_BYTES_MAX} bytes in a file command`);
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const pairs: [string, string][] = [];
  let at = 0;
  while (at < lines.length) {
    const read = readPair(lines, at);
    if (!read.ok) return read;
    pairs.push(...read.value.pair);
    at = read.value.next;
  }
  return ok(pairs);
}

interface ReadPair {
  /** One pair, or none for an empty line. */
  readonly pair: readonly [string, string][];
  readonly next: number;
}

function readPair(lines: readonly string[], at: number): Result<ReadPair, string> {
  const line = lines[at] ?? '';
  if (line === '') return ok({ pair: [], next: at + 1 });
  const equals = line.indexOf('=');
  const heredoc = line.indexOf('<<');
  const shown = line.slice(0, 80);
  if (equals === 0) return refuse(`Invalid format '${shown}'. Name must not be empty`);
  // Whichever comes first decides: a value may hold `<<`, a delimiter may hold `=`.
  if (equals > 0 && (heredoc < 0 || equals < heredoc))
    return ok({ pair: [[line.slice(0, equals), line.slice(equals + 1)]], next: at + 1 });
  if (heredoc <= 0 || heredoc + 2 === line.length) return refuse(`Invalid format '${shown}'`);
  const end = lines.indexOf(line.slice(heredoc + 2), at + 1);
  if (end < 0) return refuse(`Invalid value. Matching delimiter not found '${shown}'`);
  const value = lines.slice(at + 1, end).join('\n');
  return ok({ pair: [[line.slice(0, heredoc), value]], next: end + 1 });
}

/** Whether GITHUB_ENV may set this name: NODE_OPTIONS would run code in every later action. */
export function mayExport(name: string): boolean {
  return (
    !/^(GITHUB_|RUNNER_)/i.test(name) &&
    name.toUpperCase() !== 'NODE_OPTIONS' &&
    !name.includes('\0')
  );
}
