// Pure: output of untrusted programs made harmless for a step's log (attack: workflow commands).
import { visibleText } from '#model/text.ts';

/** A line longer than this is cut in pieces, so that a program without line ends does not fill memory. */
const lineCharactersMax = 4_000;
/** Colours and cursor movements (ECMA-48): they hide text from readers. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is what this is for
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g;

/**
 * One line that the runner reads as text. It takes `::name::` at the start of a line (after white
 * space) and `##[name]` anywhere as commands; both are broken up visibly.
 */
export function neutralizeLine(line: string): string {
  return visibleText(line.replace(escapes, ''))
    .replaceAll('##[', '## [')
    .replace(/^(\s*):(?=:)/, '$1: ');
}

/** A filter for text that arrives in pieces: lines are complete before they are passed on. */
export function createNeutralizer(print: (text: string) => void): {
  add(text: string): void;
  end(): void;
} {
  let rest = '';
  return {
    add(text) {
      // The runner ends a line at CR, LF and CRLF alike.
      const lines = `${rest}${text}`.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      while (rest.length > lineCharactersMax) {
        lines.push(rest.slice(0, lineCharactersMax));
        rest = rest.slice(lineCharactersMax);
      }
      for (const line of lines) print(`${neutralizeLine(line)}\n`);
    },
    end() {
      if (rest !== '') print(`${neutralizeLine(rest)}\n`);
      rest = '';
    },
  };
}
