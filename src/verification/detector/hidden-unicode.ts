import { addedLines } from '../patch-file.ts';
import { type Detector, finding } from './finding.ts';

/**
 * Characters that readers do not see and machines do (Trojan Source, CVE-2021-42574; attacks C5, C6).
 * Emoji need U+200D and U+FE0F after a pictograph, and a file may start with U+FEFF: those pass.
 */
const hidden =
  /\u034f|[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb]|[\u180b-\u180f]|[\ufe00-\ufe0e]|[\u{1d173}-\u{1d17a}]|[\u{e0000}-\u{e0fff}]|(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}]|\ufe0f)\u200d|(?<!\p{Emoji}|\u20e3)\ufe0f/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they move a terminal's cursor over text
const control = /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f]/;

/** T17: an added line, or a path, holds characters that a reviewer cannot see. */
export const hiddenUnicode: Detector = (files) =>
  files.flatMap((file) => {
    if (file.headBlob === null) return [];
    if (hidden.test(file.path) || control.test(file.path)) {
      return [finding('T17', 'high', file, 'The path holds characters that a reader cannot see.')];
    }
    const line = addedLines(file).find(({ number, text }) => {
      const seen = number === 1 ? text.replace(/^\ufeff/, '') : text;
      return hidden.test(seen) || control.test(seen);
    });
    return line === undefined
      ? []
      : [
          finding(
            'T17',
            'high',
            { path: file.path, line: line.number },
            'An added line holds characters that a reader cannot see.',
          ),
        ];
  });
