import type { CellName } from './verify-record.ts';

/** What can be shown of a change. A property that is absent was not shown. */
export const properties = [
  'HEAD_TESTS_PASSED',
  'BASE_TESTS_PASSED',
  'RED_PROVEN',
  'NO_TEST_LOST',
  'NO_PROTECTED_PATH',
  'SCREENS_CAPTURED',
] as const;
export type Property = (typeof properties)[number];

/** Without every one of these a change is unproven. */
export const requiredProperties: readonly Property[] = properties;

/** Something a reviewer must look at; `high` alone makes a change unproven. */
export interface Finding {
  readonly id: string;
  readonly severity: 'high' | 'warn' | 'info';
  readonly path: string | null;
  readonly line: number | null;
  readonly sentence: string;
}

/** One cell, counted. */
export interface CellSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** True when every command ended with exit code 0. */
  readonly green: boolean;
}

/** A test that fails on the base's code and passes on the change. */
export interface RedGreenTest {
  readonly command: string;
  readonly name: string;
}

/** The App's judgement of one change, derived from hashed files alone. */
export interface Verdict {
  readonly result: 'proven' | 'unproven';
  readonly properties: readonly Property[];
  readonly missing: readonly { readonly property: Property; readonly because: string }[];
  readonly findings: readonly Finding[];
  readonly cells: Readonly<Record<CellName, CellSummary>>;
  readonly redGreen: readonly RedGreenTest[];
}
