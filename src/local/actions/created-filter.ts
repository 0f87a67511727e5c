const DAY_MS = 86_400_000;

/**
 * The `created` filter of a list of runs, in the syntax of GitHub's search: `2026-01-31`, `>=2026-01-31`,
 * `2026-01-01..2026-01-31`, `*..2026-01-31`, with times or without. What cannot be read matches nothing.
 */
export function matchesCreated(filter: string, createdAt: string): boolean {
  const at = Date.parse(createdAt);
  const range = /^(.+)\.\.(.+)$/.exec(filter);
  if (range !== null) {
    const [, from = '', to = ''] = range;
    const isLate = from === '*' || at >= startOf(from);
    return isLate && (to === '*' || at < endOf(to));
  }
  const [, sign = '', day = ''] = /^(>=|<=|>|<)?(.+)$/.exec(filter) ?? [];
  if (sign === '>=') return at >= startOf(day);
  if (sign === '>') return at >= endOf(day);
  if (sign === '<=') return at < endOf(day);
  if (sign === '<') return at < startOf(day);
  return at >= startOf(day) && at < endOf(day);
}

function startOf(text: string): number {
  return Date.parse(text);
}

// A day lasts until the next one begins, a time until its second is over.
function endOf(text: string): number {
  return Date.parse(text) + (text.includes('T') ? 1000 : DAY_MS);
}
