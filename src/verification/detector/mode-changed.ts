import type { Finding } from '#model/verdict.ts';
import { type Detector, finding } from './finding.ts';

const symlink = '120000';

/** T19: a symbolic link appears or changes, or a file’s mode does. */
export const modeChanged: Detector = (files) =>
  files.flatMap((file): readonly Finding[] => {
    if (file.headMode === null) return [];
    if (file.headMode === symlink || file.baseMode === symlink) {
      return [
        finding('T19', 'high', file, 'A symbolic link is added, replaced or pointed elsewhere.'),
      ];
    }
    if (!['100644', '100755'].includes(file.headMode)) {
      return [finding('T19', 'high', file, 'An entry that is neither a file nor a link is added.')];
    }
    if (file.baseMode !== null && file.baseMode !== file.headMode) {
      return [finding('T19', 'warn', file, 'A file’s mode changes between plain and executable.')];
    }
    return [];
  });
