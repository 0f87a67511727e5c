import { directedKeys } from './direction.ts';
import { listPolicyKeys } from './policy-schema.ts';

/** The table of docs/policy.md: every key, its default, its meaning, and what an organization's value does. */
export function renderPolicyKeys(): string {
  const words = new Map(
    directedKeys.map(({ path, direction }) => [path.join('.'), direction.words]),
  );
  const rows = listPolicyKeys().map(({ key, default: value, meaning }) => {
    const shown = value === null ? '–' : `\`${value}\``;
    const cells = [`\`${key}\``, shown, meaning, words.get(key) ?? ''];
    return `| ${cells.map(escapeCell).join(' | ')} |\n`;
  });
  const head = '| key | default | meaning | under an organization’s value |\n|--|--|--|--|\n';
  return [head, ...rows].join('');
}

/** A bar would end the cell, even between back-ticks. */
function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
