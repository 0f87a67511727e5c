import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RunEvent } from '#model/run.ts';
import { isEnded, runStates, transition } from '#model/run.ts';

const journey: readonly RunEvent[] = [
  'hold',
  'admit',
  'dispatch',
  'start',
  'change',
  'verify',
  'prove',
  'publish',
  'review',
  'merge',
  'settle',
];
const events: readonly RunEvent[] = [
  ...journey,
  'park',
  'resume',
  'disprove',
  'fail',
  'cancel',
  'expire',
];

describe('transition', () => {
  it('leads from requested to settled along the journey of one issue', () => {
    const states: (typeof runStates)[number][] = ['requested'];
    for (const event of journey) {
      const next = transition(states.at(-1) ?? 'failed', event);
      if (next.ok) states.push(next.value);
    }

    expect(states).toEqual([
      'requested',
      'held',
      'admitted',
      'dispatched',
      'working',
      'changed',
      'verifying',
      'proven',
      'published',
      'in_review',
      'merged',
      'settled',
    ]);
  });

  it('answers every state and event, an illegal move with a value', () => {
    for (const state of runStates) {
      for (const event of events) {
        const next = transition(state, event);
        if (!next.ok) expect(next.refusal).toEqual({ reason: 'illegal_move', state, event });
      }
    }
  });

  it('never leaves an ended state', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 30 }), (sequence) => {
        let state: (typeof runStates)[number] = 'requested';
        for (const event of sequence) {
          const next = transition(state, event);
          if (isEnded(state)) expect(next.ok).toBe(false);
          if (next.ok) state = next.value;
        }
      }),
    );
  });

  it('reaches merged only through review, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 40 }), (sequence) => {
        const seen = new Set<string>();
        let state: (typeof runStates)[number] = 'requested';
        for (const event of sequence) {
          const next = transition(state, event);
          if (next.ok) state = next.value;
          seen.add(state);
        }
        if (seen.has('merged')) expect(seen.has('in_review')).toBe(true);
      }),
    );
  });
});
