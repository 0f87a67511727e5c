import { describe, expect, it } from '@jest/globals';
import type { Ask } from '#model/ask.ts';
import { isAnswered } from '#model/ask.ts';
import type { AttemptCause } from '#model/trigger.ts';

const label = { kind: 'label', label: 'sallyport' } as const;
const ask: Ask = { cause: label, requesterId: 1, at: '2026-11-22T12:00:10Z' };
const at = (second: number) => `2026-11-22T12:00:${second}Z`;
const attempt = { kind: 'check', first: label } as AttemptCause;

describe('isAnswered', () => {
  it.each<[string, Partial<Ask>, boolean]>([
    ['the same, told again', {}, true],
    ['the same, by the clock of another of GitHub’s records', { at: at(11) }, true],
    ['the same, of which another attempt was made', { cause: attempt }, true],
    ['something that was asked for later', { at: at(30), requesterId: 2 }, true],
    ['something that was asked for before', { at: at(12 - 4) }, false],
    ['another person’s wish of that second', { requesterId: 2 }, false],
    ['another label of that second', { cause: { kind: 'label', label: 'urgent' } }, false],
    ['a comment of that second', { cause: { kind: 'comment', nodeId: 'c' } }, false],
  ])('a run that was opened for %s', (_name, change, expected) => {
    expect(isAnswered(ask, { ...ask, ...change })).toBe(expected);
  });
});
