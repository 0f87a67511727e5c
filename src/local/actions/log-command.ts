/** A command a step writes to its log: `::name key=value,…::message`. */
export interface LogCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

const COMMAND = /^\s*::([A-Za-z][A-Za-z-]*)(?: ([^\n]*?))?::([\s\S]*)$/;

/** Read one line as a command; undefined when it is ordinary output. The line is hostile. */
export function parseLogCommand(line: string): LogCommand | undefined {
  const found = COMMAND.exec(line);
  if (found === null) return undefined;
  const [, name = '', properties = '', message = ''] = found;
  const pairs = properties.split(',').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=');
    return at > 0 ? [[pair.slice(0, at).trim(), unescapeProperty(pair.slice(at + 1))]] : [];
  });
  return {
    name: name.toLowerCase(),
    properties: Object.fromEntries(pairs),
    message: unescapeMessage(message),
  };
}

function unescapeMessage(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function unescapeProperty(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');
}
