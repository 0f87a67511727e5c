import type { FileChange } from '../git/diff.ts';
import { invalid } from './field.ts';

/** Where on a changed file a comment is. */
export interface DiffPlace {
  readonly path: string;
  /** Null for the whole file. */
  readonly line: number | null;
  readonly side: 'LEFT' | 'RIGHT';
  readonly startLine: number | null;
  readonly startSide: 'LEFT' | 'RIGHT' | null;
}

/** The patch from its hunk's header to the line; throws 422 for a line that the diff does not show. */
export function cutHunk(files: readonly FileChange[], place: DiffPlace): string {
  const file = files.find((each) => each.path === place.path);
  if (!file)
    throw invalid('path', 'custom', 'pull_request_review_thread.path could not be resolved');
  if (place.line === null) return file.patch?.split('\n')[0] ?? '';
  const hunk = findHunk(file.patch ?? '', place.line, place.side);
  if (hunk === undefined)
    throw invalid('line', 'custom', 'pull_request_review_thread.line must be part of the diff');
  const { startLine, startSide } = place;
  if (startLine === null) return hunk;
  if (startLine > place.line && (startSide ?? place.side) === place.side)
    throw invalid('start_line', 'custom', 'start_line must precede the end line.');
  if (findHunk(file.patch ?? '', startLine, startSide ?? place.side) === undefined)
    throw invalid(
      'start_line',
      'custom',
      'pull_request_review_thread.start_line must be part of the same hunk as the line.',
    );
  return hunk;
}

/** The lines of a patch up to one line of one side; undefined when it is not in the patch. */
function findHunk(patch: string, line: number, side: 'LEFT' | 'RIGHT'): string | undefined {
  let hunk: string[] = [];
  let left = 0;
  let right = 0;
  for (const text of patch.split('\n')) {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(text);
    if (header) {
      hunk = [text];
      left = Number(header[1]);
      right = Number(header[2]);
      continue;
    }
    hunk.push(text);
    const isThere = side === 'LEFT' ? !text.startsWith('+') : !text.startsWith('-');
    if (isThere && (side === 'LEFT' ? left : right) === line) return hunk.join('\n');
    if (!text.startsWith('+')) left += 1;
    if (!text.startsWith('-')) right += 1;
  }
  return undefined;
}
