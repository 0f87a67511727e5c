import { policyPath } from '#model/names.ts';
import { organizationRepository } from '#model/organization-file.ts';
import type { Rule } from '../facts.ts';
import { describeMistake } from '../policy-mistake.ts';
import { fail, pass } from '../reason.ts';

/** `policy:from-base`: the file at the default branch, and no other, says what may happen. */
export const policyValid: Rule = {
  name: 'policy-valid',
  changedBy: ['base_moved'],
  readsPolicy: ['view'],
  ask: ({ view, policy, repository }) => {
    if (!view || !policy) {
      return fail('policy-valid', `expected ${policyPath} at the default branch, got none: add it`);
    }
    const file = `${policyPath} at ${view.baseSha.slice(0, 7)}`;
    if (policy.ok) return pass('policy-valid', `${file} is valid`);
    const { reason, errors } = policy.refusal;
    const loosens = reason === 'policy_loosening';
    const part = loosens ? 'policy-loosening' : 'policy-mistake';
    const wanted = loosens
      ? `as strict as ${repository.owner}/${organizationRepository} asks`
      : 'a valid policy';
    const what = loosens
      ? errors.length === 1
        ? 'key that loosens it'
        : 'keys that loosen it'
      : errors.length === 1
        ? 'mistake'
        : 'mistakes';
    return fail(
      'policy-valid',
      `expected ${file} to be ${wanted}, got ${errors.length} ${what}`,
      errors.map((error) => fail(part, describeMistake(error))),
    );
  },
};
