// Pure: every detector over one change, in a fixed order, with a cap on what a reader is shown.
import type { Finding } from '#model/verdict.ts';
import { assertionMuted } from './detector/assertion-muted.ts';
import { assertionRemoved } from './detector/assertion-removed.ts';
import { checkSilenced } from './detector/check-silenced.ts';
import type { Detector } from './detector/finding.ts';
import { hiddenUnicode } from './detector/hidden-unicode.ts';
import { lockfileAlone } from './detector/lockfile-alone.ts';
import { modeChanged } from './detector/mode-changed.ts';
import { noTestBeside } from './detector/no-test-beside.ts';
import { resultFile } from './detector/result-file.ts';
import { rulesEdited } from './detector/rules-edited.ts';
import { runnerEdited } from './detector/runner-edited.ts';
import { runnerHooked } from './detector/runner-hooked.ts';
import { testFileDeleted } from './detector/test-file-deleted.ts';
import { testFocused } from './detector/test-focused.ts';
import { testSkipped } from './detector/test-skipped.ts';
import { unreadableContent } from './detector/unreadable-content.ts';
import type { PatchFile } from './patch-file.ts';

/** The rules in the order of their ids (T01 … T22). */
const detectors: readonly Detector[] = [
  testFileDeleted,
  testSkipped,
  testFocused,
  assertionRemoved,
  assertionMuted,
  checkSilenced,
  runnerEdited,
  rulesEdited,
  lockfileAlone,
  runnerHooked,
  resultFile,
  hiddenUnicode,
  modeChanged,
  unreadableContent,
  noTestBeside,
];

/** Per rule: a change that breaks one rule on fifty paths is not read path by path. */
const findingsMax = 50;

/** Every finding about a change; a rule that finds more than fifty says so in its last one. */
export function detect(files: readonly PatchFile[]): readonly Finding[] {
  return detectors.flatMap((detector) => cap(detector(files)));
}

/** The gravest first, so that a cut never hides a `high` behind warnings. */
function cap(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= findingsMax) return findings;
  const order = { high: 0, warn: 1, info: 2 };
  const sorted = findings.toSorted((a, b) => order[a.severity] - order[b.severity]);
  const kept = sorted.slice(0, findingsMax);
  const last = kept.at(-1);
  if (last === undefined) return [];
  const more = {
    path: null,
    line: null,
    sentence: `${last.sentence} And ${findings.length - findingsMax} more like it.`,
  };
  return [...kept.slice(0, -1), { ...last, ...more }];
}
