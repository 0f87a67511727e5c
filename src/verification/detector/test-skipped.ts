import { type Detector, finding, firstAdded, isProgram } from './finding.ts';

const skips: readonly RegExp[] = [
  /\b(?:it|test|describe|suite|context|specify)\s*(?:\.\w+)*\.(?:skip|todo|fixme|failing|fails|skipIf|runIf)\b/,
  /\b(?:it|test|describe|suite|context|specify)\s*\[\s*['"`](?:skip|todo|failing)['"`]/,
  /\bx(?:it|test|describe|context|specify)\s*\(/,
  /\b(?:t|ctx|context|this|testing)\.(?:skip|todo)\s*\(/,
  /\b(?:skip|todo)\s*:\s*(?:true|['"`]|!0|1\b)/,
  /@(?:Disabled|Ignore)\b/,
  /@?(?:pytest\.mark\.(?:skip|skipif|xfail)|pytest\.(?:skip|xfail))\b/,
  /@?unittest\.(?:skip\w*|expectedFailure)\b|\braise\s+(?:unittest\.)?SkipTest\b/,
  /\bt\.(?:Skip|Skipf|SkipNow)\s*\(/,
  /#\[ignore\b/,
  /\b(?:pending|skip)\s*(?:\(|['"])/,
];

/** T03: a test is newly skipped, or expected to fail. */
export const testSkipped: Detector = (files) =>
  files
    .filter((file) => file.isTest && isProgram(file.path))
    .flatMap((file) => {
      const line = firstAdded(file, skips);
      return line === undefined
        ? []
        : [
            finding(
              'T03',
              'high',
              { path: file.path, line: line.number },
              'A test is newly skipped, or marked as expected to fail.',
            ),
          ];
    });
