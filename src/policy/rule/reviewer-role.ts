import { hasRole } from '#model/policy.ts';
import { findTrigger } from '#model/trigger.ts';
import type { Rule } from '../facts.ts';
import { fail, pass } from '../reason.ts';

/** A review spends money as a label does: who wrote it needs the role, and answers for it in person. */
export const reviewerRole: Rule = {
  name: 'reviewer-role',
  changedBy: [],
  readsPolicy: ['cause', 'attempt'],
  ask: ({ attempt, cause, policy, botUserId }) => {
    const author = attempt?.feedback?.author;
    if (!attempt || cause.kind !== 'review' || !author) {
      return pass('reviewer-role', 'no reviewer asks for it');
    }
    if (!author.isPerson || author.id === botUserId) {
      return fail(
        'reviewer-role',
        `expected a review by a person, got one by ${author.login}: a maintainer must review`,
      );
    }
    const trigger = policy?.ok ? findTrigger(policy.value.triggers, cause) : undefined;
    const wanted = trigger?.role ?? 'write';
    const role = attempt.reviewerRole ?? 'none';
    const seen = role === 'none' ? 'no role' : `the role ${role}`;
    return hasRole(role, wanted)
      ? pass('reviewer-role', `${author.login} has ${seen}, ${wanted} is needed`)
      : fail(
          'reviewer-role',
          `expected a reviewer with the role ${wanted} or higher, but ${author.login} has ${seen}: ask someone who has it to review`,
        );
  },
};
