import { removedLines } from '../patch-file.ts';
import { type Detector, finding, isComment } from './finding.ts';

const assertion =
  /\b(?:assert\w*|expect|should|require\.\w+|t\.(?:is|deepEqual|Error|Fatal)f?|XCTAssert\w*)\s*[.(!]|^\s*assert\s/;

/** T05: an assertion of an existing test is removed or rewritten. */
export const assertionRemoved: Detector = (files) =>
  files
    .filter((file) => file.isTest && file.baseBlob !== null && file.headBlob !== null)
    .flatMap((file) => {
      const gone = removedLines(file).filter(
        ({ text }) => !isComment(text) && assertion.test(text.slice(0, 2000)),
      );
      return gone.length === 0
        ? []
        : [
            finding(
              'T05',
              'warn',
              file,
              `Assertions of an existing test are removed or rewritten: ${gone.length} ${gone.length > 1 ? 'lines' : 'line'}.`,
            ),
          ];
    });
