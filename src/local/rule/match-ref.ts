// Pure: which references a ruleset speaks of. The patterns are fnmatch's with slashes respected,
// as GitHub documents them for rulesets.

import { matchParts } from './match-parts.ts';

/** A longer pattern is an attack on the matcher. */
export const PATTERN_CHARS_MAX = 255;

/**
 * Whether a full reference name matches one pattern: `~ALL`, `~DEFAULT_BRANCH`, or a pattern of full
 * names in which `*` stays within a part, `**` followed by a slash goes over any number of them.
 */
export function isRefMatched(pattern: string, ref: string, defaultBranch: string): boolean {
  if (pattern === '~ALL') return true;
  if (pattern === '~DEFAULT_BRANCH') return ref === `refs/heads/${defaultBranch}`;
  if (pattern.length > PATTERN_CHARS_MAX) return false;
  return matchParts(pattern.split('/'), ref.split('/'));
}
