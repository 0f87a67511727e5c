import type { Rule } from '../facts.ts';
import { fail, pass } from '../reason.ts';

/** One run per issue at a time; the store holds it too, this says it in words. */
export const oneOpenRun: Rule = {
  name: 'one-open-run',
  changedBy: ['pull_closed', 'workflow_ended', 'label_removed'],
  ask: ({ openRun }) =>
    openRun
      ? fail(
          'one-open-run',
          `expected no open run, but ${openRun.id} is ${openRun.state.replaceAll('_', ' ')}: finish or stop it first`,
        )
      : pass('one-open-run', 'no other run is open for this issue'),
};
