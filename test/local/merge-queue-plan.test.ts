// What a merge queue does next, as a table: no git, no clock.
import { describe, expect, it } from '@jest/globals';
import { planStep, type QueuedPull } from '#local/queue/plan-queue.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const MINUTE = 60_000;
const settings = {
  check_response_timeout_minutes: 30,
  grouping_strategy: 'ALLGREEN',
  max_entries_to_build: 2,
  max_entries_to_merge: 2,
  merge_method: 'MERGE',
  min_entries_to_merge: 1,
  min_entries_to_merge_wait_minutes: 5,
} as const;

/** Entry number `n`: built on the one before, so its group is `g<n>`. */
function queued(
  pull: number,
  verdict: QueuedPull['verdict'],
  more: { built?: boolean; conflictSha?: string; departure?: QueuedPull['departure'] } = {},
): QueuedPull {
  const { built = true, conflictSha = null, departure = null } = more;
  const time = new Date(START).toISOString();
  const baseSha = pull === 1 ? 'base' : `g${pull - 1}`;
  return {
    verdict,
    departure,
    entry: {
      id: pull,
      pull,
      branch: 'main',
      headSha: `h${pull}`,
      enqueuedById: 1,
      enqueuedAt: time,
      jump: false,
      conflictSha,
      group: built ? { ref: `r${pull}`, sha: `g${pull}`, baseSha, builtAt: time } : null,
    },
  };
}

/** The step in a word, so that a row of the table reads. */
function plan(
  queue: readonly QueuedPull[],
  more: { settings?: object; baseSha?: string; minutes?: number } = {},
) {
  const step = planStep({
    queue,
    settings: { ...settings, ...more.settings },
    baseSha: more.baseSha ?? 'base',
    now: START + (more.minutes ?? 0) * MINUTE,
  });
  switch (step.kind) {
    case 'wait':
      return ['wait', step.until === null ? null : (step.until - START) / MINUTE];
    case 'merge':
      return ['merge', step.sha];
    case 'remove':
      return ['remove', step.entry.pull, step.reason];
    case 'build':
      return ['build', step.entry.pull, step.parentSha];
    default:
      return [step.kind, ...step.entries.map(({ pull }) => pull)];
  }
}

const green = { grouping_strategy: 'HEADGREEN' };
const unbuilt = { built: false };

describe('planStep', () => {
  it.each([
    ['nothing is queued', plan([]), ['wait', null]],
    ['one is not built', plan([queued(1, 'waiting', unbuilt)]), ['build', 1, 'base']],
    [
      'the second is not built',
      plan([queued(1, 'waiting'), queued(2, 'waiting', unbuilt)]),
      ['build', 2, 'g1'],
    ],
    [
      'as many are built as may be',
      plan([queued(1, 'waiting'), queued(2, 'waiting'), queued(3, 'waiting', unbuilt)]),
      ['wait', 30],
    ],
    [
      'the checks are late',
      plan([queued(1, 'waiting')], { minutes: 30 }),
      ['remove', 1, 'CI_TIMEOUT'],
    ],
    ['the checks are almost late', plan([queued(1, 'waiting')], { minutes: 29 }), ['wait', 30]],
    [
      'the first failed',
      plan([queued(1, 'failed'), queued(2, 'waiting')]),
      ['remove', 1, 'CI_FAILURE'],
    ],
    [
      'the first is open, the second failed',
      plan([queued(1, 'waiting'), queued(2, 'failed')]),
      ['wait', 30],
    ],
    [
      'HEADGREEN: a later one is open',
      plan([queued(1, 'failed'), queued(2, 'waiting')], { settings: green }),
      ['wait', 30],
    ],
    [
      'HEADGREEN: a later one passed',
      plan([queued(1, 'failed'), queued(2, 'passed')], { settings: green }),
      ['merge', 'g2'],
    ],
    [
      'HEADGREEN: none passed',
      plan([queued(1, 'failed'), queued(2, 'failed')], { settings: green }),
      ['remove', 1, 'CI_FAILURE'],
    ],
    ['both passed', plan([queued(1, 'passed'), queued(2, 'passed')]), ['merge', 'g2']],
    [
      'only one merges at once',
      plan([queued(1, 'passed'), queued(2, 'passed')], { settings: { max_entries_to_merge: 1 } }),
      ['merge', 'g1'],
    ],
    [
      'a second is waited for',
      plan([queued(1, 'passed')], { settings: { min_entries_to_merge: 2 } }),
      ['wait', 5],
    ],
    [
      'a second did not come',
      plan([queued(1, 'passed')], { settings: { min_entries_to_merge: 2 }, minutes: 5 }),
      ['merge', 'g1'],
    ],
    [
      'the base stands at the second',
      plan([queued(1, 'passed'), queued(2, 'passed')], { baseSha: 'g2' }),
      ['settle', 1, 2],
    ],
    [
      'the base moved elsewhere',
      plan([queued(1, 'passed'), queued(2, 'passed')], { baseSha: 'new' }),
      ['invalidate', 1, 2],
    ],
    [
      'one conflicts with the base',
      plan([queued(1, 'waiting', { built: false, conflictSha: 'base' })]),
      ['remove', 1, 'MERGE_CONFLICT'],
    ],
    [
      'one conflicts with another',
      plan([queued(1, 'waiting'), queued(2, 'waiting', { built: false, conflictSha: 'g1' })]),
      ['wait', 30],
    ],
    [
      'one has left',
      plan([queued(1, 'passed'), queued(2, 'waiting', { departure: 'MANUAL' })]),
      ['remove', 2, 'MANUAL'],
    ],
  ])('when %s', (_name, step, expected) => {
    expect(step).toEqual(expected);
  });

  it('empties a queue that nobody asks for any more', () => {
    const queue = [queued(1, 'passed')];
    const step = planStep({ queue, settings: undefined, baseSha: 'base', now: START });
    expect(step).toMatchObject({ kind: 'remove', reason: 'QUEUE_CLEARED' });
  });
});
