import { addedLines } from '../patch-file.ts';
import { type Detector, finding, isProgram } from './finding.ts';

/** These live in comments, so comments are read here. */
const silencers =
  /\b(?:istanbul|c8|v8|node:coverage)\s+ignore\b|\beslint-disable\b|@ts-(?:ignore|nocheck|expect-error)\b|#\s*type:\s*ignore\b|\bbiome-ignore\b|#\s*(?:nosec|noqa|pragma:\s*no cover)\b|\bnolint\b|#!?\[allow\(/;

/** T10: a checker is told to look away. */
export const checkSilenced: Detector = (files) =>
  files
    .filter((file) => isProgram(file.path))
    .flatMap((file) => {
      const line = addedLines(file).find(({ text }) => silencers.test(text.slice(0, 2000)));
      return line === undefined
        ? []
        : [
            finding(
              'T10',
              'warn',
              { path: file.path, line: line.number },
              'A checker is told to look away.',
            ),
          ];
    });
