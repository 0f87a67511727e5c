import { hasRole } from '#model/policy.ts';
import { findTrigger } from '#model/trigger.ts';
import type { Rule } from '../facts.ts';
import { fail, pass } from '../reason.ts';

/** Labels need only triage; starting an agent needs what the policy asks, at this moment. */
export const requesterRole: Rule = {
  name: 'requester-role',
  changedBy: [],
  readsPolicy: ['cause', 'role'],
  ask: ({ requester, role, policy, cause }) => {
    const trigger = policy?.ok ? findTrigger(policy.value.triggers, cause) : undefined;
    const wanted = trigger?.role ?? 'write';
    const seen = role === 'none' ? 'no role' : `the role ${role}`;
    return hasRole(role, wanted)
      ? pass('requester-role', `${requester.login} has ${seen}, ${wanted} is needed`)
      : fail(
          'requester-role',
          `expected the role ${wanted} or higher, but ${requester.login} has ${seen}: ask someone who has it to do it`,
        );
  },
};
