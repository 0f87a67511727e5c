import type { PatchFile } from '../patch-file.ts';
import { type Detector, finding } from './finding.ts';

/** The share of a deleted test's lines that a new test file must hold to count as its new home. */
const movedShare = 0.5;

/** T01: a test file is deleted, or renamed to a path that is no test's. */
export const testFileDeleted: Detector = (files) =>
  files
    .filter((file) => file.isTest && file.headBlob === null)
    .map((file) =>
      files.some((other) => isNewHome(other, file))
        ? finding('T01', 'warn', file, 'A test file was moved; its tests are counted by name.')
        : finding(
            'T01',
            'high',
            file,
            'A test file is deleted, or renamed to a path that is no test’s.',
          ),
    );

function isNewHome(other: PatchFile, gone: PatchFile): boolean {
  if (!other.isTest || other.baseBlob !== null || other.headBlob === null) return false;
  if (other.headBlob === gone.baseBlob) return true;
  const lines = meaningful(gone.baseText);
  if (lines.length === 0) return false;
  const there = new Set(meaningful(other.headText));
  return lines.filter((line) => there.has(line)).length / lines.length >= movedShare;
}

function meaningful(text: string | null): readonly string[] {
  return (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.length > 3);
}
