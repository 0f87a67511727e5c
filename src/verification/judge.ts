// Pure: the verify job previews with it, the App decides with it, on the same hashed files.
import {
  type Finding,
  type Property,
  properties,
  requiredProperties,
  type Verdict,
} from '#model/verdict.ts';
import type { CellName, CellRecord, ScreenMeta } from '#model/verify-record.ts';
import { summarize } from './cell-green.ts';
import type { PatchFile } from './patch-file.ts';
import { baseTestsPassed } from './property/base-tests-passed.ts';
import { headTestsPassed } from './property/head-tests-passed.ts';
import { noProtectedPath } from './property/no-protected-path.ts';
import { noTestLost } from './property/no-test-lost.ts';
import { redProven } from './property/red-proven.ts';
import { screensCaptured } from './property/screens-captured.ts';
import type { CommandAsked, Shown } from './property/shown.ts';

/** Everything a verdict is derived from: what was seen, and what the base's policy asked for. */
export interface JudgeInput {
  readonly cells: Readonly<Record<CellName, CellRecord>>;
  readonly files: readonly PatchFile[];
  readonly screens: readonly ScreenMeta[];
  readonly screensAsked: readonly { readonly screen: string; readonly viewport: string }[];
  /** Globs, or `path#key` for one part of a JSON file. */
  readonly protectedPaths: readonly string[];
  readonly findings: readonly Finding[];
  readonly commandsAsked: readonly CommandAsked[];
}

/**
 * Judge one change: `proven` when every required property was shown and no finding is `high`.
 * Nothing is taken from a runner's own opinion; the same input gives the same verdict.
 */
export function judge(input: JudgeInput): Verdict {
  const shown: Readonly<Record<Property, Shown>> = {
    HEAD_TESTS_PASSED: headTestsPassed(input),
    BASE_TESTS_PASSED: baseTestsPassed(input),
    RED_PROVEN: redProven(input),
    NO_TEST_LOST: noTestLost(input),
    NO_PROTECTED_PATH: noProtectedPath(input.files, input.protectedPaths),
    SCREENS_CAPTURED: screensCaptured(input.screens, input.screensAsked),
  };
  const missing = properties.flatMap((property) => {
    const { because } = shown[property];
    return because === null ? [] : [{ property, because }];
  });
  const findings = [...input.findings, ...properties.flatMap((name) => shown[name].findings ?? [])];
  const lacks = missing.some(({ property }) => requiredProperties.includes(property));
  const isHigh = findings.some(({ severity }) => severity === 'high');
  return {
    result: lacks || isHigh ? 'unproven' : 'proven',
    properties: properties.filter((property) => shown[property].because === null),
    missing,
    findings,
    cells: {
      baseBase: summarize(input.cells.baseBase, input.commandsAsked),
      headBase: summarize(input.cells.headBase, input.commandsAsked),
      baseHead: summarize(input.cells.baseHead, input.commandsAsked),
      headHead: summarize(input.cells.headHead, input.commandsAsked),
    },
    redGreen: shown.RED_PROVEN.redGreen ?? [],
  };
}
