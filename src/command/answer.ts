import type { Reason } from '#model/decision.ts';

/** What a command came to, for the record and for the comment. */
export interface Answer {
  /** `nothing`: it was allowed, and there was nothing to do. */
  readonly outcome: 'done' | 'refused' | 'nothing';
  /** Kebab-case: what decided it, `command-role`. */
  readonly rule: string;
  /** Two or three words: `Held`. */
  readonly headline: string;
  /** What was expected and what was seen, or what happened. Hostile text may be in it. */
  readonly sentence: string;
  /** A tree to show below it. */
  readonly reasons: readonly Reason[];
  /** Further lines, plain text. */
  readonly lines: readonly string[];
  /** The App's own page about it; null when there is none. */
  readonly url: string | null;
  /** What was done has said so itself, in the same comment: nothing is written over it. */
  readonly isSaid: boolean;
}

const plain = { reasons: [], lines: [], url: null, isSaid: false } as const;

/** It was done. */
export function done(headline: string, sentence: string, more: Partial<Answer> = {}): Answer {
  return { ...plain, outcome: 'done', rule: 'command-obeyed', headline, sentence, ...more };
}

/** It was not allowed, or not possible: the rule that said no, and why. */
export function refused(rule: string, sentence: string, more: Partial<Answer> = {}): Answer {
  return { ...plain, outcome: 'refused', rule, headline: 'Refused', sentence, ...more };
}

/** It was allowed, and nothing was left to do. */
export function nothing(sentence: string, more: Partial<Answer> = {}): Answer {
  const said = { rule: 'command-idle', headline: 'Nothing to do', sentence } as const;
  return { ...plain, outcome: 'nothing', ...said, ...more };
}
