import type { Finding } from '#model/verdict.ts';
import { configKindOf } from '../config-file.ts';
import type { PatchFile } from '../patch-file.ts';
import { isKeyChanged } from '../protected-path.ts';
import { type Detector, finding } from './finding.ts';

/** Keys of package.json that decide what a test command runs. */
const runnerKeys = [
  'scripts',
  'jest',
  'mocha',
  'ava',
  'vitest',
  'nyc',
  'c8',
  'tap',
  'imports',
  'overrides',
];

/** T11: what runs the tests, or how, is edited. */
export const runnerEdited: Detector = (files) =>
  files.flatMap((file): readonly Finding[] => {
    const kind = configKindOf(file.path);
    if (kind === 'runner') {
      return [
        finding('T11', 'high', file, 'A configuration that decides how tests run is edited.'),
      ];
    }
    if (kind === 'build') {
      return [finding('T11', 'warn', file, 'A build configuration is edited.')];
    }
    return kind === 'manifest' ? manifestFindings(file) : [];
  });

function manifestFindings(file: PatchFile): readonly Finding[] {
  if (!file.path.endsWith('package.json')) return [];
  const key = runnerKeys.find((one) => isKeyChanged(file, [one]));
  return key === undefined
    ? []
    : [
        finding(
          'T11',
          'high',
          file,
          `The part “${key}” of package.json decides what runs, and is edited.`,
        ),
      ];
}
