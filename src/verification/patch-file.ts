// Pure: what detectors and properties read of one changed path, and the lines it gained and lost.
import type { PatchFiles } from '#model/verify-record.ts';

/** One changed path with the texts of both sides; null where there is none, or none we can read. */
export interface PatchFile {
  readonly path: string;
  readonly status: PatchFiles['files'][number]['status'];
  readonly isTest: boolean;
  readonly baseMode: string | null;
  readonly headMode: string | null;
  readonly baseBlob: string | null;
  readonly headBlob: string | null;
  /** UTF-8 text; null when absent on this side, binary, or above the size that is carried. */
  readonly baseText: string | null;
  readonly headText: string | null;
}

/** One line with its number, counted from 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** Lines of the head that the base does not have, each as often as it is new; a moved line is not new. */
export function addedLines(file: PatchFile): readonly Line[] {
  return linesWithout(file.headText, file.baseText);
}

/** Lines of the base that the head no longer has. */
export function removedLines(file: PatchFile): readonly Line[] {
  return linesWithout(file.baseText, file.headText);
}

function linesWithout(text: string | null, other: string | null): readonly Line[] {
  if (text === null) return [];
  const left = countLines(other);
  return splitLines(text)
    .map((line, at) => ({ number: at + 1, text: line }))
    .filter((line) => !takeOne(left, line.text.trim()));
}

function takeOne(counts: Map<string, number>, line: string): boolean {
  const count = counts.get(line) ?? 0;
  if (count > 0) counts.set(line, count - 1);
  return count > 0;
}

function countLines(text: string | null): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of text === null ? [] : splitLines(text)) {
    counts.set(line.trim(), (counts.get(line.trim()) ?? 0) + 1);
  }
  return counts;
}

function splitLines(text: string): readonly string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/);
}
