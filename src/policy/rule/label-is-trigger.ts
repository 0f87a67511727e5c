import type { Rule } from '../facts.ts';
import { fail, pass } from '../reason.ts';

/** The label must be one that the policy starts on, and the issue must still carry it. */
export const labelIsTrigger: Rule = ({ policy, label, view }) => {
  const triggers = policy?.ok ? policy.value.triggers.map((trigger) => trigger.label) : [label];
  if (!triggers.includes(label)) {
    return fail('label-is-trigger', `expected a label of ${triggers.join(', ')}, got ${label}`);
  }
  if (!view?.issue?.labels.includes(label)) {
    return fail('label-is-trigger', `expected the issue to carry ${label}, but it no longer does`);
  }
  return pass('label-is-trigger', `the label ${label} starts work`);
};
