/** What a file of commands says: the pairs up to the first mistake, and the mistake. */
export interface FileCommands {
  readonly pairs: readonly (readonly [string, string])[];
  /** GitHub's sentence; undefined when everything could be read. */
  readonly problem: string | undefined;
}

// GitHub truncates larger outputs; a step that writes more is refused here, so that nobody is misled.
const FILE_COMMAND_BYTES_MAX = 1024 * 1024;
// A mistake is quoted in the log, and the text is hostile.
const QUOTE_CHARACTERS_MAX = 80;

/**
 * Parse the text of GITHUB_OUTPUT, GITHUB_ENV or GITHUB_STATE: `name=value` and
 * `name<<DELIMITER … DELIMITER`. Lines end with a line feed alone, as on GitHub's Linux runner: a
 * carriage return is part of the value. The text is hostile.
 * Source docs.github.com, "Workflow commands", setting an output parameter, multiline strings.
 */
export function parseFileCommand(text: string): FileCommands {
  if (Buffer.byteLength(text) > FILE_COMMAND_BYTES_MAX)
    return { pairs: [], problem: `expected at most ${FILE_COMMAND_BYTES_MAX} bytes` };
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const pairs: (readonly [string, string])[] = [];
  let at = 0;
  while (at < lines.length) {
    const read = readPair(lines, at);
    if (typeof read === 'string') return { pairs, problem: read };
    pairs.push(...read.pair);
    at = read.next;
  }
  return { pairs, problem: undefined };
}

interface ReadPair {
  /** One pair, or none for an empty line. */
  readonly pair: readonly (readonly [string, string])[];
  readonly next: number;
}

function readPair(lines: readonly string[], at: number): ReadPair | string {
  const line = lines[at] ?? '';
  if (line === '') return { pair: [], next: at + 1 };
  const equals = line.indexOf('=');
  const heredoc = line.indexOf('<<');
  // Whichever comes first decides: a value may hold `<<`, a delimiter may hold `=`.
  if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
    if (equals === 0) return `Invalid format '${quote(line)}'. Name must not be empty`;
    return { pair: [[line.slice(0, equals), line.slice(equals + 1)]], next: at + 1 };
  }
  if (heredoc < 0) return `Invalid format '${quote(line)}'`;
  const name = line.slice(0, heredoc);
  const delimiter = line.slice(heredoc + 2);
  if (name === '' || delimiter === '')
    return `Invalid format '${quote(line)}'. Name must not be empty and delimiter must not be empty`;
  const end = lines.indexOf(delimiter, at + 1);
  if (end < 0) return `Invalid value. Matching delimiter not found '${quote(delimiter)}'`;
  return { pair: [[name, lines.slice(at + 1, end).join('\n')]], next: end + 1 };
}

function quote(text: string): string {
  return text.slice(0, QUOTE_CHARACTERS_MAX);
}

/** Whether GITHUB_ENV may set this name: NODE_OPTIONS would run code in every later action. */
export function mayExport(name: string): boolean {
  return (
    !/^(GITHUB_|RUNNER_)/i.test(name) &&
    name.toUpperCase() !== 'NODE_OPTIONS' &&
    !name.includes('\0')
  );
}
