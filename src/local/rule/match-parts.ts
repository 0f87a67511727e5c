// Pure: patterns with stars over names with slashes, in polynomial time whatever the pattern is.

/** Whether parts match patterns one by one; `**` before another pattern goes over any number. */
export function matchParts(patterns: readonly string[], parts: readonly string[]): boolean {
  let reachable = new Set([0]);
  for (const [index, pattern] of patterns.entries()) {
    const next = new Set<number>();
    for (const at of reachable) {
      if (pattern === '**' && index < patterns.length - 1)
        for (let skip = at; skip <= parts.length; skip += 1) next.add(skip);
      else if (at < parts.length && matchPart(pattern, parts[at] ?? '')) next.add(at + 1);
    }
    reachable = next;
  }
  return reachable.has(parts.length);
}

/** `*`, `?` and `[…]` within one part of a name. */
function matchPart(pattern: string, text: string): boolean {
  const items = pattern.match(/\*+|\?|\[[!^]?\]?[^\]]*\]|\\.|./gsu) ?? [];
  let reachable = new Set([0]);
  for (const item of items) {
    const next = new Set<number>();
    for (const at of reachable) {
      if (item.startsWith('*')) for (let end = at; end <= text.length; end += 1) next.add(end);
      else if (at < text.length && matchOne(item, text[at] ?? '')) next.add(at + 1);
    }
    reachable = next;
  }
  return reachable.has(text.length);
}

function matchOne(item: string, letter: string): boolean {
  if (item === '?') return true;
  if (item.startsWith('\\') && item.length === 2) return item[1] === letter;
  if (!item.startsWith('[') || item.length < 3) return item === letter;
  const isNegated = item[1] === '!' || item[1] === '^';
  const body = item.slice(isNegated ? 2 : 1, -1);
  return isInClass(body, letter) !== isNegated;
}

function isInClass(body: string, letter: string): boolean {
  for (let at = 0; at < body.length; at += 1) {
    const first = body[at] ?? '';
    const last = body[at + 1] === '-' ? body[at + 2] : undefined;
    if (last !== undefined) at += 2;
    if (letter >= first && letter <= (last ?? first)) return true;
  }
  return false;
}
