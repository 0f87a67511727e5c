// Pure: who owns which file, after CODEOWNERS (docs.github.com, "About code owners").
import { matchParts } from './match-parts.ts';

/** Where GitHub looks, in this order; the first that exists counts. */
export const CODEOWNERS_PATHS = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'] as const;
/** GitHub ignores a larger file. */
export const CODEOWNERS_BYTES_MAX = 3 * 1024 * 1024;
/** More rules than this are not looked at, so that a hostile file does not hold up the rest. */
const LINES_MAX = 10_000;
const PATTERN_CHARS_MAX = 500;

/** One line: a pattern, and who owns what it matches. */
export interface OwnerLine {
  /** Any of them, part by part. */
  readonly patterns: readonly (readonly string[])[];
  /** Logins, `organization/team`, or addresses, without `@`; none means that nobody owns it. */
  readonly owners: readonly string[];
}

/** Read the lines. What GitHub does not understand (`!`, `[…]`, an escaped `#`) is left out. */
export function parseCodeOwners(text: string): readonly OwnerLine[] {
  return text
    .split('\n')
    .slice(0, LINES_MAX)
    .flatMap((line) => {
      const words = line.replace(/(^|\s)#.*$/, '').match(/(?:\\ |\S)+/g) ?? [];
      const [pattern, ...owners] = words;
      if (pattern === undefined || pattern.length > PATTERN_CHARS_MAX) return [];
      if (/^!|[[\]]|^\\#/.test(pattern)) return [];
      return [{ patterns: compile(pattern), owners: owners.map((each) => each.replace(/^@/, '')) }];
    });
}

/** The owners of one path: the last line that matches decides. */
export function ownersOf(lines: readonly OwnerLine[], path: string): readonly string[] {
  const parts = path.split('/');
  const isMatched = (line: OwnerLine) =>
    line.patterns.some((pattern) => matchParts(pattern, parts));
  return lines.findLast(isMatched)?.owners ?? [];
}

/**
 * Gitignore's patterns as GitHub takes them: a slash anywhere but at the end anchors at the root, a
 * folder covers what is below it, `*` stays within a part, and `docs/*` does not go deeper.
 */
function compile(pattern: string): OwnerLine['patterns'] {
  const plain = pattern.replaceAll('\\ ', ' ');
  const isAnchored = plain.replace(/\/$/, '').includes('/');
  const body = plain.replace(/^\//, '').replace(/\/$/, '').split('/');
  const parts = [...(isAnchored ? [] : ['**']), ...body];
  if (body.at(-1) === '**') return [[...parts, '*']];
  const below = [...parts, '**', '*'];
  if (plain.endsWith('/')) return [below];
  return /\/\*$/.test(plain) ? [parts] : [parts, below];
}
