import type { Finding, RedGreenTest } from '#model/verdict.ts';
import type { CellName, CellRecord } from '#model/verify-record.ts';
import type { PatchFile } from '../patch-file.ts';

/** A verify command as the base's policy has it. */
export interface CommandAsked {
  readonly name: string;
  readonly run: string;
  /** True when policy names a JUnit report. */
  readonly report: boolean;
}

/** What a property is read from: recorded cells, the texts of the change, and what policy asked. */
export interface PropertyInput {
  readonly cells: Readonly<Record<CellName, CellRecord>>;
  readonly files: readonly PatchFile[];
  readonly commandsAsked: readonly CommandAsked[];
}

/** Shown when `because` is null; else one sentence that a maintainer understands. */
export interface Shown {
  readonly because: string | null;
  readonly redGreen?: readonly RedGreenTest[];
  readonly findings?: readonly Finding[];
}

/** The property was shown. */
export const shown: Shown = { because: null };

/** The property was not shown, and why. */
export function notShown(because: string): Shown {
  return { because };
}
