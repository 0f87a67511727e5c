import { describe, expect, it } from '@jest/globals';
import type { AdmitDeps } from '#dispatch/admit.ts';
import { admit } from '#dispatch/admit.ts';
import { buildGrant } from '#dispatch/build-grant.ts';
import { buildRun } from '#dispatch/build-run.ts';
import type { StartDeps } from '#dispatch/dispatch.ts';
import { findStarted, start } from '#dispatch/dispatch.ts';
import type { SeenRun } from '#dispatch/match-run.ts';
import { matchRun } from '#dispatch/match-run.ts';
import type { EntryDraft } from '#model/entry.ts';
import { aPolicy, aRuling } from './a-ruling.ts';

const noon = new Date('2026-11-22T12:00:00Z');
const run = {
  ...buildRun(aRuling(4), { run: 'run-4', chain: 'chain-4' }, noon),
  state: 'admitted' as const,
};
const grant = buildGrant('grant-4', run, aPolicy(), noon);
const seen: SeenRun = {
  id: 70,
  event: 'workflow_dispatch',
  headSha: grant.sha,
  path: '.github/workflows/sallyport.yml',
  actorId: 99,
  attempt: 1,
  createdAt: '2026-11-22T12:00:00Z',
  title: 'sallyport',
};

function open(changes: Partial<StartDeps> = {}) {
  const log: string[] = [];
  const clock = { now: noon };
  const deps: StartDeps = {
    botUserId: 99,
    now: () => clock.now,
    findRun: async () => run,
    findGrant: async () => grant,
    readHead: async () => ({
      ref: grant.ref,
      sha: grant.sha,
      sha256: run.policySha256,
      organizationSha256: null,
    }),
    rebase: async (_run, base) => void log.push(`rebase ${base.sha[0]}`),
    findRequested: async () => undefined,
    append: async (entry: EntryDraft) =>
      void log.push(`${entry.kind} ${entry.facts.sha?.toString()[0]}`),
    requestRun: async (_place, ref, id) => {
      log.push(`request ${ref} ${id}`);
      return { kind: 'started', workflowRunId: 70 };
    },
    listDispatched: async () => [],
    listTaken: async () => [],
    bind: async (_run, bound, id) => {
      log.push(`bind ${id} ${bound.sha[0]}`);
      return 'bound';
    },
    cancelRun: async (_place, id) => void log.push(`cancel ${id}`),
    fail: async (_run, because) => void log.push(`fail ${because}`),
    ...changes,
  };
  return { deps, log, clock };
}

describe('start', () => {
  it('ledger:first: records the request, then asks, then binds the run that GitHub names', async () => {
    const { deps, log } = open();

    expect(await start('run-4', deps)).toEqual({ ok: true, value: { workflowRunId: 70 } });
    expect(log).toEqual(['dispatch.requested a', 'request refs/heads/main grant-4', 'bind 70 a']);
  });

  it('policy:from-base: starts from a head that moved, while the policy there is the same', async () => {
    const { deps, log } = open({
      readHead: async () => ({
        ref: grant.ref,
        sha: 'b'.repeat(40),
        sha256: run.policySha256,
        organizationSha256: null,
      }),
    });

    await start('run-4', deps);

    expect(log).toEqual([
      'rebase b',
      'dispatch.requested b',
      'request refs/heads/main grant-4',
      'bind 70 b',
    ]);
  });

  const decided = {
    ref: grant.ref,
    sha: grant.sha,
    sha256: run.policySha256,
    organizationSha256: null,
  };
  it.each([
    ['changed', { ...decided, sha256: 'e'.repeat(64) }],
    ['gone', { ...decided, sha256: null }],
    ['under another organization’s', { ...decided, organizationSha256: 'e'.repeat(64) }],
    ['in a repository that is gone', null],
  ])('policy:from-base: starts nothing under a policy that is %s', async (_name, head) => {
    const { deps, log } = open({ readHead: async () => head });

    expect(await start('run-4', deps)).toMatchObject({
      ok: false,
      refusal: { reason: 'base_changed' },
    });
    expect(log).toEqual([expect.stringContaining('fail the policy changed')]);
  });

  it('ends the run in one sentence when the caller workflow is missing', async () => {
    const sentence = 'expected .github/workflows/sallyport.yml on the default branch';
    const { deps, log } = open({ requestRun: async () => ({ kind: 'refused', sentence }) });

    expect(await start('run-4', deps)).toMatchObject({
      ok: false,
      refusal: { reason: 'workflow_missing' },
    });
    expect(log.at(-1)).toBe(`fail ${sentence}`);
  });

  it('finds the run itself where GitHub does not name it', async () => {
    const { deps, log } = open({
      requestRun: async () => ({ kind: 'unnamed' }),
      listDispatched: async () => [seen],
    });

    expect(await start('run-4', deps)).toEqual({ ok: true, value: { workflowRunId: 70 } });
    expect(log.at(-1)).toBe('bind 70 a');
  });

  it('does not ask again after a crash when the run that was asked for is there', async () => {
    const { deps, log } = open({
      findRequested: async () => noon.toISOString(),
      listDispatched: async () => [seen],
    });

    expect(await start('run-4', deps)).toEqual({ ok: true, value: { workflowRunId: 70 } });
    expect(log).toEqual(['bind 70 a']);
  });

  it('waits for the list after a crash, and asks again only when nothing came', async () => {
    const { deps, log, clock } = open({ findRequested: async () => noon.toISOString() });

    await expect(start('run-4', deps)).rejects.toMatchObject({ code: 'GITHUB_UNAVAILABLE' });
    expect(log).toEqual([]);

    clock.now = new Date(noon.getTime() + 21_000);
    expect(await start('run-4', deps)).toMatchObject({ ok: true });
    expect(log).toEqual(['dispatch.requested a', 'request refs/heads/main grant-4', 'bind 70 a']);
  });

  it('guesses nothing between two runs', async () => {
    const { deps, log } = open({
      findRequested: async () => noon.toISOString(),
      listDispatched: async () => [seen, { ...seen, id: 71 }],
    });

    expect(await start('run-4', deps)).toMatchObject({
      ok: false,
      refusal: { reason: 'ambiguous' },
    });
    expect(log).toEqual([expect.stringContaining('expected one new workflow run, got 2')]);
  });

  it('answers a repeated job with what is already so', async () => {
    const { deps, log } = open({
      findRun: async () => ({ ...run, state: 'working', workflowRunId: 70 }),
    });

    expect(await start('run-4', deps)).toEqual({ ok: true, value: { workflowRunId: 70 } });
    expect(log).toEqual([]);
  });

  it('stop:closed: starts nothing for a run that was stopped', async () => {
    const { deps, log } = open({ findRun: async () => ({ ...run, state: 'cancelled' }) });

    expect(await start('run-4', deps)).toMatchObject({
      ok: false,
      refusal: { reason: 'not_admitted' },
    });
    expect(log).toEqual([]);
  });
});

describe('matchRun', () => {
  const wanted = {
    grantId: grant.id,
    headSha: grant.sha,
    path: '.github/workflows/sallyport.yml',
    actorId: 99,
    requestedAt: '2026-11-22T12:00:00.700Z',
    taken: [60],
  };

  it('knows its run, also where GitHub writes the ref behind the path', () => {
    expect(matchRun([{ ...seen, path: `${seen.path}@main` }], wanted)).toEqual({
      kind: 'one',
      workflowRunId: 70,
    });
  });

  it('tells runs that were asked for at once apart by the grants they carry', () => {
    const [mine, other] = ['a', 'b'].map(
      (digit) => `${digit.repeat(8)}-1111-7111-8111-${digit.repeat(12)}`,
    );
    const runs = [other, mine].map((id, index) => ({
      ...seen,
      id: 71 + index,
      title: `sallyport ${id}`,
    }));

    expect(matchRun(runs, { ...wanted, grantId: mine ?? '' })).toEqual({
      kind: 'one',
      workflowRunId: 72,
    });
    expect(matchRun(runs.slice(0, 1), { ...wanted, grantId: mine ?? '' })).toEqual({
      kind: 'none',
    });
    const untitled = runs.map((one) => ({ ...one, title: 'sallyport' }));
    expect(matchRun(untitled, { ...wanted, grantId: mine ?? '' })).toMatchObject({ kind: 'many' });
  });

  it.each<[string, Partial<SeenRun>]>([
    ['a person’s', { actorId: 1 }],
    ['another workflow’s', { path: '.github/workflows/ci.yml' }],
    ['another commit’s', { headSha: 'e'.repeat(40) }],
    ['an older one', { createdAt: '2026-11-22T11:59:00Z' }],
    ['a second attempt', { attempt: 2 }],
    ['a pushed one', { event: 'push' }],
    ['another grant’s', { id: 60 }],
  ])('does not take %s for it', (_name, changes) => {
    expect(matchRun([{ ...seen, ...changes }], wanted)).toEqual({ kind: 'none' });
  });
});

describe('admit', () => {
  it('opens nothing for a denial, and says why on the issue', async () => {
    const sent: string[] = [];
    const deps: AdmitDeps = {
      now: () => noon,
      newId: () => 'id',
      open: async () => Promise.reject(new Error('opened')),
      release: async () => 'moved',
      rehold: async () => {},
      fail: async () => {},
      sayEnded: async () => {},
      sendReceipt: async (ruling) => void sent.push(ruling.eventId),
    };
    const { eventId, cause, installationId, repository, requester, issue } = aRuling(4);
    const reasons = [
      { rule: 'requester-role', outcome: 'fail', sentence: 'mona has no role' },
    ] as const;

    const denied = {
      kind: 'denied',
      eventId,
      cause,
      installationId,
      repository,
      requester,
      decision: { verdict: 'deny', reasons },
      policySha256: null,
      organizationPolicySha256: null,
      baseSha: null,
    } as const;

    const answer = await admit({ ...denied, issue }, deps);
    await admit({ ...denied, eventId: 'unreached', issue: { ...issue, id: null } }, deps);

    expect(answer).toEqual({
      ok: false,
      refusal: { reason: 'denied', sentence: 'mona has no role' },
    });
    expect(sent).toEqual(['event-4']);
  });
});

describe('findStarted', () => {
  const ours = { ...seen, title: 'sallyport grant-4' };
  const asked = { findRequested: async () => noon.toISOString() };

  it('finds the workflow run of a run that was ended before its number was kept', async () => {
    const { deps } = open({
      ...asked,
      listDispatched: async () => [{ ...ours, id: 69, attempt: 2 }, ours],
    });
    expect(await findStarted(run, deps)).toEqual({ kind: 'one', workflowRunId: 70 });
  });

  it('waits for GitHub’s list as long as a start does, and asks nothing when nothing was asked for', async () => {
    const { deps, clock } = open(asked);
    expect(await findStarted(run, deps)).toEqual({ kind: 'not_listed_yet' });
    clock.now = new Date(noon.getTime() + 21_000);
    expect(await findStarted(run, deps)).toEqual({ kind: 'none' });

    const silent = open({ listDispatched: () => Promise.reject(new Error('asked GitHub')) });
    expect(await findStarted(run, silent.deps)).toEqual({ kind: 'none' });
  });
});
