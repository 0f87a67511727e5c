import { type Detector, finding } from './finding.ts';

/** T20: the new content is binary or too large to be inspected. */
export const unreadableContent: Detector = (files) =>
  files
    .filter((file) => file.headBlob !== null && file.headText === null)
    .map((file) =>
      finding(
        'T20',
        'warn',
        file,
        'The new content is binary or too large, and was not inspected.',
      ),
    );
