import { describeScope } from '#model/pause.ts';
import type { Rule } from '../facts.ts';
import { pass, wait } from '../reason.ts';

/** `stop:closed`: under a pause nothing starts; what was asked for waits until somebody resumes. */
export const notPaused: Rule = {
  name: 'not-paused',
  changedBy: [],
  ask: ({ pauses }) => {
    const [pause] = pauses;
    if (!pause) return pass('not-paused', 'nothing is paused');
    const { scope, by, at, because } = pause;
    return wait(
      'not-paused',
      `waits for whoever paused ${describeScope(scope)} to resume it: ${because} (${by}, ${at})`,
    );
  },
};
