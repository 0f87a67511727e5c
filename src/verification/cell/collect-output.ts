import { stripVTControlCharacters } from 'node:util';
import { visibleText } from '#model/text.ts';

/** A log is read by people; the end tells why, the start tells what. */
const headMax = 200_000;
const tailMax = 800_000;

/** Collects a command's output within a limit, and gives it back as plain visible text. */
export function collectOutput(): {
  readonly add: (text: string) => void;
  readonly text: () => string;
} {
  let head = '';
  let tail = '';
  let dropped = 0;
  return {
    add: (text) => {
      const room = headMax - head.length;
      head += text.slice(0, Math.max(0, room));
      tail += text.slice(Math.max(0, room));
      if (tail.length > 2 * tailMax) {
        dropped += tail.length - tailMax;
        tail = tail.slice(-tailMax);
      }
    },
    text: () => {
      const cut = dropped > 0 ? `\n… [${dropped} characters left out]\n` : '';
      // Colors and cursor moves first: without their escape character the rest would stay as text.
      return visibleText(stripVTControlCharacters(`${head}${cut}${tail}`));
    },
  };
}
