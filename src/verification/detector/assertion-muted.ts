import { addedLines } from '../patch-file.ts';
import { type Detector, finding, isComment, isProgram } from './finding.ts';

const mutes =
  /\bcatch\s*(?:\([^)]{0,80}\))?\s*\{|\.catch\s*\(|^\s*except\b|\b(?:retries|retry|retryTimes)\b\s*[(:]/;

/** T07: an existing test gains a catch or retries, in which a failed assertion can vanish. */
export const assertionMuted: Detector = (files) =>
  files
    .filter((file) => file.isTest && file.baseBlob !== null && isProgram(file.path))
    .flatMap((file) => {
      const line = addedLines(file).find(
        ({ text }) => !isComment(text) && mutes.test(text.slice(0, 2000)),
      );
      return line === undefined
        ? []
        : [
            finding(
              'T07',
              'warn',
              { path: file.path, line: line.number },
              'An existing test gains a catch or retries, in which a failed assertion can vanish.',
            ),
          ];
    });
