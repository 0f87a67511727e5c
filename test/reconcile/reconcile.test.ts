import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { KnownRun, Seen } from '#reconcile/find-drift.ts';
import { findDrift } from '#reconcile/find-drift.ts';
import type { Attempt } from '#reconcile/find-missing.ts';
import { findMissing } from '#reconcile/find-missing.ts';
import type { KnownRepository, MissedFeedback, ReconcileDeps } from '#reconcile/reconcile.ts';
import { createReconciler } from '#reconcile/reconcile.ts';

const now = new Date('2026-11-22T12:00:00Z');
const before = '2026-11-22T11:00:00Z';
const attempt = (id: number, changes: Partial<Attempt> = {}): Attempt => ({
  id,
  guid: `g${id}`,
  at: before,
  status: 503,
  ...changes,
});

describe('findMissing', () => {
  it.each<[string, readonly Attempt[], number[]]>([
    ['one that nobody answered', [attempt(1, { status: 0 })], [1]],
    [
      'one that came in at the second attempt',
      [attempt(1), attempt(2, { guid: 'g1', status: 202 })],
      [],
    ],
    ['one that is kept, whatever was answered', [attempt(7, { guid: 'kept' })], []],
    ['one that is on its way', [attempt(1, { at: '2026-11-22T11:59:45Z' })], []],
    ['one that is too large for good', [attempt(1, { status: 413 })], []],
    ['the newest of two attempts', [attempt(1), attempt(2, { guid: 'g1' })], [2]],
  ])('asks again, or not, for %s', (_name, attempts, ids) => {
    const missing = findMissing(attempts, new Set(['kept']), now);

    expect(missing.redeliver.map(({ id }) => id)).toEqual(ids);
  });

  it('gives up after five attempts, and says so', () => {
    const five = [1, 2, 3, 4, 5].map((id) => attempt(id, { guid: 'g' }));

    expect(findMissing(five.slice(1), new Set(), now).redeliver).toHaveLength(1);
    expect(findMissing(five, new Set(), now)).toMatchObject({
      redeliver: [],
      givenUp: [{ id: 5 }],
      settledTo: 5,
    });
  });
});

const run = (changes: Partial<KnownRun> = {}): KnownRun => ({
  id: 'r1',
  state: 'working',
  pull: null,
  issue: { number: 1 },
  cause: { kind: 'label', label: 'sallyport' },
  ...changes,
});
const issue = { number: 1, label: 'sallyport', updatedAt: before };
const quiet: Seen = { labelled: [issue], openPulls: [] };

describe('findDrift', () => {
  it.each<[string, readonly KnownRun[], Seen, string[]]>([
    ['a label that nobody told of', [], quiet, ['label_set']],
    ['a run that goes on as it was asked', [run()], quiet, []],
    ['a run that ended while its label stayed', [run({ state: 'failed' })], quiet, ['label_set']],
    ['a label that is gone', [run()], { ...quiet, labelled: [] }, ['label_gone']],
    [
      'another label than the one that asked',
      [run()],
      { ...quiet, labelled: [{ ...issue, label: 'urgent' }] },
      ['label_gone'],
    ],
    [
      'a run that was asked for by a comment',
      [run({ cause: { kind: 'comment', nodeId: 'c' } })],
      { ...quiet, labelled: [] },
      [],
    ],
    [
      'a label that goes when people have the work',
      [run({ state: 'in_review', pull: 2 })],
      { labelled: [], openPulls: [{ number: 2, updatedAt: before }] },
      ['pull_changed'],
    ],
    [
      'a pull request that is closed',
      [run({ state: 'in_review', pull: 2 })],
      quiet,
      ['pull_closed'],
    ],
    [
      'a merge that was told and not settled',
      [run({ state: 'merged', pull: 2 })],
      { ...quiet, labelled: [] },
      ['pull_closed'],
    ],
    [
      'pull requests that were not listed',
      [run({ state: 'in_review', pull: 2 })],
      { ...quiet, openPulls: null },
      [],
    ],
  ])('finds %s', (_name, runs, seen, kinds) => {
    expect(findDrift(runs, seen).map(({ kind }) => kind)).toEqual(kinds);
  });
});

const place: KnownRepository = {
  installationId: 3,
  repository: { id: 5, ownerId: 6, owner: 'acme', name: 'shop' },
  labels: ['sallyport'],
};

function open(changes: Partial<ReconcileDeps> = {}) {
  const log: string[] = [];
  const deps: ReconcileDeps = {
    now: () => now,
    listAttempts: async () => [],
    listKept: async () => new Set(),
    redeliver: async ({ id }) => void log.push(`redeliver ${id}`),
    saveCursor: async (id) => void log.push(`cursor ${id}`),
    requeueStale: async () => 0,
    listInstallations: async () => new Set([3]),
    listRepositories: async () => [place],
    listOpenRuns: async () => [],
    see: async () => quiet,
    readLabelEvent: async () => ({
      id: 9,
      at: before,
      actor: { id: 1, login: 'mona', type: 'User' },
      textSha256: 'x',
    }),
    wasDecided: async () => false,
    append: async ({ facts }) => void log.push(`record ${facts.what}`),
    onLabelSet: async (_place, { number }, { actor }) =>
      void log.push(`wish ${number} by ${actor.login}`),
    onLabelGone: async (_place, number) => void log.push(`gone ${number}`),
    readLapse: async () => null,
    onLapsed: async (_place, { id }) => void log.push(`lapsed ${id}`),
    onRepositoryGone: async ({ repository }) => void log.push(`lost ${repository.name}`),
    onPullClosed: async (id) => void log.push(`closed ${id}`),
    onPullChanged: async (_id, pull) => void log.push(`changed ${pull}`),
    onInstallationGone: async (id) => void log.push(`uninstalled ${id}`),
    listFeedback: async () => [],
    onFeedback: async ({ signal }) => void log.push(`feedback ${signal.kind}`),
    onTrouble: (where, error) => void log.push(`${where}: ${String(error)}`),
    onWaiting: async (id) => void log.push(`waiting ${id}`),
    ...changes,
  };
  return { deps, log };
}

describe('a review that nobody told of', () => {
  const review: MissedFeedback = {
    runId: 'r1',
    signal: {
      kind: 'changes_requested',
      ...place,
      sender: { id: 5, login: 'rene', type: 'User' },
      pull: 7,
      reviewId: 12,
      headSha: 'a'.repeat(40),
      bodySha256: 'x',
    },
  };
  const about = (log: readonly string[]) => log.filter((line) => /changes_requested/.test(line));

  it('ledger:first: is recorded and asked about, and once only, whatever the answer was', async () => {
    const { deps, log } = open({
      listOpenRuns: async () => [run({ state: 'in_review', pull: 7 })],
      listFeedback: async () => [review],
    });
    const reconciler = createReconciler(deps);

    await reconciler.pass();
    await reconciler.pass();
    expect(about(log)).toEqual(['record changes_requested', 'feedback changes_requested']);
  });

  it('is not looked for where no run waits for people', async () => {
    const { deps, log } = open({
      listOpenRuns: async () => [run({ state: 'working' })],
      listFeedback: async () => [review],
    });

    await createReconciler(deps).pass();
    expect(about(log)).toEqual([]);
  });
});

describe('a pass', () => {
  it('ledger:first: records a heal and does what the delivery would have done, as the person who acted', async () => {
    const { deps, log } = open();

    const pass = await createReconciler(deps).pass();

    expect(log).toEqual(['record label_set', 'wish 1 by mona']);
    expect(pass).toMatchObject({ healed: 1, repositories: 1 });
  });

  it('does not ask twice about what has not changed, and writes nothing when nothing differs', async () => {
    const { deps, log } = open({ wasDecided: async () => true });
    let asked = 0;
    const reconciler = createReconciler({
      ...deps,
      readLabelEvent: async (...about) => {
        asked += 1;
        return deps.readLabelEvent(...about);
      },
    });

    await reconciler.pass();
    await reconciler.pass();

    expect(log).toEqual([]);
    expect(asked).toBe(1);
  });

  it('leaves alone what may be on its way', async () => {
    const fresh = { ...quiet, labelled: [{ ...issue, updatedAt: '2026-11-22T11:59:50Z' }] };
    const { deps, log } = open({ see: async () => fresh });

    await createReconciler(deps).pass();

    expect(log).toEqual([]);
  });

  it('moves on in the log only as far as nothing is left to come', async () => {
    const nothing = { see: async () => null };
    const fresh = { at: '2026-11-22T11:59:50Z' };
    const missing = open({
      ...nothing,
      listAttempts: async () => [attempt(9, { status: 202 }), attempt(7)],
    });
    const onItsWay = open({
      ...nothing,
      listAttempts: async () => [
        attempt(9, { status: 202 }),
        attempt(8, fresh),
        attempt(7, { status: 202 }),
      ],
    });
    const whole = open({ ...nothing, listAttempts: async () => [attempt(9, { status: 202 })] });

    for (const { deps } of [missing, onItsWay, whole]) await createReconciler(deps).pass();

    expect(missing.log).toEqual(['record redelivery', 'redeliver 7', 'cursor 6']);
    expect(onItsWay.log).toEqual(['cursor 7']);
    expect(whole.log).toEqual(['cursor 9']);
  });

  it('stop:closed: ends what nothing asks for any more, where no list shows it: read run by run, recorded first', async () => {
    const asked = run({ id: 'r2', issue: { number: 2 }, cause: { kind: 'comment', nodeId: 'c' } });
    const kept = run({ id: 'r3', issue: { number: 3 }, cause: { kind: 'assigned' } });
    const withPeople = run({ ...asked, id: 'r4', state: 'in_review', pull: null });
    const read: string[] = [];
    const { deps, log } = open({
      listOpenRuns: async () => [run(), asked, kept, withPeople],
      readLapse: async (_place, { id }) => {
        read.push(id);
        return id === 'r2' ? 'the issue was closed' : null;
      },
    });

    expect(await createReconciler(deps).pass()).toMatchObject({ healed: 1 });
    expect(read).toEqual(['r2', 'r3']);
    expect(log.filter((line) => /cause|lapsed/.test(line))).toEqual([
      'record cause_gone',
      'lapsed r2',
    ]);
  });

  it('stop:closed: stops what runs in a repository that was taken away, and says nothing where nothing runs', async () => {
    const runs = [run(), run({ id: 'r2', state: 'in_review', pull: 2 })];
    const lost = open({ see: async () => null, listOpenRuns: async () => runs });
    const empty = open({ see: async () => null, listOpenRuns: async () => runs.slice(1) });
    for (const { deps } of [lost, empty]) await createReconciler(deps).pass();

    expect(lost.log).toEqual(['record repository_gone', 'lost shop']);
    expect(empty.log).toEqual([]);
  });

  it('heals the others when one repository is in trouble', async () => {
    const other = { ...place, repository: { ...place.repository, id: 6, name: 'api' } };
    const { deps, log } = open({
      listRepositories: async () => [place, other],
      see: async ({ repository }) => {
        if (repository.name === 'shop') throw new Error('GitHub answered 502');
        return quiet;
      },
    });

    const pass = await createReconciler(deps).pass();

    expect(pass).toMatchObject({ failed: 1, healed: 1 });
    expect(log).toEqual([
      'acme/shop: Error: GitHub answered 502',
      'record label_set',
      'wish 1 by mona',
    ]);
  });

  it('delivery:any-order: tries again what failed, and goes on to the next meanwhile', async () => {
    let failures = 1;
    const { deps, log } = open({
      see: async () => ({
        labelled: [issue, { ...issue, number: 2 }],
        openPulls: [],
      }),
    });
    const reconciler = createReconciler({
      ...deps,
      onLabelSet: async (...about) => {
        if (about[1].number === 1 && failures-- > 0) throw new Error('GitHub answered 502');
        await deps.onLabelSet(...about);
      },
    });

    const first = await reconciler.pass();
    const second = await reconciler.pass();
    const third = await reconciler.pass();

    expect([first, second, third].map(({ healed, failed }) => ({ healed, failed }))).toEqual([
      { healed: 1, failed: 1 },
      { healed: 1, failed: 0 },
      { healed: 0, failed: 0 },
    ]);
    expect(log.filter((line) => line.startsWith('wish'))).toEqual([
      'wish 2 by mona',
      'wish 1 by mona',
    ]);
  });

  it('asks for the other deliveries, and heals, when one of them cannot be asked for', async () => {
    const { deps, log } = open({ listAttempts: async () => [attempt(8), attempt(7)] });
    const pass = await createReconciler({
      ...deps,
      redeliver: async (one) => {
        if (one.id === 8) throw new Error('GitHub answered 500');
        await deps.redeliver(one);
      },
    }).pass();

    expect(pass).toMatchObject({ redelivered: 1, failed: 1, healed: 1 });
    expect(log).toEqual(expect.arrayContaining(['redeliver 7', 'cursor 6', 'wish 1 by mona']));
  });

  it('heals although GitHub does not show its log', async () => {
    const { deps, log } = open({
      listAttempts: async () => {
        throw new Error('GitHub answered 500');
      },
    });

    expect(await createReconciler(deps).pass()).toMatchObject({ failed: 1, healed: 1 });
    expect(log).toContain('wish 1 by mona');
  });

  it('asks about the label that a run goes on under, also when the policy lists it no more', async () => {
    const older = run({ cause: { kind: 'label', label: 'old' } });
    const asked: (readonly string[])[] = [];
    const { deps, log } = open({
      listOpenRuns: async () => [older],
      see: async ({ labels }) => {
        asked.push(labels);
        const old = { ...issue, label: 'old' };
        return { labelled: [old, { ...old, number: 2 }], openPulls: [] };
      },
    });

    await createReconciler(deps).pass();

    expect(asked).toEqual([['sallyport', 'old']]);
    expect(log).toEqual([]);
  });

  it('stop:closed: stops the runs of an installation that is gone, and looks no further there', async () => {
    const { deps, log } = open({ listInstallations: async () => new Set() });

    await createReconciler(deps).pass();

    expect(log).toEqual(['uninstalled 3']);
  });

  it('delivery:any-order: a second pass over what the first one healed finds nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat({ max: 30 })), async (numbers) => {
        const started = new Set<number>();
        const { deps, log } = open({
          see: async () => ({
            labelled: numbers.map((number) => ({ ...issue, number })),
            openPulls: [],
          }),
          listOpenRuns: async () =>
            [...started].map((number) => run({ id: `r${number}`, issue: { number } })),
          onLabelSet: async (_place, { number }) => void started.add(number),
        });
        await createReconciler(deps).pass();
        const after = log.length;
        await createReconciler(deps).pass();

        expect(started.size).toBe(numbers.length);
        expect(log).toHaveLength(after);
      }),
    );
  });
});
