import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { admit } from '#dispatch/admit.ts';
import type { RunEvent } from '#model/run.ts';
import type { Database } from '#postgres/database.ts';
import { createGrantStore } from '#postgres/grant-store.ts';
import { listEntriesOfRun } from '#postgres/ledger-store.ts';
import { keepTold } from '#postgres/revert-store.ts';
import { createReviewStore } from '#postgres/review-store.ts';
import { moveRunIn } from '#postgres/run-store.ts';
import { createScheduleStore } from '#postgres/schedule-store.ts';
import { aRuling, aSnapshot, repository } from '../dispatch/a-ruling.ts';
import { openTestStore } from '../fake/store.ts';

const now = () => new Date('2026-11-22T12:00:00Z');
const toReview: readonly RunEvent[] = [
  'dispatch',
  'start',
  'change',
  'verify',
  'prove',
  'publish',
  'review',
];

let database: Database;
beforeAll(async () => {
  database = await openTestStore();
});
afterAll(() => database.close());

let ids = 0;
async function open(issue: number, kind: 'allowed' | 'held' = 'allowed') {
  const grants = createGrantStore(database, { send: async () => {} }, now, {
    parallel: 1000,
    runsPerDay: 1000,
  });
  // Each is asked for anew: what was asked for once opens one run.
  const authorizedAt = new Date(Date.UTC(2026, 10, 22, 10, ids)).toISOString();
  const snapshot = { ...aSnapshot(issue), authorizedAt };
  const admitted = await admit(aRuling(issue, { kind, snapshot }), {
    now,
    newId: () => {
      ids += 1;
      return `019e0000-0000-7000-8000-${ids.toString(16).padStart(12, '0')}`;
    },
    open: grants.open,
    release: grants.release,
    rehold: grants.rehold,
    fail: grants.fail,
    sayEnded: async () => {},
    sendReceipt: async () => {},
  });
  if (!admitted.ok) throw new Error(admitted.refusal.sentence);
  return admitted.value;
}

/** A run whose pull request (its issue's number and 100) is open. */
async function inReview(issue: number) {
  let run = await open(issue);
  for (const event of toReview) {
    const changes = { pull: issue + 100, headSha: 'd'.repeat(40) };
    const step = { event, changes, actor: 'app', kind: 'evidence.moved', facts: {} } as const;
    const moved = await database.transaction((tx) => moveRunIn(tx, run.id, step, now()));
    if (!moved.ok) throw new Error(moved.refusal.reason);
    run = moved.value;
  }
  return run;
}

const step = (event: RunEvent, kind: `schedule.${string}`) => ({
  event,
  kind,
  because: event === 'cancel' ? 'it was merged past the gate' : null,
  facts: {},
});

describe('the review store', () => {
  it('finds the run of a pull request, and all whose pull requests are open', async () => {
    const store = createReviewStore(database, now);
    const run = await inReview(11);
    await open(12);

    expect((await store.findRunOfPull(repository.id, 111))?.id).toBe(run.id);
    expect(await store.findRunOfPull(repository.id, 999)).toBeUndefined();
    expect((await store.listInReview(repository.id)).map((one) => one.pull)).toContain(111);
    expect((await store.listInReview(repository.id)).map((one) => one.issue.number)).not.toContain(
      12,
    );
  });

  it('keeps what a check said last, one for each commit and name', async () => {
    const store = createReviewStore(database, now);
    const check = { repositoryId: repository.id, headSha: 'd'.repeat(40), name: 'review' };
    await store.saveCheck({ ...check, id: 7, said: 'first' });
    await store.saveCheck({ ...check, id: 8, said: '' });

    expect(await store.findCheck(repository.id, check.headSha, 'review')).toEqual({
      id: 8,
      said: '',
    });
    expect(await store.findCheck(repository.id, check.headSha, 'evidence')).toBeNull();
  });

  it('takes the newest evidence of exactly this commit', async () => {
    const store = createReviewStore(database, now);
    const run = await inReview(13);
    for (const [id, result, minute] of [
      ['ev_new', 'unproven', 2],
      ['ev_old', 'proven', 1],
    ] as const) {
      await database.query(
        `insert into evidence (id, run_id, repository_id, head_sha, base_sha, policy_sha256,
           manifest_sha256, manifest, envelope, created_at)
         values ($1, $2, $3, $4, 'b', 'p', 'm', $5, '{}', $6)`,
        [
          id,
          run.id,
          repository.id,
          'e'.repeat(40),
          { verdict: { result } },
          `2026-11-22T12:0${minute}:00Z`,
        ],
      );
    }

    expect(await store.findEvidence(repository.id, 'e'.repeat(40))).toEqual({
      id: 'ev_new',
      headSha: 'e'.repeat(40),
      baseSha: 'b',
      policySha256: 'p',
      result: 'unproven',
      waivers: [],
    });
    expect(await store.findEvidence(repository.id, 'f'.repeat(40))).toBeNull();
    expect(await store.findEvidence(repository.id + 1, 'e'.repeat(40))).toBeNull();
  });
});

describe('the schedule store', () => {
  it('moves a run once, records it, and closes its grant', async () => {
    const store = createScheduleStore(database, now);
    const run = await inReview(21);

    expect(await store.move(run, step('merge', 'schedule.merged'))).toBe(true);
    expect(await store.move(run, step('merge', 'schedule.merged'))).toBe(false);
    expect(await store.move(run, step('settle', 'schedule.settled'))).toBe(true);

    const kinds = (await listEntriesOfRun(database, run.id)).map((entry) => entry.kind);
    expect(kinds.filter((kind) => kind.startsWith('schedule.'))).toEqual([
      'schedule.merged',
      'schedule.settled',
    ]);
    expect(
      await database.query('select distinct state from run_grant where run_id = $1', [run.id]),
    ).toEqual([{ state: 'closed' }]);
  });

  it('finds held runs of the named issues and no others', async () => {
    const store = createScheduleStore(database, now);
    const held = await open(31, 'held');
    await open(32, 'held');
    await open(33);

    const found = await store.findHeld([31, 33].map((issue) => ({ repository, issue })));

    expect(found.map((run) => run.id)).toEqual([held.id]);
    expect((await store.findHeldIn(repository.id)).map((run) => run.issue.number)).toEqual([
      31, 32,
    ]);
  });

  it('tells a merge that is not settled, and one past the gate, from work that is done', async () => {
    const store = createScheduleStore(database, now);
    const unsettled = (issue: number) => store.findUnsettled({ repository, issue });
    const [done, past] = [await inReview(41), await inReview(42)];

    expect([await unsettled(41), await unsettled(49)]).toEqual(['in_review', null]);
    await store.move(done, step('merge', 'schedule.merged'));
    await store.move(done, step('settle', 'schedule.settled'));
    await store.move(past, step('cancel', 'schedule.ungoverned'));
    await open(42); // a later attempt without a pull request changes nothing

    expect([await unsettled(41), await unsettled(42)]).toEqual([null, 'past_gate']);
  });
});

describe('what is told of a merge', () => {
  const told = { because: 'its merge was reverted by #9, by mara', actor: 'user:mara#1' };
  const merge = { ...step('merge', 'schedule.merged'), facts: { mergeSha: 'f'.repeat(40) } };
  const kindsOf = async (id: string) =>
    (await listEntriesOfRun(database, id)).map((entry) => entry.kind);
  const nothing = { repositoryId: repository.id, pulls: [], shas: [] };

  it.each([
    ['by its pull request', 151, { pulls: [151] }],
    ['by the commit of the merge', 152, { shas: ['f'.repeat(40)] }],
    ['by its head', 153, { shas: ['d'.repeat(40)] }],
  ])('delivery:any-order: is noted %s when the run is settled after it', async (_, pull, what) => {
    const store = createScheduleStore(database, now);
    const run = await inReview(pull - 100);
    await keepTold(database, { ...nothing, ...what }, told, now());
    await store.move(run, merge);
    expect(await kindsOf(run.id)).not.toContain('schedule.reverted');

    await store.move(run, step('settle', 'schedule.settled'));
    await store.noteReverts(run);
    await store.noteReverts(run);

    expect((await kindsOf(run.id)).filter((kind) => kind === 'schedule.reverted')).toHaveLength(1);
    expect((await store.findRun(run.id))?.because).toBe(told.because);
    const place = { repository, issue: run.issue.number };
    expect(await store.findUnsettled(place)).toBe('reverted');
    await database.query('delete from told_revert');
  });

  it('says nothing of another pull request, nor of the same number elsewhere, and is not kept for ever', async () => {
    const store = createScheduleStore(database, now);
    const run = await inReview(60);
    const elsewhere = { ...nothing, repositoryId: repository.id + 1, pulls: [160] };
    await keepTold(database, elsewhere, told, now());
    await keepTold(database, { ...nothing, pulls: [16] }, told, now());
    await store.noteReverts(run);
    expect(await kindsOf(run.id)).not.toContain('schedule.reverted');

    const later = new Date(now().getTime() + 31 * 86_400_000);
    await keepTold(database, { ...nothing, pulls: [1] }, told, later);
    const rows = await database.query<{ what: string }>('select what from told_revert');
    expect(rows).toEqual([{ what: 'pull:1' }]);
  });

  it('gives the newest waiting alone, until something is decided', async () => {
    const store = createScheduleStore(database, now);
    const run = await open(61, 'held');
    expect(await store.findWaiting(run.id)).toBeNull();
    const facts = { seen: 'abc', because: '#1 was merged and then reverted' };
    await store.append({ kind: 'schedule.waiting', run, facts });
    expect(await store.findWaiting(run.id)).toBe('abc #1 was merged and then reverted');
    await store.append({ kind: 'schedule.kept', run, facts: { because: 'its turn' } });
    expect(await store.findWaiting(run.id)).toBeNull();
  });
});
