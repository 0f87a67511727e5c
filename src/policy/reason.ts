import type { Reason } from '#model/decision.ts';

/** A rule's good answer. */
export function pass(rule: string, sentence: string, children?: readonly Reason[]): Reason {
  return { rule, outcome: 'pass', sentence, ...(children ? { children } : {}) };
}

/** A rule's bad answer: nothing starts. */
export function fail(rule: string, sentence: string, children?: readonly Reason[]): Reason {
  return { rule, outcome: 'fail', sentence, ...(children ? { children } : {}) };
}

/** A rule's answer when something else must happen first. */
export function wait(rule: string, sentence: string, children?: readonly Reason[]): Reason {
  return { rule, outcome: 'wait', sentence, ...(children ? { children } : {}) };
}
