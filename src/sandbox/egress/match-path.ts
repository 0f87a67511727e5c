// Pure: raw request paths and the patterns of rules.

/**
 * What two servers could read in two ways: dot segments, empty segments, encoded dots, percent signs
 * (for who decodes twice) and overlong slashes, path parameters, backslashes, anything that is no
 * visible ASCII. An encoded slash may make no such segment either.
 */
const ambiguous = /\/\/|\/\.|%2e|%25|%5c|%00|%c[01]|[\\;#]|[^!-~]|%2f(?:\.|%2f|\/|$)|\/%2f/i;
/** An encoded slash: it passes where a pattern has it at that very place (`/@*%2f*`), as npm sends a scoped name. */
export const encodedSlash = /%2f/i;

/** May two servers read this raw path in two ways? */
export function isAmbiguous(path: string): boolean {
  return ambiguous.test(path);
}

/**
 * `*` is anything within one segment, `**` anything, but neither an encoded slash; the rest is
 * compared byte by byte.
 */
export function fits(pattern: string, path: string): boolean {
  const source = pattern.replace(/\*\*|\*|%2f|[^*%]+|%/gi, (part) => {
    if (part === '**') return '(?:(?!%2[fF]).)*';
    if (part === '*') return '(?:(?!%2[fF])[^/])*';
    return encodedSlash.test(part) ? '%2[fF]' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source}$`).test(path);
}
