import { type Detector, finding, firstAdded, isProgram } from './finding.ts';

const focuses: readonly RegExp[] = [
  /\b(?:it|test|describe|suite|context|specify)\s*(?:\.\w+)*\.only\b/,
  /\b(?:it|test|describe|suite)\s*\[\s*['"`]only['"`]/,
  /\bf(?:it|describe|context)\s*\(/,
  /\bonly\s*:\s*(?:true|!0|1\b)/,
  /--test-only\b/,
];

/** T04: one test is singled out, so that the others do not run. */
export const testFocused: Detector = (files) =>
  files
    .filter((file) => file.isTest && isProgram(file.path))
    .flatMap((file) => {
      const line = firstAdded(file, focuses);
      return line === undefined
        ? []
        : [
            finding(
              'T04',
              'high',
              { path: file.path, line: line.number },
              'One test is singled out, so that the others do not run.',
            ),
          ];
    });
