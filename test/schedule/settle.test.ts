import { describe, expect, it } from '@jest/globals';
import type { Run, RunState } from '#model/run.ts';
import { transition } from '#model/run.ts';
import type { ClosedPull } from '#schedule/judge-merge.ts';
import { judgeMerge } from '#schedule/judge-merge.ts';
import type { ScheduleDeps } from '#schedule/schedule.ts';
import { approve, reconsider, settle } from '#schedule/schedule.ts';

const repository = { id: 7, ownerId: 1, owner: 'acme', name: 'shop' };
const runOf = (number: number, state: RunState): Run =>
  ({
    id: `r${number}`,
    repository,
    installationId: 5,
    issue: { id: number, number, title: `Issue ${number}` },
    state,
    pull: state === 'held' ? null : number + 100,
    headSha: 'a'.repeat(40),
    baseRef: 'refs/heads/main',
    snapshotSha256: 'b'.repeat(64),
    policySha256: 'c'.repeat(64),
  }) as Run;
const merged: ClosedPull = {
  state: 'closed',
  merged: true,
  headSha: 'a'.repeat(40),
  mergeSha: 'm'.repeat(40),
  mergedBy: 'mara',
  baseRef: 'main',
  reviewConclusion: 'success',
};

/** A repository in memory: #1 in review, #2 and #3 held, each blocked by #1; #4 blocked by #2 and #3. */
function world(pull: ClosedPull, closed: readonly number[] = [1]) {
  const runs = new Map(
    [1, 2, 3].map((number) => [`r${number}`, runOf(number, number === 1 ? 'in_review' : 'held')]),
  );
  const blockedBy = new Map([
    [2, [1]],
    [3, [1]],
  ]);
  const released: string[] = [];
  const recorded: string[] = [];
  const said: string[] = [];
  const bodies: string[] = [];
  const approved = new Set<string>();
  const told = new Set<string>();
  const reverted = new Set<string>();
  const waiting = new Map<string, string>();
  const deps: ScheduleDeps = {
    findRun: async (id) => runs.get(id),
    readPull: async () => pull,
    move: async (run, step) => {
      const now = runs.get(run.id);
      const next = now && transition(now.state, step.event);
      if (!now || !next?.ok) return false;
      runs.set(run.id, { ...now, state: next.value });
      recorded.push(step.kind);
      return true;
    },
    listDependents: async ({ issue }) =>
      [...blockedBy]
        .filter(([, by]) => by.includes(issue))
        .map(([number]) => ({ installationId: 5, repository, issue: number })),
    listBlockers: async ({ issue }) =>
      (blockedBy.get(issue) ?? []).map((number) => ({
        key: `acme/shop#${number}`,
        state: closed.includes(number) ? ('closed' as const) : ('open' as const),
        stateReason: closed.includes(number) ? 'completed' : null,
      })),
    findUnsettled: async ({ issue }) => {
      const run = runs.get(`r${issue}`);
      if (!run || run.pull === null) return null;
      if (run.state === 'cancelled') return pull.merged ? 'past_gate' : null;
      if (reverted.has(run.id)) return 'reverted';
      return run.state === 'settled' ? null : 'in_review';
    },
    hasHeld: async () => [...runs.values()].some((run) => run.state === 'held'),
    findHeld: async (places) =>
      [...runs.values()].filter(
        (run) => run.state === 'held' && places.some((place) => place.issue === run.issue.number),
      ),
    findHeldIn: async () => [...runs.values()].filter((run) => run.state === 'held'),
    release: async (id) => {
      const run = runs.get(id);
      if (run?.state !== 'held') return 'the run is held no more';
      runs.set(id, { ...run, state: 'admitted' });
      released.push(id);
      return null;
    },
    noteReverts: async ({ id }) => {
      if (told.has(id)) reverted.add(id);
    },
    findWaiting: async (id) => waiting.get(id) ?? null,
    wasApproved: async (id, seen) => approved.has(`${id} ${seen}`),
    append: async ({ kind, run, facts }) => {
      recorded.push(kind);
      if (kind === 'schedule.waiting') waiting.set(run.id, `${facts.seen} ${facts.because}`);
      if (kind === 'schedule.approved') approved.add(`${run.id} ${facts.seen}`);
    },
    say: async (_place, marker, body) => {
      said.push(marker);
      bodies.push(body);
    },
  };
  return { deps, runs, released, recorded, said, bodies, told };
}

describe('settle', () => {
  it('settles a merge through the gate and releases what it blocked, each once', async () => {
    const { deps, runs, released, recorded } = world(merged);

    await settle('r1', deps);

    expect(runs.get('r1')?.state).toBe('settled');
    expect(released).toEqual(['r2', 'r3']);
    expect(recorded).toEqual([
      'schedule.merged',
      'schedule.settled',
      'schedule.released',
      'schedule.released',
    ]);
  });

  it('delivery:any-order: ends in the same place however often and in whatever order it is told', async () => {
    const { deps, runs, released } = world(merged);
    const place = { installationId: 5, repository, issue: 1 };

    await reconsider(place, deps);
    await settle('r1', deps);
    await settle('r1', deps);
    await reconsider(place, deps);

    expect([...runs.values()].map((run) => run.state)).toEqual(['settled', 'admitted', 'admitted']);
    expect(released).toEqual(['r2', 'r3']);
  });

  it('delivery:any-order: releases nothing by a merge of which was told before that it is reverted', async () => {
    const { deps, runs, released, bodies, told } = world(merged);
    told.add('r1');

    await settle('r1', deps);

    expect(runs.get('r1')?.state).toBe('settled');
    expect(released).toEqual([]);
    expect(bodies.join()).toContain('was merged and then reverted');
  });

  it('finds what was told of a settled merge also when the App died before it could note it', async () => {
    const { deps, runs, released, told } = world(merged);
    const { noteReverts } = deps;
    const dying = { ...deps, noteReverts: () => Promise.reject(new Error('killed')) };
    told.add('r1');

    await expect(settle('r1', dying)).rejects.toThrow('killed');
    expect(runs.get('r1')?.state).toBe('settled');
    await settle('r1', { ...deps, noteReverts });

    expect(released).toEqual([]);
  });

  it('records once what a run waits for a person for, however often it is looked at', async () => {
    const { deps, recorded, told } = world(merged);
    told.add('r1');
    await settle('r1', deps);
    await reconsider({ installationId: 5, repository, issue: 1 }, deps);

    expect(recorded.filter((kind) => kind === 'schedule.waiting')).toHaveLength(2);
  });

  it('settles a merge that was counted when the App died, whatever the gate says by now', async () => {
    const { deps, runs, released, said } = world({ ...merged, reviewConclusion: 'failure' });
    runs.set('r1', runOf(1, 'merged'));

    await settle('r1', deps);

    expect(runs.get('r1')?.state).toBe('settled');
    expect({ released, said }).toEqual({ released: ['r2', 'r3'], said: [] });
  });

  it.each<[string, Partial<ClosedPull>]>([
    ['an administrator merged past a gate that was not green', { reviewConclusion: 'failure' }],
    ['the gate waited for a person', { reviewConclusion: 'action_required' }],
    ['the gate was never written', { reviewConclusion: null }],
    ['another commit was merged than the one that was reviewed', { headSha: 'f'.repeat(40) }],
    ['it was merged into another branch', { baseRef: 'release' }],
    [
      'the merge queue took it after the gate had gone',
      { mergedBy: 'github-merge-queue[bot]', reviewConclusion: null },
    ],
  ])('chain:bounded: A3: releases nothing when %s', async (_name, change) => {
    const { deps, runs, released, said } = world({ ...merged, ...change });

    await settle('r1', deps);

    expect([runs.get('r1')?.state, released, said]).toEqual([
      'cancelled',
      [],
      ['ungoverned', 'waiting', 'waiting'],
    ]);
  });

  it.each<[string, Partial<ClosedPull>]>([
    ['the merge queue', { mergedBy: 'github-merge-queue[bot]', mergeSha: 'd'.repeat(40) }],
    ['a squash, whatever its message says', { mergeSha: 'e'.repeat(40) }],
    ['an administrator, through the gate', { mergedBy: 'root' }],
  ])(
    'A3: a governed merge by %s releases, since what was reviewed is what was merged',
    async (_name, change) => {
      const { deps, runs, released } = world({ ...merged, ...change });

      await settle('r1', deps);

      expect([runs.get('r1')?.state, released]).toEqual(['settled', ['r2', 'r3']]);
    },
  );

  it('A3: a merge that comes again, as the revert of its revert does, releases nothing a second time', async () => {
    const { deps, released, recorded } = world(merged);
    await settle('r1', deps);
    const once = [...recorded];
    await settle('r1', deps);
    await reconsider({ installationId: 5, repository, issue: 1 }, deps);

    expect(released).toEqual(['r2', 'r3']);
    expect(recorded).toEqual(once);
  });

  it('delivery:any-order: an issue that GitHub closed by an ungoverned merge releases nothing, before or after', async () => {
    const { deps, released } = world({ ...merged, reviewConclusion: 'failure' });
    const place = { installationId: 5, repository, issue: 1 };

    await reconsider(place, deps);
    await settle('r1', deps);
    await reconsider(place, deps);

    expect(released).toEqual([]);
  });

  it('chain:bounded: releases nothing when the pull request of an ended run is opened again and merged', async () => {
    const { deps, runs, released, recorded, said } = world({ ...merged, merged: false });
    runs.set('r1', runOf(1, 'cancelled'));
    const late: ScheduleDeps = {
      ...deps,
      readPull: async () => merged,
      findUnsettled: async () => (recorded.includes('schedule.ungoverned') ? 'past_gate' : null),
    };

    await settle('r1', late);
    await settle('r1', late);

    expect([released, said.filter((marker) => marker === 'ungoverned')]).toEqual([
      [],
      ['ungoverned'],
    ]);
    expect(recorded.filter((kind) => kind === 'schedule.ungoverned')).toHaveLength(1);
  });

  it('releases when an ended run’s pull request was closed and its issue completed otherwise', async () => {
    const { deps, runs, released } = world({ ...merged, merged: false });
    runs.set('r1', runOf(1, 'cancelled'));

    await settle('r1', deps);

    expect(released).toEqual(['r2', 'r3']);
  });

  it('releases after a person closed the issue as completed, whose pull request was not merged', async () => {
    const { deps, released } = world({ ...merged, merged: false });

    await settle('r1', deps);

    expect(released).toEqual(['r2', 'r3']);
  });

  it('names a circle that leads over issues without runs', async () => {
    const { deps, said, released } = world(merged, []);
    const waits = new Map([
      [2, 7],
      [7, 8],
      [8, 2],
    ]);
    const circle: ScheduleDeps = {
      ...deps,
      listBlockers: async ({ issue }) => [
        { key: `acme/shop#${waits.get(issue) ?? 1}`, state: 'open', stateReason: null },
      ],
      say: async (_place, _marker, body) => void said.push(body),
    };

    await reconsider({ installationId: 5, repository, issue: 2 }, circle);

    expect(said.join()).toContain('acme/shop#2 ← acme/shop#7 ← acme/shop#8 ← acme/shop#2');
    expect(released).toEqual([]);
  });

  it('chain:bounded: asks about a hundred issues at most, however far a graph reaches', async () => {
    const { deps, released } = world(merged, []);
    let asked = 0;
    const endless: ScheduleDeps = {
      ...deps,
      listBlockers: async ({ issue }) => {
        asked += 1;
        return [{ key: `acme/shop#${issue + 10}`, state: 'open', stateReason: null }];
      },
    };

    await reconsider({ installationId: 5, repository, issue: 2 }, endless);

    expect([asked, released]).toEqual([100, []]);
  });

  it('keeps what policy does not let go, and says so in the record', async () => {
    const { deps, recorded, runs } = world(merged);

    await settle('r1', { ...deps, release: async () => 'waits for #3: 1 at a time' });

    expect(runs.get('r2')?.state).toBe('held');
    expect(recorded.filter((kind) => kind === 'schedule.released')).toEqual([]);
    expect(recorded).toContain('schedule.kept');
  });

  it('releases the foot of a diamond once, after both of its sides', async () => {
    const held = { ...runOf(4, 'held'), pull: null };
    const sides = new Map([2, 3].map((number) => [`r${number}`, runOf(number, 'in_review')]));
    const closed = new Set<number>();
    const { deps } = world(merged);
    const released: string[] = [];
    const diamond: ScheduleDeps = {
      ...deps,
      findRun: async (id) => sides.get(id),
      move: async (run, step) => {
        const now = sides.get(run.id);
        const next = now && transition(now.state, step.event);
        if (!now || !next?.ok) return false;
        sides.set(run.id, { ...now, state: next.value });
        return true;
      },
      listDependents: async (place) => [{ ...place, issue: 4 }],
      listBlockers: async () =>
        [2, 3].map((number) => ({
          key: `acme/shop#${number}`,
          state: closed.has(number) ? ('closed' as const) : ('open' as const),
          stateReason: closed.has(number) ? 'completed' : null,
        })),
      findUnsettled: async ({ issue }) =>
        sides.get(`r${issue}`)?.state === 'settled' ? null : 'in_review',
      hasHeld: async () => true,
      findHeld: async () => (released.length > 0 ? [] : [held]),
      findHeldIn: async () => (released.length > 0 ? [] : [held]),
      release: async (id) => {
        released.push(id);
        return null;
      },
    };

    closed.add(2);
    await settle('r2', diamond);
    expect(released).toEqual([]);
    closed.add(3);
    await settle('r3', diamond);
    await settle('r2', diamond);
    expect(released).toEqual(['r4']);
  });

  it('text:hostile: names a branch in a code span and with nothing hidden', () => {
    const judged = judgeMerge(
      { headSha: merged.headSha, baseRef: 'refs/heads/main' },
      { ...merged, baseRef: '`@acme/team\u202e' },
    );

    expect(judged).toMatchObject({
      because: 'it was merged into `@acme/team`, not refs/heads/main',
    });
  });

  it('ends a run whose pull request was closed without a merge, and keeps its dependents held', async () => {
    const { deps, runs, released } = world({ ...merged, merged: false }, []);

    await settle('r1', deps);

    expect([...runs.values()].map((run) => run.state)).toEqual(['cancelled', 'held', 'held']);
    expect(released).toEqual([]);
  });

  it('does nothing while the pull request is open', async () => {
    const { deps, runs } = world({ ...merged, state: 'open', merged: false });

    await settle('r1', deps);

    expect(runs.get('r1')?.state).toBe('in_review');
  });
});

describe('approve', () => {
  /** #1 was merged past its gate: what it blocks waits for a person, who is shown a code. */
  async function waiting() {
    const now = world({ ...merged, reviewConclusion: 'failure' });
    await settle('r1', now.deps);
    const line = now.bodies.find((body) => body.includes('/sallyport approve r2 '));
    const seen = /approve r2 ([0-9a-f]{12})/.exec(line ?? '')?.[1] ?? '';
    return { ...now, order: { runId: 'r2', seen, by: 'user:rene#2' } };
  }

  it('releases the run that was shown, and no other', async () => {
    const { deps, released, recorded, order } = await waiting();

    expect(await approve(order, deps)).toEqual({ kind: 'released' });
    expect(released).toEqual(['r2']);
    expect(recorded.indexOf('schedule.approved')).toBeLessThan(
      recorded.indexOf('schedule.released'),
    );
    expect(await approve({ ...order, runId: 'r3' }, deps)).toMatchObject({ kind: 'refused' });
    expect(await approve(order, deps)).toMatchObject({ kind: 'refused' });
    expect(released).toEqual(['r2']);
  });

  it.each<[string, Partial<ScheduleDeps>]>([
    [
      'a blocker was given up, too',
      {
        listBlockers: async () => [
          { key: 'acme/shop#1', state: 'closed', stateReason: 'completed' },
          { key: 'acme/shop#5', state: 'closed', stateReason: 'not_planned' },
        ],
      },
    ],
    [
      'a blocker was opened again',
      {
        listBlockers: async () => [{ key: 'acme/shop#1', state: 'open', stateReason: 'reopened' }],
      },
    ],
    [
      'the run was decided by another policy',
      { findRun: async () => ({ ...runOf(2, 'held'), policySha256: 'd'.repeat(64) }) },
    ],
    [
      'the run was asked for on another text',
      { findRun: async () => ({ ...runOf(2, 'held'), snapshotSha256: 'd'.repeat(64) }) },
    ],
    ['nothing blocks it any more', { listBlockers: async () => [] }],
  ])('T-G12: is void once %s', async (_name, changed) => {
    const { deps, released, order } = await waiting();

    expect(await approve(order, { ...deps, ...changed })).toMatchObject({ kind: 'refused' });
    expect(released).toEqual([]);
    expect(await approve(order, deps)).toEqual({ kind: 'released' });
  });

  it('stays given while something else keeps the run', async () => {
    const { deps, released, order } = await waiting();
    const full = { ...deps, release: async () => 'waits for its turn' };

    expect(await approve(order, full)).toEqual({ kind: 'kept', because: 'waits for its turn' });
    await reconsider({ installationId: 5, repository, issue: 1 }, deps);
    expect(released).toEqual(['r2']);
  });
});
