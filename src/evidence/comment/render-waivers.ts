// Pure: what people put aside, below the evidence it belongs to.

import { codeSpan, plainLine } from '#model/neutralise.ts';
import type { Waiver } from '#model/waiver.ts';

const rowsMax = 10;

/** The section that is added to the evidence comment; empty while nothing is waived. */
export function renderWaivers(waivers: readonly Waiver[]): string {
  if (waivers.length === 0) return '';
  const rows = waivers
    .slice(0, rowsMax)
    .map(
      ({ finding, by, reason, at }) =>
        `- ${codeSpan(finding)} by ${plainLine(by.login)} at ${at}: ${codeSpan(reason, 300)}`,
    );
  const more = waivers.length - rows.length;
  return [
    '**Waived by people** (recorded; a waiver does not make a change proven)',
    ...rows,
    ...(more > 0 ? [`- and ${more} more in the record`] : []),
  ].join('\n');
}
