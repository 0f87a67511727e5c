import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyChain } from '#ledger/verify-chain.ts';
import type { OutsideReport, OutsideThread } from '#model/outside.ts';
import { digestIssue } from '#model/outside.ts';
import type { Database } from '#postgres/database.ts';
import { listEntries } from '#postgres/ledger-store.ts';
import { createOutsideIssueStore } from '#postgres/outside-issue-store.ts';
import { createOutsideStore } from '#postgres/outside-store.ts';
import { openTestStore } from '../fake/store.ts';
import { openPostgresServer } from './postgres-server.ts';

const entry = (kind: 'ingress.received' | 'ingress.issue_requested' | 'ingress.held_back') =>
  ({ kind, runId: null, repositoryId: null, actor: 'source:linear', facts: {} }) as const;
const noon = Date.parse('2026-11-23T12:00:00Z');
const wanted = digestIssue({ title: 'a', body: 'b' });
const limits = { issuesPerHour: 2, updatesPerHour: 2 };

let bodies = 0;
function aRecord(report: OutsideReport, source = 'linear', deliveryId?: string) {
  bodies += 1;
  const bodySha256 = String(bodies).padStart(64, '0');
  return { source, bodySha256, deliveryId: deliveryId ?? `d-${bodies}`, signal: report };
}

function aReport(thread: string, minute = 0, part = 'issue'): OutsideReport {
  const at = new Date(noon + minute * 60_000).toISOString();
  const title = `${thread} at ${minute}`;
  return {
    kind: 'report',
    thread,
    reference: thread,
    url: null,
    tags: [],
    part: { id: part, at, author: null, title, text: '' },
  };
}

describe.each(['PGlite', 'PostgreSQL'])('outside signals on %s', (kind) => {
  let database: Database;
  let close: () => Promise<void>;
  let clock = noon;
  const sent: object[] = [];
  const now = () => new Date(clock);
  const queue = {
    send: async (_tx: unknown, _name: string, data: object) => void sent.push(data),
    sendAll: async (_tx: unknown, _name: string, data: readonly object[]) =>
      void sent.push(...data),
  };
  let outside: ReturnType<typeof createOutsideStore>;
  let issues: ReturnType<typeof createOutsideIssueStore>;

  beforeAll(async () => {
    if (kind === 'PGlite') {
      database = await openTestStore();
      close = () => database.close();
    } else ({ database, close } = await openPostgresServer());
    outside = createOutsideStore(database, queue, now);
    issues = createOutsideIssueStore(database, now);
  }, 60_000);
  afterAll(() => close());

  const take = async (report: OutsideReport, holder: string, source = 'linear') => {
    const record = aRecord(report, source);
    await outside.store(record, entry('ingress.received'));
    return { record, thread: await outside.take(record, report, holder) };
  };

  it('keeps a body and a delivery once, with its job and its ledger entry', async () => {
    const before = (await listEntries(database)).length;
    sent.length = 0;
    const record = aRecord(aReport('once'));
    const answers = [
      await outside.store(record, entry('ingress.received')),
      await outside.store({ ...record, deliveryId: 'other' }, entry('ingress.received')),
      await outside.store(
        { ...aRecord(aReport('once')), deliveryId: record.deliveryId },
        entry('ingress.received'),
      ),
      await outside.store({ ...record, source: 'sentry' }, entry('ingress.received')),
    ];

    expect(answers).toEqual(['stored', 'duplicate', 'duplicate', 'stored']);
    expect(sent).toEqual([
      { source: 'linear', bodySha256: record.bodySha256 },
      { source: 'sentry', bodySha256: record.bodySha256 },
    ]);
    expect(await listEntries(database)).toHaveLength(before + 2);
    expect(await outside.find(record)).toEqual(record.signal);
  });

  it('takes a failed signal up again, and no other', async () => {
    const record = aRecord(aReport('failed'));
    await outside.store(record, entry('ingress.received'));
    for (const state of ['failed', 'held_back'] as const) {
      const end = { state, because: 'x', holder: 'nobody' };
      await outside.settle(record, end, entry('ingress.held_back'));
      expect(await outside.find(record)).toBeUndefined();
      expect(await outside.store(record, entry('ingress.received'))).toBe(
        state === 'failed' ? 'stored' : 'duplicate',
      );
    }
  });

  it('lets one hold a thread, until it lets go or its time is over', async () => {
    const first = await take(aReport('held'), 'one');
    expect(first.thread).toMatchObject({ issue: null, askedAt: null, leftOut: 0 });
    expect((await take(aReport('held', 1), 'two')).thread).toBeUndefined();
    await outside.release('two');
    expect((await take(aReport('held', 2), 'two')).thread).toBeUndefined();
    await outside.release('one');
    expect((await take(aReport('held', 3), 'two')).thread).toBeDefined();
    clock += 6 * 60_000;
    expect((await take(aReport('held', 4), 'three')).thread).toBeDefined();
    await expect(
      issues.request(
        first.thread as OutsideThread,
        { wanted, limits, holder: 'one' },
        entry('ingress.issue_requested'),
      ),
    ).rejects.toThrow('holds it');
  });

  it('keeps the newest version of a part, and shows the first part with the newest ones', async () => {
    await take(aReport('parts', 50), 'a');
    await outside.release('a');
    const older = await take(aReport('parts', 40), 'b');
    expect(older.thread?.reports.map(({ part }) => part.title)).toEqual(['parts at 50']);
    await outside.release('b');
    for (let minute = 60; minute < 85; minute += 1) {
      await take(aReport('parts', minute, `p${minute}`), 'c');
      await outside.release('c');
    }
    const all = await take(aReport('parts', 85, 'p85'), 'd');

    const titles = all.thread?.reports.map(({ part }) => part.title);
    expect(titles).toHaveLength(21);
    expect(titles?.[0]).toBe('parts at 50');
    expect(titles?.[1]).toBe('parts at 66');
    expect(titles?.at(-1)).toBe('parts at 85');
    expect(all.thread?.leftOut).toBe(6);
  });

  it('counts the issues of an hour: more are refused, and asking again for one is none more', async () => {
    const ask = async (thread: string, holder: string) => {
      const { thread: taken } = await take(aReport(thread), holder, 'busy');
      const answer = await issues.request(
        taken as OutsideThread,
        { wanted, limits, holder },
        entry('ingress.issue_requested'),
      );
      await outside.release(holder);
      return answer;
    };
    expect(await ask('a', '1')).toBeNull();
    expect(await ask('b', '2')).toBeNull();
    expect(await ask('c', '3')).toContain('at most 2 new issues an hour');
    expect(await ask('b', '4')).toBeNull();
    clock += 61 * 60_000;
    expect(await ask('c', '5')).toBeNull();
  });

  it('counts what was written in an hour, once there is an issue', async () => {
    const write = async (minute: number) => {
      const { record, thread } = await take(aReport('w', minute), `w${minute}`, 'writer');
      const holder = `w${minute}`;
      const over = await issues.request(
        thread as OutsideThread,
        { wanted, limits, holder },
        entry('ingress.issue_requested'),
      );
      const state = over === null ? 'written' : 'held_back';
      if (over === null) {
        const issue = { repositoryId: 5, number: 7 };
        await issues.confirm(thread as OutsideThread, issue, entry('ingress.issue_requested'));
      }
      await outside.settle(record, { state, because: '', holder }, entry('ingress.held_back'));
      return over;
    };
    expect([await write(0), await write(1)]).toEqual([null, null]);
    expect(await write(2)).toContain('at most 2 writes an hour');
    clock += 61 * 60_000;
    expect(await write(3)).toBeNull();
  });

  it('gives no issue to two threads', async () => {
    const { thread } = await take(aReport('second'), 's', 'writer');

    await expect(
      issues.confirm(
        thread as OutsideThread,
        { repositoryId: 5, number: 7 },
        entry('ingress.issue_requested'),
      ),
    ).rejects.toThrow(/unique|duplicate/);
  });

  it('sends forgotten jobs again, each once in a while', async () => {
    await outside.requeue();
    const record = aRecord(aReport('forgotten'));
    await outside.store(record, entry('ingress.received'));
    sent.length = 0;
    expect(await outside.requeue()).toBe(0);
    clock += 11 * 60_000;
    await outside.requeue();
    expect(sent).toContainEqual({ source: 'linear', bodySha256: record.bodySha256 });
    expect(await outside.requeue()).toBe(0);
  });

  it('leaves a ledger whose every link holds', async () => {
    expect(verifyChain(await listEntries(database))).toMatchObject({ ok: true });
  });
});
