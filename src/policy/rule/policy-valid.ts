import { policyPath } from '#model/names.ts';
import type { Rule } from '../facts.ts';
import { fail, pass } from '../reason.ts';

/** `policy:from-base`: the file at the default branch, and no other, says what may happen. */
export const policyValid: Rule = {
  name: 'policy-valid',
  changedBy: ['base_moved'],
  ask: ({ view, policy }) => {
    if (!view || !policy) {
      return fail('policy-valid', `expected ${policyPath} at the default branch, got none: add it`);
    }
    const at = view.baseSha.slice(0, 7);
    if (policy.ok) return pass('policy-valid', `${policyPath} at ${at} is valid`);
    const mistakes = policy.refusal.errors.map((error) =>
      fail(
        'policy-mistake',
        `line ${error.line}, column ${error.column}${error.key ? `, ${error.key}` : ''}: ${error.message}`,
      ),
    );
    return fail(
      'policy-valid',
      `expected ${policyPath} at ${at} to be a valid policy, got ${mistakes.length} ${mistakes.length === 1 ? 'mistake' : 'mistakes'}`,
      mistakes,
    );
  },
};
