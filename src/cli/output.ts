/** Where a command speaks: people read standard error, machines one JSON document on standard output. */
export interface Output {
  /** A line for people. */
  say(line: string): void;
  /** The command's answer: JSON with `--json`, else the lines. */
  answer(document: unknown, lines: readonly string[]): void;
}

/** With `--json`, standard output holds one JSON document and nothing else. */
export function openOutput(json: boolean): Output {
  return {
    say: (line) => void process.stderr.write(`${line}\n`),
    answer: (document, lines) => {
      process.stdout.write(
        json ? `${JSON.stringify(document, null, 2)}\n` : lines.map((line) => `${line}\n`).join(''),
      );
    },
  };
}
