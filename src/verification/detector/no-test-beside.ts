import type { PatchFile } from '../patch-file.ts';
import { type Detector, finding, isProgram } from './finding.ts';

/** T22: production code changes and no test does. */
export const noTestBeside: Detector = (files) => {
  const code = files.find((file) => !file.isTest && isProgram(file.path));
  if (code === undefined || files.some(isLivingTest)) return [];
  return [finding('T22', 'warn', code, 'Production code changes and no test is added or changed.')];
};

function isLivingTest(file: PatchFile): boolean {
  return file.isTest && file.headBlob !== null;
}
