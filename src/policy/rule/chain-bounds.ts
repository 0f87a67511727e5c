import type { Reason } from '#model/decision.ts';
import { isAttempt } from '#model/trigger.ts';
import type { Rule } from '../facts.ts';
import { fail, pass, wait } from '../reason.ts';

/** `chain:bounded`: how far, how many and how many at once are the policy's limits. */
export const chainBounds: Rule = {
  name: 'chain-bounds',
  changedBy: ['pull_closed', 'workflow_ended'],
  readsPolicy: ['chain'],
  ask: ({ chain, policy, isRelease, cause }) => {
    if (!chain || !policy?.ok) return pass('chain-bounds', 'a chain would start here');
    const { depth, nodes, parallel } = policy.value.chain;
    const added = isRelease ? 0 : 1;
    // Another attempt stands where the first one does.
    const further = isAttempt(cause) ? 0 : added;
    const reasons: readonly Reason[] = [
      bound('chain-depth', chain.depth + further, depth, 'steps from the first issue'),
      bound('chain-nodes', chain.nodes + added, nodes, 'runs in the chain'),
      chain.running.length >= parallel
        ? wait(
            'chain-parallel',
            `waits for ${chain.running.map((issue) => `#${issue}`).join(', ')}: ${parallel} at a time`,
          )
        : pass('chain-parallel', `${chain.running.length} of ${parallel} at a time under way`),
    ];
    const failed = reasons.find((reason) => reason.outcome === 'fail');
    const waiting = reasons.find((reason) => reason.outcome === 'wait');
    if (failed) return fail('chain-bounds', failed.sentence, reasons);
    if (waiting) return wait('chain-bounds', waiting.sentence, reasons);
    return pass('chain-bounds', 'within the limits of its chain', reasons);
  },
};

function bound(rule: string, count: number, max: number, what: string): Reason {
  return count > max
    ? fail(rule, `expected at most ${max} ${what}, got ${count}: a person must start a new chain`)
    : pass(rule, `${count} of ${max} ${what}`);
}
