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
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0)
        return refuse(`Invalid format '${line.slice(0, 80)}'. Name must not be empty`);
      pairs.push([line.slice(0, equals), line.slice(equals + 1)]);
    } else if (heredoc > 0 && heredoc + 2 < line.length) {
      const end = lines.indexOf(line.slice(heredoc + 2), at + 1);
      if (end < 0)
        return refuse(
          `Invalid value. Matching delimiter not found '${line.slice(heredoc + 2, heredoc + 82)}'`,
        );
      pairs.push([line.slice(0, heredoc), lines.slice(at + 1, end).join('\n')]);
      at = end;
    } else return refuse(`Invalid format '${line.slice(0, 80)}'`);
  }
  return ok(pairs);
}

/** Whether GITHUB_ENV may set this name: NODE_OPTIONS would run code in every later action. */
export function mayExport(name: string): boolean {
  return (
    !/^(GITHUB_|RUNNER_)/i.test(name) &&
    name.toUpperCase() !== 'NODE_OPTIONS' &&
    !name.includes('\0')
  );
}
