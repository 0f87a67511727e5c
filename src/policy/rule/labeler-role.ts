import { hasRole } from '#model/policy.ts';
import type { Rule } from '../facts.ts';
import { fail, pass } from '../reason.ts';

/** Labels need only triage; starting an agent needs what the policy asks, at this moment. */
export const labelerRole: Rule = ({ requester, role, policy, label }) => {
  const trigger = policy?.ok ? policy.value.triggers.find((one) => one.label === label) : undefined;
  const wanted = trigger?.role ?? 'write';
  const seen = role === 'none' ? 'no role' : `the role ${role}`;
  return hasRole(role, wanted)
    ? pass('labeler-role', `${requester.login} has ${seen}, ${wanted} is needed`)
    : fail(
        'labeler-role',
        `expected the role ${wanted} or higher, but ${requester.login} has ${seen}: ask someone who has it to set the label`,
      );
};
