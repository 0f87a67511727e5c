import { describe, expect, it } from '@jest/globals';
import { toSessionToken } from '#broker/check-request.ts';
import type { RevokeDeadDeps } from '#broker/session.ts';
import { checkSession, report, revoke, revokeDead, revokeJob } from '#broker/session.ts';
import { verifyProof } from '#broker/verify-token.ts';
import { sha256 } from '#model/digest.ts';
import type { Session } from '#model/session.ts';
import { aGrant, aLiveRun, now, publicUrl } from './a-job.ts';

const token = `agm_${'A'.repeat(43)}`;

function open(changes: Partial<Session> = {}) {
  const session: Session = {
    tokenSha256: sha256(token),
    grantId: 'g',
    runId: 'r',
    repositoryId: 74,
    phase: 'report',
    checkRunId: 702,
    tools: [],
    expiresAt: '2026-11-22T13:00:00.000Z',
    keyThumbprint: null,
    ...changes,
  };
  const asked: string[] = [];
  const saved: unknown[] = [];
  return {
    session,
    asked,
    saved,
    deps: {
      publicUrl,
      burn: async () => true,
      verifyProof,
      now: () => now,
      findSession: async (digest: string) => {
        asked.push(digest);
        return digest === session.tokenSha256 ? session : undefined;
      },
      saveReport: async (_session: Session, document: unknown) =>
        saved.push(document) === 1 ? ('saved' as const) : ('repeated' as const),
    },
  };
}

const artifact = { id: 9, digest: `sha256:${'a'.repeat(64)}` };
const told = {
  agent: { outcome: 'success', result: 'changed', artifact },
  verify: { outcome: 'success', artifact: { ...artifact, digest: 'b'.repeat(64) } },
};
const request = (value: unknown) => ({
  proofs: [],
  contentType: 'application/json; charset=utf-8',
  body: Buffer.from(JSON.stringify(value)),
});

describe('checkSession', () => {
  it('finds a live session by the digest of its token', async () => {
    const { deps, session, asked } = open();

    expect(await checkSession(token, 'report', deps)).toEqual({ ok: true, value: session });
    expect(asked).toEqual([sha256(token)]);
  });

  it.each([
    ['T-M1 an expired session', token, { expiresAt: now.toISOString() }, 401],
    ['T-M2 a session of the other phase', token, { phase: 'agent' as const }, 403],
    ['T-M6 an ID token', 'eyJhbGciOi.eyJ.x', {}, 401],
    ['T-M6 an installation token', `ghs_${'A'.repeat(43)}`, {}, 401],
    ['T-M7 a guessed token', `agm_${'B'.repeat(43)}`, {}, 401],
  ])('refuses %s', async (_name, presented, changes, status) => {
    const { deps } = open(changes);

    expect(await checkSession(presented, 'report', deps)).toMatchObject({
      ok: false,
      refusal: { status },
    });
  });
});

describe('checkSession, of what is no token', () => {
  it.each([`x${token}`, `${token}A`, 'nonsense', ''])(
    'looks nothing up for %j',
    async (presented) => {
      const { deps, asked } = open();

      expect(await checkSession(presented, 'report', deps)).toMatchObject({ ok: false });
      expect(asked).toEqual([]);
    },
  );
});

describe('toSessionToken', () => {
  it('takes exactly one bearer header', () => {
    expect(toSessionToken([`Bearer ${token}`])).toBe(token);
    expect(toSessionToken([])).toBeUndefined();
    expect(toSessionToken([`Bearer ${token}`, `Bearer ${token}`])).toBeUndefined();
    expect(toSessionToken([`Bearer ${token}\n`])).toBeUndefined();
    expect(toSessionToken([`token ${token}`])).toBeUndefined();
    expect(toSessionToken([`x Bearer ${token}`])).toBeUndefined();
  });
});

describe('report', () => {
  it('keeps ids and digests in one form, and takes a repetition calmly', async () => {
    const { deps, saved } = open();

    expect(await report(token, request(told), deps)).toEqual({
      ok: true,
      value: { repeated: false },
    });
    expect(await report(token, request(told), deps)).toEqual({
      ok: true,
      value: { repeated: true },
    });
    expect(saved[0]).toMatchObject({ agent: { artifact: { id: 9, digest: 'a'.repeat(64) } } });
  });

  it('P2: takes nothing of a session that is bound to a key from who does not hold it', async () => {
    const { deps, saved } = open({ keyThumbprint: 'of-the-key' });

    expect(await report(token, request(told), deps)).toMatchObject({
      ok: false,
      refusal: { status: 401, check: 'P1' },
    });
    expect(saved).toEqual([]);
  });

  it('takes jobs that ended without an artifact', async () => {
    const { deps } = open();
    const nothing = {
      agent: { outcome: 'failure', result: null, artifact: null },
      verify: { outcome: 'skipped', artifact: null },
    };

    expect(await report(token, request(nothing), deps)).toMatchObject({ ok: true });
  });

  it.each([
    ['a member more', { ...told, token: 'x' }],
    ['a member less', { agent: told.agent }],
    ['an id as text', { ...told, verify: { ...told.verify, artifact: { ...artifact, id: '9' } } }],
    [
      'a short digest',
      { ...told, verify: { ...told.verify, artifact: { ...artifact, digest: 'abc' } } },
    ],
    [
      'a digest with something in front',
      {
        ...told,
        agent: { ...told.agent, artifact: { ...artifact, digest: `x${'a'.repeat(64)}` } },
      },
    ],
    [
      'a digest with something behind',
      {
        ...told,
        agent: { ...told.agent, artifact: { ...artifact, digest: `${'a'.repeat(64)}x` } },
      },
    ],
    ['an unknown outcome of the agent', { ...told, agent: { ...told.agent, outcome: 'neutral' } }],
    ['an unknown result', { ...told, agent: { ...told.agent, result: 'proven' } }],
    ['an unknown outcome', { ...told, verify: { outcome: 'neutral', artifact: null } }],
  ])('refuses %s, and keeps nothing', async (_name, value) => {
    const { deps, saved } = open();

    expect(await report(token, request(value), deps)).toMatchObject({
      ok: false,
      refusal: { status: 400 },
    });
    expect(saved).toEqual([]);
  });

  it.each([
    ['another content type', { ...request(told), contentType: 'text/plain' }, 415],
    ['too much', { ...request(told), body: Buffer.alloc(5000, ' ') }, 413],
    ['no JSON', { ...request(told), body: Buffer.from('{') }, 400],
  ])('refuses %s by its own status', async (_name, wrong, status) => {
    const { deps } = open();

    expect(await report(token, wrong, deps)).toMatchObject({ ok: false, refusal: { status } });
  });

  it('run:identity: refuses when the session ends while it is used', async () => {
    const { deps } = open();
    const late = { ...deps, saveReport: async () => 'dead' as const };

    expect(await report(token, request(told), late)).toMatchObject({
      ok: false,
      refusal: { status: 401, check: 'M1' },
    });
    expect(await report(token, request(told), deps)).toMatchObject({ ok: true });
  });

  it('refuses an agent’s session, whatever it says', async () => {
    const { deps, saved } = open({ phase: 'agent' });

    expect(await report(token, request(told), deps)).toMatchObject({
      ok: false,
      refusal: { status: 403 },
    });
    expect(saved).toEqual([]);
  });
});

describe('revoke', () => {
  it('ends the session by its digest, and asks nobody about what is no token', async () => {
    const revoked: string[] = [];
    const deps = { revokeSession: async (digest: string) => revoked.push(digest) > 0 };

    await revoke(token, deps);
    await revoke('nonsense', deps);

    expect(revoked).toEqual([sha256(token)]);
  });

  it('run:identity: T-E5 a phase’s job ends what it held, and the verify job held nothing', async () => {
    const asked: unknown[] = [];
    const deps = {
      revokePhase: async (id: number, phase: string) => asked.push([id, phase]),
    };

    await revokeJob(5001, 'agent / agent', deps);
    await revokeJob(5001, 'verify / verify', deps);
    await revokeJob(5001, 'report / report', deps);

    expect(asked).toEqual([
      [5001, 'agent'],
      [5001, 'report'],
    ]);
  });
});

describe('revokeDead', () => {
  const [agentJob, reportJob] = aLiveRun().jobs;

  it.each<[string, ReturnType<typeof aLiveRun> | null, readonly string[]]>([
    ['nothing while the job works', aLiveRun(), []],
    ['the run when it is over', aLiveRun({ status: 'completed' }), ['run']],
    ['the run when it is gone', null, ['run']],
    ['the run when somebody started it again', aLiveRun({ attempt: 2 }), ['run']],
    [
      'the phase whose job ended',
      aLiveRun({ jobs: [{ name: 'agent / agent', status: 'completed', checkRunId: 701 }] }),
      ['agent 5001'],
    ],
    [
      'the phase whose job is gone',
      aLiveRun({ jobs: reportJob ? [reportJob] : [] }),
      ['agent 5001'],
    ],
    ['nothing of the phases that go on', aLiveRun({ jobs: agentJob ? [agentJob] : [] }), []],
  ])('run:identity: T-E6 without a webhook, ends %s', async (_name, live, ended) => {
    const log: string[] = [];
    const deps: RevokeDeadDeps = {
      listLiveSessions: async () => [
        { grant: aGrant(), jobs: [{ phase: 'agent', checkRunId: 701 }] },
      ],
      readLive: async () => live,
      revokeRun: async () => log.push('run'),
      revokePhase: async (id, phase) => log.push(`${phase} ${id}`),
    };

    await revokeDead(deps);

    expect(log).toEqual(ended);
  });

  it('run:identity: ends what is over after a grant that GitHub does not answer about, and says so', async () => {
    const log: string[] = [];
    const silent = aGrant({ runId: 'run-silent' });
    const deps: RevokeDeadDeps = {
      listLiveSessions: async () =>
        [silent, aGrant({ runId: 'run-over' })].map((grant) => ({
          grant,
          jobs: [{ phase: 'agent', checkRunId: 701 }],
        })),
      readLive: async ({ runId }) => {
        if (runId === silent.runId) throw new Error('403: the installation is suspended');
        return aLiveRun({ status: 'completed' });
      },
      revokeRun: async (runId) => log.push(`ended ${runId}`),
      revokePhase: async (id, phase) => log.push(`${phase} ${id}`),
    };

    expect(await revokeDead(deps)).toEqual({
      revoked: 1,
      unread: [{ runId: 'run-silent', because: 'Error: 403: the installation is suspended' }],
    });
    // What cannot be read is not over: an outage of GitHub's revokes nothing.
    expect(log).toEqual(['ended run-over']);
  });
});
