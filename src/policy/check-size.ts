import { Lexer } from 'yaml';
import type { PolicyMistake } from './policy-mistake.ts';

/** Levels of a policy: five are used, and people lose count long before this. */
export const levelsMax = 100;
/** Words, signs and gaps of a policy of three hundred busy lines, some times over. */
export const tokensMax = 20_000;

/** Marks of the lexer's own, which stand for no text; the first one is a text's byte order mark too. */
const ownMarks = new Set(['\u{2}', '\u{18}', '\u{1f}']);

/**
 * Refuse a file that would keep the parser busy, before it is given any of it: 60,000 brackets fit in
 * 64 KiB, anybody may propose them, and each level is a frame and an object. Stops at the first token
 * that is too many. Undefined when the file is of a size that people write.
 */
export function checkSize(text: string): PolicyMistake | undefined {
  const levels = { flow: 0, line: 0 };
  let count = 0;
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    count += 1;
    if (count > tokensMax) {
      return mistakeAt(
        text,
        offset,
        `expected at most ${tokensMax} words and signs: shorten the file`,
      );
    }
    countLevels(token, levels);
    if (levels.flow + levels.line > levelsMax) {
      const message =
        'expected a few levels of values inside each other, got hundreds: write it flatter';
      return mistakeAt(text, offset, message);
    }
    if (!ownMarks.has(token)) offset += token.length;
  }
  return undefined;
}

/** Brackets stay open over lines; `- - -` and `? ? ?` open a level each, and indents stay short. */
function countLevels(token: string, levels: { flow: number; line: number }): void {
  if (token === '[' || token === '{') levels.flow += 1;
  else if (token === ']' || token === '}') levels.flow = Math.max(0, levels.flow - 1);
  else if (token === '-' || token === '?') levels.line += 1;
  else if (token.includes('\n')) levels.line = 0;
}

function mistakeAt(text: string, offset: number, message: string): PolicyMistake {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n'), key: '', message };
}
