import { listPolicyKeys } from './policy-schema.ts';

/** The table of docs/policy.md: every key with its default and its meaning. */
export function renderPolicyKeys(): string {
  const rows = listPolicyKeys().map(({ key, default: value, meaning }) => {
    const shown = value === null ? '–' : `\`${value}\``;
    return `| \`${key}\` | ${escapeCell(shown)} | ${escapeCell(meaning)} |\n`;
  });
  return ['| key | default | meaning |\n', '|--|--|--|\n', ...rows].join('');
}

/** A bar would end the cell, even between back-ticks. */
function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
