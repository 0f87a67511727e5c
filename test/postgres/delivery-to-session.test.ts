import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { revoke, revokeDead, revokeJob } from '#broker/session.ts';
import type { AdmitDeps } from '#dispatch/admit.ts';
import { admit, admitHeld } from '#dispatch/admit.ts';
import { start } from '#dispatch/dispatch.ts';
import { stop } from '#dispatch/stop.ts';
import { verifyChain } from '#ledger/verify-chain.ts';
import { sha256 } from '#model/digest.ts';
import type { Grant } from '#model/grant.ts';
import { noUsage } from '#model/model-usage.ts';
import type { Session } from '#model/session.ts';
import { recordToolCall } from '#postgres/context-store.ts';
import type { Database } from '#postgres/database.ts';
import type { StoredBody } from '#postgres/delivery-body.ts';
import { unpackBody } from '#postgres/delivery-body.ts';
import { deliveryTable } from '#postgres/delivery-record.ts';
import type { DeliveryStore } from '#postgres/delivery-store.ts';
import { createDeliveryStore } from '#postgres/delivery-store.ts';
import type { GrantStore } from '#postgres/grant-store.ts';
import { createGrantStore } from '#postgres/grant-store.ts';
import { listEntries, listEntriesOfRun, listLatestEntries } from '#postgres/ledger-store.ts';
import { readLoad } from '#postgres/load-store.ts';
import { findUsage } from '#postgres/model-usage.ts';
import type { PauseStore } from '#postgres/pause-store.ts';
import { createPauseStore } from '#postgres/pause-store.ts';
import { createRulingStore } from '#postgres/ruling-store.ts';
import type { SessionStore } from '#postgres/session-store.ts';
import { createSessionStore } from '#postgres/session-store.ts';
import { createTurnStore } from '#postgres/turn-store.ts';
import { aLiveRun } from '../broker/a-job.ts';
import { aRuling } from '../dispatch/a-ruling.ts';
import { openTestStore } from '../fake/store.ts';
import { openPostgresServer } from './postgres-server.ts';

const entry = {
  kind: 'ingress.received',
  runId: null,
  repositoryId: 5,
  actor: 'github',
  facts: {},
} as const;
const limits = { parallel: 1000, runsPerDay: 1000 };
const noon = new Date('2026-11-22T12:00:00Z');

const bytes = (text: string) => Buffer.from(text);

interface World {
  readonly database: Database;
  readonly sent: { name: string; data: object }[];
  clock: Date;
  deliveries: DeliveryStore;
  grants: GrantStore;
  pauses: PauseStore;
  sessions: SessionStore;
  admission: AdmitDeps;
  receipts: string[];
  close(): Promise<void>;
}

let ids = 0;
function newId(): string {
  ids += 1;
  return `019e0000-0000-7000-8000-${ids.toString(16).padStart(12, '0')}`;
}

async function openWorld(database: Database, close: () => Promise<void>): Promise<World> {
  const sent: World['sent'] = [];
  const queue = {
    send: async (_tx: unknown, name: string, data: object) => void sent.push({ name, data }),
    sendAll: async (_tx: unknown, name: string, all: readonly object[]) =>
      void sent.push(...all.map((data) => ({ name, data }))),
  };
  const now = () => world.clock;
  const grants = createGrantStore(database, queue, now, limits);
  const receipts: string[] = [];
  const world: World = {
    database,
    sent,
    clock: noon,
    receipts,
    deliveries: createDeliveryStore(database, queue, now),
    grants,
    pauses: createPauseStore(database, queue, now),
    sessions: createSessionStore(database, queue, now),
    admission: {
      now,
      newId,
      open: grants.open,
      release: grants.release,
      rehold: grants.rehold,
      fail: grants.fail,
      sayEnded: async (_run, because) => void receipts.push(because),
      sendReceipt: async (ruling) => void receipts.push(ruling.kind),
    },
    close,
  };
  return world;
}

async function admitted(world: World, issue: number) {
  const run = await admit(aRuling(issue), world.admission);
  if (!run.ok) throw new Error(run.refusal.sentence);
  const grant = await world.grants.findGrant(run.value.id);
  if (!grant) throw new Error('expected a grant');
  return { run: run.value, grant };
}

async function dispatched(world: World, issue: number, workflowRunId = issue) {
  const { run, grant } = await admitted(world, issue);
  await world.grants.bind(run, grant, workflowRunId);
  return { run, grant: (await world.grants.findGrant(run.id)) ?? grant };
}

function issuance(
  grant: Pick<Grant, 'id' | 'runId' | 'tools'>,
  phase: Session['phase'],
  seed: string,
) {
  const session: Session = {
    tokenSha256: seed.padEnd(64, '0'),
    grantId: grant.id,
    runId: grant.runId,
    repositoryId: 5,
    phase,
    checkRunId: 77,
    tools: phase === 'agent' ? grant.tools : [],
    expiresAt: '2026-11-22T13:00:00.000Z',
    keyThumbprint: null,
  };
  const draft = { ...entry, kind: 'broker.exchanged', runId: grant.runId } as const;
  return { grant: grant as never, session, entry: draft };
}

/** What a job holds, and for what. */
type Held = { readonly token: string } & Awaited<ReturnType<typeof dispatched>>;

/** One call of a tool, as the context service has it written down. */
function call(
  world: World,
  { runId, tokenSha256 }: Session,
  tool: string,
  decision: 'allowed' | 'refused' = 'allowed',
) {
  return recordToolCall(
    world.database,
    {
      ...{ runId, tokenSha256, tool, decision, resultBytes: 10, client: null },
      because: decision === 'refused' ? 'tool_not_granted' : null,
      argsSha256: sha256('{}'),
      inventorySha256: sha256('all'),
    },
    noon,
  );
}

/** Why each call of a run was refused, in order; null for one that was allowed. */
async function reasonsOf(world: World, runId: string): Promise<readonly (string | null)[]> {
  const rows = await world.database.query<{ reason: string | null }>(
    'select reason from tool_call where run_id = $1 order by id',
    [runId],
  );
  return rows.map(({ reason }) => reason);
}

const kindsOf = async (world: World, runId: string) =>
  (await listEntriesOfRun(world.database, runId)).map((one) => one.kind);

const servers: readonly [string, () => Promise<World>][] = [
  [
    'PGlite',
    async () => {
      const database = await openTestStore();
      return openWorld(database, () => database.close());
    },
  ],
  [
    'PostgreSQL',
    async () => {
      const { database, close } = await openPostgresServer();
      return openWorld(database, close);
    },
  ],
];

describe.each(servers)('the stores on %s', (_name, open) => {
  let world: World;
  let issue = 100;
  const next = () => {
    issue += 1;
    return issue;
  };

  beforeAll(async () => {
    world = await open();
  }, 60_000);
  afterAll(async () => world?.close());

  it('keep a body once, whatever GUID it comes under, and take a failed one up again', async () => {
    const row = {
      bodySha256: '1'.repeat(64),
      guid: 'g1',
      event: 'issues',
      action: 'labeled',
      body: bytes('{"a": [1]}'),
      isIgnored: false,
    };

    expect(await world.deliveries.store(row, entry)).toBe('stored');
    expect(await world.deliveries.store({ ...row, guid: 'g2' }, entry)).toBe('duplicate');
    expect(await world.deliveries.store({ ...row, bodySha256: '2'.repeat(64) }, entry)).toBe(
      'duplicate',
    );
    const { guid, event, action } = row;
    const kept = { bodySha256: row.bodySha256, guid, event, action, payload: { a: [1] } };
    expect(await world.deliveries.find(row.bodySha256)).toEqual(kept);
    await world.deliveries.note(row.bodySha256, 'GitHub did not answer');
    await world.deliveries.settle(row.bodySha256, 'failed');
    expect(await world.deliveries.store({ ...row, event: 'push' }, entry)).toBe('duplicate');
    expect(await world.deliveries.store(row, entry)).toBe('stored');
    await world.deliveries.settle(row.bodySha256, 'done');
    expect(await world.deliveries.find(row.bodySha256)).toBeUndefined();
    expect(await world.deliveries.store(row, entry)).toBe('duplicate');
    expect(world.sent.filter((job) => job.name === 'delivery')).toHaveLength(0);
    await world.deliveries.enter();
    expect(world.sent.filter((job) => job.name === 'delivery')).toHaveLength(2);
  });

  it('keep one of fifty copies that come at once', async () => {
    const row = {
      bodySha256: '3'.repeat(64),
      guid: '',
      event: 'issues',
      action: null,
      body: bytes('{}'),
      isIgnored: false,
    };

    const kept = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        world.deliveries.store({ ...row, guid: `copy-${index}` }, entry),
      ),
    );

    expect(kept.filter((one) => one === 'stored')).toHaveLength(1);
  });

  it('take a group that came at once: each is told its own end, and one bad row fails alone', async () => {
    const row = (seed: string) => ({
      bodySha256: seed.padEnd(64, '0'),
      guid: `group-${seed}`,
      event: 'issues',
      action: null,
      body: bytes(`{"of": "${seed}"}`),
      isIgnored: seed.startsWith('e'),
    });
    await world.deliveries.enter();
    const sentBefore = world.sent.length;
    const [before] = await listLatestEntries(world.database, 1);
    const nul = { ...row('d8'), event: 'iss\0ues' };

    const ends = await Promise.allSettled(
      [row('d1'), row('d2'), row('d1'), row('e1'), nul, row('d3')].map((one) =>
        world.deliveries.store(one, { ...entry, facts: { of: one.guid } }),
      ),
    );

    expect(ends.map((end) => (end.status === 'fulfilled' ? end.value : end.reason.code))).toEqual([
      'stored',
      'stored',
      'duplicate',
      'stored',
      'STORE_UNAVAILABLE',
      'stored',
    ]);
    expect(await world.deliveries.unentered()).toBe(4);
    await world.deliveries.enter();
    // What nothing listens to is on record, and asks for no work.
    expect(world.sent.slice(sentBefore).map(({ data }) => data)).toEqual(
      ['d1', 'd2', 'd3'].map((seed) => ({ bodySha256: row(seed).bodySha256 })),
    );
    expect(await world.deliveries.find(row('e1').bodySha256)).toBeUndefined();
    const entries = await listEntries(world.database, before?.seq ?? 0);
    expect(entries.map((one) => one.facts.of)).toEqual(
      ['d1', 'd2', 'e1', 'd3'].map((seed) => `group-${seed}`),
    );
  });

  it('ledger:first: two who enter at once enter each once, in order, and its job with it', async () => {
    await world.deliveries.enter();
    const sentBefore = world.sent.length;
    const [before] = await listLatestEntries(world.database, 1);
    const names = Array.from({ length: 300 }, (_, index) => `many-${index}`);
    for (const guid of names) {
      const row = {
        bodySha256: sha256(guid),
        guid,
        event: 'issues',
        action: null,
        body: bytes('{}'),
      };
      await world.deliveries.store({ ...row, isIgnored: false }, { ...entry, facts: { of: guid } });
    }
    expect(await listEntries(world.database, before?.seq ?? 0)).toEqual([]);

    await Promise.all([world.deliveries.enter(), world.deliveries.enter()]);

    expect(await world.deliveries.unentered()).toBe(0);
    const entered = (await listEntries(world.database, before?.seq ?? 0)).map(
      ({ facts }) => facts.of,
    );
    expect(entered.toSorted()).toEqual(names.toSorted());
    expect(world.sent.slice(sentBefore)).toHaveLength(300);
  });

  it('enter nothing while the queue takes no job, and all of it later', async () => {
    await world.deliveries.enter();
    const [before] = await listLatestEntries(world.database, 1);
    const row = { bodySha256: sha256('later'), guid: 'later', event: 'issues', action: null };
    await world.deliveries.store({ ...row, body: bytes('{}'), isIgnored: false }, entry);
    const broken = { sendAll: () => Promise.reject(new Error('the queue is away')) };
    const without = createDeliveryStore(world.database, broken, () => new Date());

    await expect(without.enter()).rejects.toThrow('the queue is away');
    expect(await listEntries(world.database, before?.seq ?? 0)).toEqual([]);
    expect(await world.deliveries.unentered()).toBe(1);

    await world.deliveries.enter();
    expect(await listEntries(world.database, before?.seq ?? 0)).toHaveLength(1);
  });

  it('keep the text of a body byte for byte, with what a database would not take apart', async () => {
    const row = {
      bodySha256: 'f'.repeat(64),
      guid: 'text',
      event: 'issues',
      action: null,
      isIgnored: false,
    };
    const text = '{ "b": "\\u0000 \\ud800",  "a": 1, "a": 2 }';

    // With others before and after it, of which one is too large to share a bundle.
    const near = ['{"é": 1}', `{"long": "${'x'.repeat(600_000)}"}`, '{}', '[]'];
    const bodies = [...near.slice(0, 2), text, ...near.slice(2)];

    const kept = await Promise.all(
      bodies.map((body, index) => {
        const digest = body === text ? row.bodySha256 : sha256(`near ${index}`);
        const one = { ...row, bodySha256: digest, guid: `text-${index}`, body: bytes(body) };
        return world.deliveries.store(one, entry);
      }),
    );

    expect(kept).toEqual(bodies.map(() => 'stored'));
    expect((await world.deliveries.find(row.bodySha256))?.payload).toEqual(JSON.parse(text));
    const rows = await world.database.query<StoredBody & { readonly guid: string }>(
      `select guid, bodies, body_at, body_bytes, payload from ${deliveryTable}
       where guid like 'text-%' order by guid`,
    );
    expect(rows.map(unpackBody)).toEqual(bodies);
  });

  it('open one run an issue, however many ask at once', async () => {
    const number = next();

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => admit(aRuling(number), world.admission)),
    );

    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(new Set(answers.map((answer) => (answer.ok ? 'ok' : answer.refusal.reason)))).toEqual(
      new Set(['ok', 'run_open']),
    );
  });

  it('write an admission whole: snapshot, chain, run, grant, job, ledger', async () => {
    const { run, grant } = await admitted(world, next());

    expect(run.state).toBe('admitted');
    expect(grant).toMatchObject({
      state: 'pending',
      repository: 'acme/shop',
      tools: [
        { tool: 'issue.read', callsMax: 7 },
        { tool: 'policy.read', callsMax: 100 },
      ],
      expiresAt: '2026-11-22T14:30:00.000Z',
    });
    expect(world.sent.at(-1)).toEqual({ name: 'dispatch', data: { runId: run.id } });
    expect(await kindsOf(world, run.id)).toEqual(['dispatch.opened']);
    const rulings = createRulingStore(world.database, () => noon);
    expect(await rulings.findSnapshot(run.snapshotSha256)).toMatchObject({ issue: run.issue });
    expect(await rulings.findOpenRun(5, run.issue.number)).toMatchObject({ id: run.id });
    expect(
      await rulings.findChain({ repositoryId: 5, issues: [run.issue.number, 9999], ownRun: null }),
    ).toEqual({ chainId: run.chainId, depth: 1, nodes: 1, running: [run.issue.number] });
    expect(await rulings.findChain({ repositoryId: 5, issues: [], ownRun: null })).toBeNull();
  });

  it('hold a run without a grant, and release it once', async () => {
    const held = await admit(aRuling(next(), { kind: 'held' }), world.admission);
    if (!held.ok) throw new Error('expected a held run');
    expect(held.value).toMatchObject({ state: 'held', because: 'waits for #1' });
    expect(await world.grants.findGrant(held.value.id)).toBeUndefined();
    const run = await world.grants.findRun(held.value.id);
    if (!run) throw new Error('expected the run');
    const ruling = aRuling(run.issue.number, { releases: run.id, baseSha: 'b'.repeat(40) });

    const answers = await Promise.all(
      Array.from({ length: 5 }, () => admitHeld(run, ruling, world.admission)),
    );

    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(await world.grants.findRun(run.id)).toMatchObject({
      state: 'admitted',
      because: null,
      baseSha: 'b'.repeat(40),
    });
    expect(await world.grants.findGrant(run.id)).toMatchObject({ sha: 'b'.repeat(40) });
  });

  it('end a held run whose policy changed meanwhile', async () => {
    const held = await admit(aRuling(next(), { kind: 'held' }), world.admission);
    const run = held.ok ? await world.grants.findRun(held.value.id) : undefined;
    if (!run) throw new Error('expected a held run');

    const answer = await admitHeld(
      run,
      aRuling(run.issue.number, { policySha256: 'd'.repeat(64) }),
      world.admission,
    );

    expect(answer).toMatchObject({ ok: false, refusal: { reason: 'denied' } });
    expect((await world.grants.findRun(run.id))?.state).toBe('failed');
    // The issue says that it waits: without a word it would say so for ever.
    expect(world.receipts.at(-1)).toBe('the policy changed while the run was held: ask again');
  });

  it('leave the job that tells people with a run whose workflow run failed, and with no other', async () => {
    const { run } = await dispatched(world, next());
    const { run: unstarted } = await admitted(world, next());
    const bound = await world.grants.findRun(run.id);
    if (!bound) throw new Error('expected a run');

    await world.grants.fail(bound, 'it reported nothing');
    await world.grants.fail(unstarted, 'no workflow');

    const told = world.sent.filter(({ name }) => name === 'end-workflow').map(({ data }) => data);
    expect(told).toContainEqual({ runId: run.id, asked: 0 });
    expect(told).not.toContainEqual(expect.objectContaining({ runId: unstarted.id }));
  });

  it('never bind a grant that was closed, and cancel what GitHub started for it', async () => {
    const { run } = await admitted(world, next());
    const cancelled: number[] = [];
    const live = {
      ...world.grants,
      cancelRun: async (_place: unknown, id: number) => void cancelled.push(id),
    };

    const started = await start(run.id, {
      ...live,
      botUserId: 99,
      now: () => noon,
      readHead: async () => ({
        ref: run.baseRef,
        sha: run.baseSha,
        sha256: run.policySha256,
        organizationSha256: null,
      }),
      listDispatched: async () => [],
      requestRun: async () => {
        await stop(run.id, 'the label was removed', 'user:mona#1', live);
        return { kind: 'started', workflowRunId: 4242 };
      },
    });

    expect(started).toMatchObject({ ok: false, refusal: { reason: 'not_admitted' } });
    expect(cancelled).toEqual([4242]);
    expect(await kindsOf(world, run.id)).toEqual([
      'dispatch.opened',
      'dispatch.requested',
      'dispatch.stopped',
    ]);
  });

  it('stop:closed: hold what is admitted under a pause, and let it go on after', async () => {
    const scope = { kind: 'repository', id: 5 } as const;
    const pause = { scope, because: 'night', by: 'operator', at: noon.toISOString() };

    expect(await world.pauses.pause(pause)).toBe(true);
    expect(await world.pauses.pause({ ...pause, because: 'other' })).toBe(false);
    const held = await admit(aRuling(next()), world.admission);
    const run = held.ok ? await world.grants.findRun(held.value.id) : undefined;
    if (!run) throw new Error('expected a run');
    const tooEarly = await admitHeld(run, aRuling(run.issue.number), world.admission);
    expect(await world.pauses.list()).toEqual([pause]);
    expect(await world.pauses.resume(scope, 'operator')).toBe(true);
    expect(await world.pauses.resume(scope, 'operator')).toBe(false);
    const released = await admitHeld(run, aRuling(run.issue.number), world.admission);

    expect(run).toMatchObject({ state: 'held', because: expect.stringContaining('paused') });
    expect(await world.grants.findGrant(run.id)).toBeDefined();
    expect(tooEarly).toMatchObject({ ok: false, refusal: { reason: 'moved' } });
    expect(released).toMatchObject({ ok: true, value: { state: 'admitted' } });
    expect(world.sent).toContainEqual({ name: 'resumed', data: { scope: 'repository:5' } });
  });

  it('stop:closed: admit nothing past a pause that is being set at the same time', async () => {
    const scope = { kind: 'app' } as const;
    const pause = { scope, because: 'race', by: 'operator', at: noon.toISOString() };
    const admissions = Array.from({ length: 8 }, () => admit(aRuling(next()), world.admission));

    await world.pauses.pause(pause);
    const covered = await world.pauses.listCovered(scope);
    const runs = await Promise.all(admissions);

    // Whatever was admitted was there to be seen when the pause was set; the rest is held.
    const seen = covered.map((run) => run.id);
    const admittedLater = runs.filter(
      (run) => run.ok && run.value.state === 'admitted' && !seen.includes(run.value.id),
    );
    expect(admittedLater).toEqual([]);
    await world.pauses.resume(scope, 'operator');
  });

  it('admit no more than the last place, however many ask for it at once', async () => {
    const installationId = 4_000 + next();
    const few = createGrantStore(world.database, { send: async () => {} }, () => noon, {
      parallel: 3,
      runsPerDay: 1000,
    });
    const deps = { ...world.admission, open: few.open, release: few.release };
    const asked = Array.from({ length: 9 }, () => aRuling(next(), { installationId }));

    const runs = await Promise.all(asked.map((ruling) => admit(ruling, deps)));

    const states = runs.map((run) => (run.ok ? run.value.state : run.refusal.reason));
    expect(states.filter((state) => state === 'admitted')).toHaveLength(3);
    expect(states.filter((state) => state === 'held')).toHaveLength(6);
    const waiting = await createTurnStore(world.database).listWaiting(installationId);
    expect(waiting).toHaveLength(6);
    const heldBack = { kind: 'run', id: waiting[5]?.runId ?? '' } as const;
    await world.pauses.pause({
      scope: heldBack,
      because: 'mara said hold',
      by: 'user:mara#1',
      at: noon.toISOString(),
    });
    expect(await createTurnStore(world.database).listWaiting(installationId)).toEqual(
      waiting.slice(0, 5),
    );
    await world.pauses.resume(heldBack, 'user:mara#1');
    const [first] = waiting;
    const held = first && (await world.grants.findRun(first.runId));
    if (!held) throw new Error('expected a run that waits');
    const ruling = { ...aRuling(held.issue.number), installationId };
    expect(await admitHeld(held, ruling, deps)).toMatchObject({ refusal: { reason: 'moved' } });
    const done = runs.find((run) => run.ok && run.value.state === 'admitted');
    if (done?.ok) await few.fail(done.value, 'done');
    expect(await admitHeld(held, ruling, deps)).toMatchObject({ ok: true });
  });

  it('count what is at work and what was admitted today, without the run that asks', async () => {
    const installationId = 9_000 + next();
    const [one, two] = await Promise.all(
      [next(), next()].map((number) => admit(aRuling(number, { installationId }), world.admission)),
    );
    if (!one?.ok || !two?.ok) throw new Error('expected two runs');
    await world.grants.fail(one.value, 'done');
    const question = { installationId, repositoryId: 5, requesterId: 1 };
    const tomorrow = new Date(noon.getTime() + 25 * 60 * 60_000);

    const load = await readLoad(world.database, { ...question, notRun: null }, noon);
    const own = await readLoad(world.database, { ...question, notRun: two.value.id }, noon);
    const later = await readLoad(world.database, { ...question, notRun: null }, tomorrow);

    expect(load).toEqual({
      repository: { running: 1, today: 2, minutesToday: 60 },
      requester: { running: 1 },
      installation: { running: 1, today: 2 },
    });
    expect(own.installation).toEqual({ running: 0, today: 1 });
    expect(later.repository).toEqual({ running: 1, today: 0, minutesToday: 0 });
  });

  it('take back an admission that nothing was asked for, and no other', async () => {
    const untouched = await admitted(world, next());
    const asked = await admitted(world, next());
    await world.grants.append({ ...entry, kind: 'dispatch.requested', runId: asked.run.id });
    const bound = await dispatched(world, next());

    const answers = await Promise.all(
      [untouched, asked, bound].map(({ run }) =>
        world.pauses.withdraw(run.id, 'night', 'operator'),
      ),
    );

    expect(answers).toEqual([true, false, false]);
    expect(await world.grants.findRun(untouched.run.id)).toMatchObject({ state: 'held' });
    expect(await world.grants.findGrant(untouched.run.id)).toBeUndefined();
    const again = await world.grants.findRun(untouched.run.id);
    if (!again) throw new Error('expected the run');
    expect(await admitHeld(again, aRuling(again.issue.number), world.admission)).toMatchObject({
      ok: true,
    });
  });

  it('T-A12 burn a token once in fifty uses at once', async () => {
    const token = { iss: 'https://issuer.test', jti: `jti-${next()}`, keepUntil: noon };

    const burnt = await Promise.all(Array.from({ length: 50 }, () => world.sessions.burn(token)));

    expect(burnt.filter(Boolean)).toHaveLength(1);
  });

  it('T-D9 issue a phase once in fifty exchanges at once, and start the run with it', async () => {
    const { run, grant } = await dispatched(world, next());

    const issued = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        world.sessions.issue(issuance(grant, 'agent', `a${index}x${grant.id}`.replaceAll('-', ''))),
      ),
    );

    expect(issued.filter((one) => one === 'issued')).toHaveLength(1);
    expect(new Set(issued)).toEqual(new Set(['issued', 'phase_already_issued']));
    expect((await world.grants.findRun(run.id))?.state).toBe('working');
    const [sessions] = await world.database.query<{ count: number }>(
      'select count(*)::int as count from session where run_id = $1',
      [run.id],
    );
    expect(sessions?.count).toBe(1);
  });

  it('refuse report before agent, and everything on a closed grant', async () => {
    const { run, grant } = await dispatched(world, next());

    expect(await world.sessions.issue(issuance(grant, 'report', 'b1'))).toBe('phase_out_of_order');
    await world.grants.end(run, 'stopped', 'user:mona#1');
    expect(await world.sessions.issue(issuance(grant, 'agent', 'b2'))).toBe('grant_closed');
  });

  it('run:identity: forget a session when its job ends, its run ends, it is revoked or expires', async () => {
    const { run, grant } = await dispatched(world, next());
    await world.sessions.issue(issuance(grant, 'agent', 'c1'));
    const digest = 'c1'.padEnd(64, '0');
    expect(await world.sessions.findSession(digest)).toMatchObject({
      runId: run.id,
      phase: 'agent',
      tools: grant.tools,
    });

    expect(await world.sessions.listLiveSessions()).toContainEqual({
      grant,
      jobs: [{ phase: 'agent', checkRunId: 77 }],
    });

    expect(await world.sessions.revokePhase(run.issue.number, 'report')).toBe(0);
    expect(await world.sessions.revokePhase(run.issue.number, 'agent')).toBe(1);
    expect(await world.sessions.findSession(digest)).toBeUndefined();
    expect(await world.sessions.revokeSession(digest)).toBe(false);

    await world.sessions.issue(issuance(grant, 'report', 'c2'));
    expect(await world.sessions.revokeRun(run.id, 'the workflow run ended')).toBe(1);
    expect(await world.sessions.findSession('c2'.padEnd(64, '0'))).toBeUndefined();
    expect(await kindsOf(world, run.id)).toEqual([
      'dispatch.opened',
      'dispatch.started',
      'broker.exchanged',
      'broker.revoked',
      'broker.exchanged',
      'broker.closed',
    ]);
  });

  it.each([
    ['the job’s own word', 'broker.revoked', ({ token }: Held) => revoke(token, world.sessions)],
    [
      'GitHub’s word that the job is over',
      'broker.revoked',
      ({ run }: Held) => revokeJob(run.issue.number, 'agent / agent', world.sessions),
    ],
    [
      'the sweep, when both words were lost',
      'broker.closed',
      ({ grant }: Held) =>
        revokeDead({
          ...world.sessions,
          readLive: async ({ id }) => {
            if (id !== grant.id) throw new Error('not asked about');
            return aLiveRun({ status: 'completed' });
          },
        }),
    ],
  ])('run:identity: T-E5 T-E6 end what a job held by %s alone', async (_path, kind, end) => {
    const { run, grant } = await dispatched(world, next());
    const token = `agm_${String(run.issue.number).padStart(43, 'A')}`;
    const issued = issuance(grant, 'agent', 'e7');
    const session = { ...issued.session, tokenSha256: sha256(token) };
    await world.sessions.issue({ ...issued, session });
    expect(await world.sessions.findSession(session.tokenSha256)).toBeDefined();

    await end({ token, run, grant });
    const once = await kindsOf(world, run.id);
    await end({ token, run, grant });

    expect(await world.sessions.findSession(session.tokenSha256)).toBeUndefined();
    expect(await call(world, session, 'issue.read')).toBe('dead');
    expect(once.slice(-2)).toEqual(['broker.exchanged', kind]);
    expect((await kindsOf(world, run.id)).filter((one) => one === kind)).toHaveLength(1);
  });

  it('keep the first report and ask for its publication once', async () => {
    const { run, grant } = await dispatched(world, next());
    await world.sessions.issue(issuance(grant, 'agent', 'd0'));
    const { session } = issuance(grant, 'report', 'd1');
    await world.sessions.issue(issuance(grant, 'report', 'd1'));
    const before = world.sent.length;

    const saved = await Promise.all(
      [1, 2, 3].map((id) => world.sessions.saveReport(session, { agent: { id } })),
    );

    expect(saved.toSorted()).toEqual(['repeated', 'repeated', 'saved']);
    expect(world.sent.slice(before)).toEqual([{ name: 'publish', data: { runId: run.id } }]);
    expect(await world.sessions.findReport(run.id)).toHaveProperty('agent.id');
  });

  it('E3: keep the first change set that the agent’s job names, and no other', async () => {
    const { run, grant } = await dispatched(world, next());
    const { session } = issuance(grant, 'agent', 'ha1');
    await world.sessions.issue(issuance(grant, 'agent', 'ha1'));
    const artifact = { id: 41, digest: 'a'.repeat(64) };
    expect(await world.sessions.findHandOver(run.id)).toBeUndefined();

    expect(await world.sessions.saveHandOver(session, artifact)).toBe('saved');
    expect(await world.sessions.saveHandOver(session, artifact)).toBe('repeated');
    expect(await world.sessions.saveHandOver(session, { ...artifact, id: 42 })).toBe('taken');
    const changed = { ...artifact, digest: 'b'.repeat(64) };
    expect(await world.sessions.saveHandOver(session, changed)).toBe('taken');

    expect(await world.sessions.findHandOver(run.id)).toEqual(artifact);
    expect((await kindsOf(world, run.id)).at(-1)).toBe('broker.handed_over');
    await world.sessions.revokeSession(session.tokenSha256);
    expect(await world.sessions.saveHandOver(session, artifact)).toBe('dead');
  });

  it('run:identity: renew a session once: the old one is dead, and the calls go on being counted', async () => {
    const { run, grant } = await dispatched(world, next());
    const { session } = issuance(grant, 'agent', 'ha2');
    await world.sessions.issue(issuance(grant, 'agent', 'ha2'));
    await call(world, session, 'issue.read');
    const rowOf = async (sha: string) =>
      (await world.database.query<object>('select * from session where sha256 = $1', [sha]))[0];
    const before = await rowOf(session.tokenSha256);
    const until = new Date(noon.getTime() + 30 * 60_000);

    const ends = await Promise.all(
      ['ha3', 'ha4', 'ha5'].map((name) =>
        world.sessions.renewSession(session, { tokenSha256: name.padEnd(64, '0'), until }),
      ),
    );

    expect(ends.filter((end) => end !== null)).toEqual([until]);
    const fresh =
      ['ha3', 'ha4', 'ha5'][ends.findIndex((end) => end !== null)]?.padEnd(64, '0') ?? '';
    expect(await world.sessions.findSession(session.tokenSha256)).toBeUndefined();
    expect(await call(world, session, 'issue.read')).toBe('dead');
    expect(await rowOf(fresh)).toEqual({ ...before, sha256: fresh, expires_at: until });
    expect((await kindsOf(world, run.id)).filter((kind) => kind === 'broker.renewed')).toHaveLength(
      1,
    );
    expect(await world.sessions.revokePhase(run.issue.number, 'agent')).toBe(1);
    expect(await world.sessions.findSession(fresh)).toBeUndefined();
  });

  it('keep what the gate says of the model, never less than before, and record once that it is spent', async () => {
    const { run, grant } = await dispatched(world, next());
    const { session } = issuance(grant, 'agent', 'ha8');
    await world.sessions.issue(issuance(grant, 'agent', 'ha8'));
    expect(await findUsage(world.database, run.id)).toBeNull();
    const used = (calls: number, stopped: string | null = null) => ({ ...noUsage, calls, stopped });

    for (const usage of [used(1), used(3), used(2), used(4, 'spent'), used(4, 'spent')])
      expect(await world.sessions.saveUsage(session, usage)).toBe(true);

    expect(await findUsage(world.database, run.id)).toEqual(used(4, 'spent'));
    const kinds = await kindsOf(world, run.id);
    expect(kinds.filter((kind) => kind === 'broker.budget_spent')).toHaveLength(1);
    await world.sessions.revokeSession(session.tokenSha256);
    expect(await world.sessions.saveUsage(session, used(9))).toBe(false);
    expect((await findUsage(world.database, run.id))?.calls).toBe(4);
  });

  it('run:identity: no renewal outlives the grant', async () => {
    const { grant } = await dispatched(world, next());
    const { session } = issuance(grant, 'agent', 'ha6');
    await world.sessions.issue(issuance(grant, 'agent', 'ha6'));
    const until = new Date(Date.parse(grant.expiresAt) + 1);
    expect(
      await world.sessions.renewSession(session, { tokenSha256: 'ha7'.padEnd(64, '0'), until }),
    ).toEqual(new Date(grant.expiresAt));
  });

  it('run:identity: take no report of a session that ended since it was looked up', async () => {
    const { run, grant } = await dispatched(world, next());
    await world.sessions.issue(issuance(grant, 'agent', 'd2'));
    const { session } = issuance(grant, 'report', 'd3');
    await world.sessions.issue(issuance(grant, 'report', 'd3'));
    const before = world.sent.length;
    await world.sessions.revokePhase(run.issue.number, 'report');

    expect(await world.sessions.saveReport(session, { agent: { id: 1 } })).toBe('dead');
    expect(await world.sessions.findReport(run.id)).toBeUndefined();
    expect(world.sent).toHaveLength(before);
  });

  // Each end alone, while everything else still says yes; a neighbour shows that it is only this one.
  it.each<[string, (own: Session, issue: number) => Promise<unknown>]>([
    ['it is revoked', ({ tokenSha256 }) => world.sessions.revokeSession(tokenSha256)],
    ['its job ends', (_own, issue) => world.sessions.revokePhase(issue, 'agent')],
    ['its run ends', ({ runId }) => world.sessions.revokeRun(runId, 'over')],
    [
      'its hour is over',
      ({ tokenSha256 }) =>
        world.database.query('update session set expires_at = $2 where sha256 = $1', [
          tokenSha256,
          noon,
        ]),
    ],
    [
      'its grant is closed',
      ({ grantId }) =>
        world.database.query("update run_grant set state = 'closed' where id = $1", [grantId]),
    ],
  ])(
    'run:identity: T-M1 answer no call of a session once %s, and every call of another',
    async (_how, end) => {
      const [one, other] = [await dispatched(world, next()), await dispatched(world, next())];
      const own = issuance(one.grant, 'agent', `e${one.grant.id}`.replaceAll('-', ''));
      const neighbour = issuance(other.grant, 'agent', `e${other.grant.id}`.replaceAll('-', ''));
      await world.sessions.issue(own);
      await world.sessions.issue(neighbour);

      expect(await call(world, own.session, 'issue.read')).toBe('recorded');
      await end(own.session, one.run.issue.number);

      expect(await call(world, own.session, 'issue.read')).toBe('dead');
      expect(await call(world, neighbour.session, 'issue.read')).toBe('recorded');
      expect(await reasonsOf(world, one.run.id)).toEqual([null, 'session_dead']);
    },
  );

  it('grant:never-widens: count calls by what the session was issued with, whatever is said, also at once', async () => {
    const { run, grant } = await dispatched(world, next());
    const { session, ...issued } = issuance(grant, 'agent', 'f1');
    const tools = [{ tool: 'issue.read', callsMax: 3 }];
    await world.sessions.issue({ ...issued, session: { ...session, tools } });
    // Neither a grant that was changed later nor a caller that allows another tool gives it more.
    await world.database.query('update run_grant set tools = $2 where id = $1', [
      grant.id,
      [{ tool: 'policy.read', callsMax: 50 }],
    ]);

    const ends = await Promise.all(
      Array.from({ length: 9 }, () => call(world, session, 'issue.read')),
    );
    const foreign = await call(world, session, 'policy.read');

    expect(ends.filter((one) => one === 'recorded')).toHaveLength(3);
    expect(ends.filter((one) => one === 'over_budget')).toHaveLength(6);
    expect(foreign).toBe('over_budget');
    expect((await world.sessions.findSession(session.tokenSha256))?.tools).toEqual(tools);
    expect((await reasonsOf(world, run.id)).filter((one) => one === null)).toHaveLength(3);
  });

  it('T-M7 end a session that only probes, and say so', async () => {
    const { run, grant } = await dispatched(world, next());
    const issued = issuance(grant, 'agent', 'f2');
    await world.sessions.issue(issued);
    await world.database.query('update session set refused_calls = 198 where sha256 = $1', [
      issued.session.tokenSha256,
    ]);

    await call(world, issued.session, 'no.such', 'refused');
    expect(await call(world, issued.session, 'issue.read')).toBe('recorded');
    await call(world, issued.session, 'no.such', 'refused');

    expect(await call(world, issued.session, 'issue.read')).toBe('dead');
    const entries = await listEntriesOfRun(world.database, run.id);
    expect(entries.find(({ kind }) => kind === 'broker.revoked')?.facts).toMatchObject({
      because: '200 of its calls were refused',
    });
  });

  it('sweep expired grants and what is past replay, and expire their runs', async () => {
    const { run } = await dispatched(world, next());
    const token = { iss: 'i', jti: `old-${run.id}`, keepUntil: new Date(noon.getTime() + 1000) };
    await world.sessions.burn(token);
    world.clock = new Date(noon.getTime() + 24 * 3600_000);

    const ended = await world.sessions.sweep();

    expect(ended).toContain(run.id);
    expect((await world.grants.findRun(run.id))?.state).toBe('expired');
    expect(await world.grants.findGrant(run.id)).toMatchObject({ state: 'closed' });
    expect(await world.sessions.burn(token)).toBe(true);
    expect(await world.sessions.sweep()).toEqual([]);
    world.clock = noon;
  });

  it('ledger:first: leave a chain without a gap behind all of this', async () => {
    const entries = await listEntries(world.database);

    expect(entries.length).toBeGreaterThan(20);
    expect(verifyChain(entries)).toMatchObject({ ok: true });
  });
});
