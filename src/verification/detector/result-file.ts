import { foldPath } from '../glob.ts';
import { type Detector, finding } from './finding.ts';

const resultLike =
  /(?:^|\/)(?:(?:junit|test-?results?|ctrf(?:-report)?|results?)[\w.-]*\.(?:xml|json|trx|tap)|test-[\w.-]+\.xml|coverage(?:-\w+)?\.(?:xml|json|out)|lcov\.info|\.coverage)$|(?:^|\/)(?:coverage|test-results|playwright-report|allure-results|\.nyc_output)\//;

/** T16: a file that looks like a test's result comes with the change. */
export const resultFile: Detector = (files) =>
  files
    .filter((file) => file.headBlob !== null && resultLike.test(foldPath(file.path)))
    .map((file) =>
      finding('T16', 'warn', file, 'A file that looks like a test’s result comes with the change.'),
    );
