import type { Reason } from '#model/decision.ts';
import { checkLimits } from '#model/load.ts';
import type { Rule } from '../facts.ts';
import { pass, wait } from '../reason.ts';

/** What is over a limit waits for its turn; it starts by itself, in a fair order. */
export const withinLimits: Rule = {
  name: 'within-limits',
  changedBy: ['pull_closed', 'workflow_ended'],
  readsPolicy: ['load'],
  ask: ({ load, installationLimits, policy }) => {
    if (!policy?.ok) return pass('within-limits', 'no policy, no limits to reach');
    const { limits, agent } = policy.value;
    const checks = checkLimits(load, {
      repository: limits,
      installation: installationLimits,
      minutes: agent.minutes,
    });
    const reasons = checks.map(({ name, count, max, what }): Reason => {
      const rule = `limit-${name}`;
      return count > max
        ? wait(rule, `this would be ${count} ${what}, at most ${max} are allowed`)
        : pass(rule, `${count} of ${max} ${what}`);
    });
    const over = reasons.filter((reason) => reason.outcome === 'wait');
    if (over.length === 0) return pass('within-limits', 'within the limits of policy and operator');
    const sentence = `waits for its turn: ${over.map((reason) => reason.sentence).join('; ')}`;
    return wait('within-limits', sentence, reasons);
  },
};
