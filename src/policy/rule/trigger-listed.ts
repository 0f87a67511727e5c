import { describeCause, describeTrigger, findTrigger } from '#model/trigger.ts';
import type { Rule } from '../facts.ts';
import { fail, pass } from '../reason.ts';

/** What was done must be something that the policy starts on. */
export const triggerListed: Rule = {
  name: 'trigger-listed',
  changedBy: ['base_moved'],
  readsPolicy: ['cause'],
  ask: ({ policy, cause }) => {
    const done = describeCause(cause);
    // Without a policy nothing is listed; that is said once, by its own rule.
    if (!policy?.ok || findTrigger(policy.value.triggers, cause)) {
      return pass('trigger-listed', `${done} starts work`);
    }
    const listed = policy.value.triggers.map(describeTrigger).join(', ');
    return fail('trigger-listed', `expected ${listed}, got ${done}`);
  },
};
