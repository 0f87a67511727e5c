import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { admit } from '#dispatch/admit.ts';
import type { CommandRow } from '#postgres/command-store.ts';
import { createCommandStore } from '#postgres/command-store.ts';
import type { Database } from '#postgres/database.ts';
import { createGrantStore } from '#postgres/grant-store.ts';
import { listLatestEntries } from '#postgres/ledger-store.ts';
import { createReviewStore } from '#postgres/review-store.ts';
import { createWaiverStore } from '#postgres/waiver-store.ts';
import { aRuling, repository } from '../dispatch/a-ruling.ts';
import { openTestStore } from '../fake/store.ts';
import { openPostgresServer } from './postgres-server.ts';

const noon = new Date('2026-11-23T12:00:00Z');
const now = () => noon;
const entry = {
  kind: 'command.received',
  runId: null,
  repositoryId: repository.id,
  actor: 'user:mara#1',
  facts: {},
} as const;

let commentId = 100;
function aCommand(name: string | null, changes: Partial<CommandRow> = {}): CommandRow {
  commentId += 1;
  return {
    repositoryId: repository.id,
    commentId,
    nodeId: `IC_${commentId}`,
    issue: 4,
    name,
    sender: { id: 1, login: 'mara' },
    at: noon.toISOString(),
    ...changes,
  };
}

describe.each(['PGlite', 'PostgreSQL'])('commands on %s', (kind) => {
  let database: Database;
  let close: () => Promise<void>;
  const sent: object[] = [];
  const queue = { send: async (_tx: unknown, _name: string, data: object) => void sent.push(data) };
  beforeAll(async () => {
    if (kind === 'PGlite') {
      database = await openTestStore();
      close = () => database.close();
    } else ({ database, close } = await openPostgresServer());
  }, 60_000);
  afterAll(() => close());

  it('delivery:any-order: are kept once by their comment, with one entry, until they are answered', async () => {
    const store = createCommandStore(database, now);
    const row = aCommand('stop');
    const answers = await Promise.all([1, 2, 3].map(() => store.receive(row, entry)));
    await store.answered(row);

    expect([...answers].sort()).toEqual(['again', 'again', 'new']);
    expect(await store.receive(row, entry)).toBe('done');
    const entries = await listLatestEntries(database);
    expect(entries.filter((one) => one.kind === 'command.received')).toHaveLength(1);
    expect(await store.findCommentId(row.nodeId)).toBe(row.commentId);
    expect(await store.findCommentId('IC_none')).toBeUndefined();
  });

  it('count for what came before them once their role was enough, and only those that restrain', async () => {
    const store = createCommandStore(database, now);
    const issue = 7;
    const before = aCommand('hold', { issue });
    const [stop, outsiders, hold, why] = [
      aCommand('stop', { issue }),
      aCommand('stop', { issue, sender: { id: 9, login: 'eve' } }),
      aCommand('hold', { issue, at: '2026-11-23T12:00:05.000Z' }),
      aCommand('why', { issue }),
    ];
    for (const row of [before, stop, outsiders, hold, why]) await store.receive(row, entry);
    for (const row of [before, stop, hold, why]) await store.allow(row, 'triage');
    const list = async (after: { commentId: number } | { at: string }) =>
      (await store.listLater({ repositoryId: repository.id, issue, after })).map(
        ({ name, by }) => `${name} ${by}`,
      );

    expect(await list({ commentId: before.commentId })).toEqual([
      'stop user:mara#1',
      'hold user:mara#1',
    ]);
    expect(await list({ commentId: hold.commentId })).toEqual([]);
    expect(await list({ at: '2026-11-23T12:00:00Z' })).toHaveLength(3);
    expect(await list({ at: '2026-11-23T12:00:01Z' })).toEqual(['hold user:mara#1']);
  });

  it('find what was decided last about an issue, and about no other', async () => {
    const store = createCommandStore(database, now);
    const decided = { ...entry, kind: 'policy.decided' } as const;
    for (const [issue, verdict] of [
      [11, 'deny'],
      [11, 'allow'],
      [111, 'hold'],
    ] as const)
      await store.append({ ...decided, facts: { issue, verdict } });

    expect(await store.findDecided(repository.id, 11)).toMatchObject({
      facts: { verdict: 'allow' },
    });
    expect(await store.findDecided(repository.id, 1)).toBeUndefined();
  });

  it('keep the first waiver of a finding, with its entry and the gate’s job, and the gate reads it', async () => {
    const grants = createGrantStore(database, queue, now, { parallel: 1000, runsPerDay: 1000 });
    let ids = 0;
    const newId = () => {
      ids += 1;
      return `019e0000-0000-7000-8000-${ids.toString(16).padStart(12, '0')}`;
    };
    const { open, release, rehold, fail } = grants;
    const admitted = await admit(aRuling(21), {
      ...{ now, newId, open, release, rehold, fail },
      sayEnded: async () => {},
      sendReceipt: async () => {},
    });
    if (!admitted.ok) throw new Error(admitted.refusal.sentence);
    const head = 'd'.repeat(40);
    await database.query(
      `insert into evidence (id, run_id, repository_id, head_sha, base_sha, policy_sha256,
         manifest_sha256, manifest, envelope, created_at)
       values ('ev_1', $1, $2, $3, '', '', '', $4, '{}', $5)`,
      [admitted.value.id, repository.id, head, { verdict: { result: 'unproven' } }, noon],
    );
    const store = createWaiverStore(database, queue, now);
    const place = { runId: admitted.value.id, repositoryId: repository.id, pull: 9 };
    const row = {
      evidenceId: 'ev_1',
      finding: 'T05',
      reason: 'it moved to another file',
      by: { id: 2, login: 'rene' },
      commentId: 5,
    };
    sent.length = 0;
    const first = await store.keep(row, place);
    const second = await store.keep({ ...row, by: { id: 3, login: 'otto' }, commentId: 6 }, place);

    expect(first).toMatchObject({ by: { login: 'rene' }, commentId: 5 });
    expect(second).toEqual(first);
    expect(sent).toEqual([{ repositoryId: repository.id, pull: 9 }]);
    const waived = (await listLatestEntries(database)).filter(
      (one) => one.kind === 'review.waived',
    );
    expect(waived).toMatchObject([{ actor: 'user:rene#2', facts: { finding: 'T05' } }]);
    const reviews = createReviewStore(database, now);
    expect(await reviews.findEvidence(repository.id, head)).toMatchObject({
      result: 'unproven',
      waivers: [{ finding: 'T05', by: { id: 2, login: 'rene' } }],
    });
  });
});
