import type { ReasonLine } from '#model/decision.ts';
import { walkReasons } from '#model/decision.ts';
import { visibleText } from '#model/text.ts';
import type { Gate } from './gate.ts';

/** The check run's summary: one line a reason, names and all treated as hostile text. */
export function renderGate(gate: Gate): string {
  return walkReasons(gate.reasons).map(renderLine).join('\n');
}

function renderLine({ level, mark, sentence }: ReasonLine): string {
  const text = visibleText(sentence).replace(/[^\p{L}\p{N} .,:()/-]/gu, (sign) => `\\${sign}`);
  return `${'  '.repeat(level)}- ${mark} ${text.slice(0, 300)}`;
}
