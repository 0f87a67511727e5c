import type { Reason } from '#model/decision.ts';
import { visibleText } from '#model/text.ts';
import type { Gate } from './gate.ts';

const marks = { pass: '✓', fail: '✗', wait: '…' } as const;

/** The check run's summary: one line a reason, names and all treated as hostile text. */
export function renderGate(gate: Gate): string {
  return gate.reasons.flatMap((reason) => renderReason(reason, 0)).join('\n');
}

function renderReason(reason: Reason, level: number): readonly string[] {
  const text = visibleText(reason.sentence).replace(
    /[^\p{L}\p{N} .,:()/-]/gu,
    (sign) => `\\${sign}`,
  );
  return [
    `${'  '.repeat(level)}- ${marks[reason.outcome]} ${text.slice(0, 300)}`,
    ...(reason.children ?? []).flatMap((child) => renderReason(child, level + 1)),
  ];
}
