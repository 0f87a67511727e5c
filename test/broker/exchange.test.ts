import { describe, expect, it } from '@jest/globals';
import type { ExchangeDeps } from '#broker/broker.ts';
import { exchange } from '#broker/broker.ts';
import { toWireError } from '#broker/refusal.ts';
import { Fault } from '#model/fault.ts';
import { aBroker, aLiveRun, ask, claimsOf, grantId, now, publicUrl, sign, trust } from './a-job.ts';

const seconds = now.getTime() / 1000;

async function check(
  claims: Record<string, unknown>,
  changes: Partial<ExchangeDeps> = {},
  phase = 'agent',
): Promise<string> {
  const { deps } = aBroker(changes);
  const answer = await exchange(ask(await sign(claims), phase), deps);
  return answer.ok
    ? 'ok'
    : `${answer.refusal.check} ${answer.refusal.status} ${answer.refusal.reason}`;
}

describe('exchange', () => {
  it('gives the agent job a context session and nothing of GitHub’s', async () => {
    const { deps, entries } = aBroker();

    const answer = await exchange(ask(await sign(claimsOf('agent'))), deps);

    expect(answer).toEqual({
      ok: true,
      value: {
        grant: grantId,
        phase: 'agent',
        repository_id: 74,
        mcp: {
          url: `${publicUrl}/mcp`,
          session_token: `agm_${'1'.padStart(43, 'A')}`,
          tools: ['issue.read'],
          expires_at: '2026-11-22T13:00:00.000Z',
        },
      },
    });
    expect(entries.map((entry) => entry.kind)).toEqual(['broker.exchanged']);
    expect(JSON.stringify(entries)).not.toMatch(/agm_|eyJ/);
  });

  it('gives the report job a way to report and no tool', async () => {
    const { deps } = aBroker();

    const answer = await exchange(ask(await sign(claimsOf('report')), 'report'), deps);

    expect(answer).toMatchObject({
      ok: true,
      value: { phase: 'report', report: { url: `${publicUrl}/v1/report` } },
    });
  });

  it('takes the immutable subject, and a clock that is up to half a minute off', async () => {
    const sub = 'repo:octo-org@65/octo-repo@74:environment:sallyport-agent';

    expect(await check(claimsOf('agent', { sub }))).toBe('ok');
    expect(await check(claimsOf('agent', { iat: seconds + 29, exp: seconds + 329 }))).toBe('ok');
    expect(await check(claimsOf('agent', { iat: seconds - 325, exp: seconds - 25 }))).toBe('ok');
  });

  it('takes a repository that was renamed during the run, because the ids are its identity', async () => {
    const claims = claimsOf('agent', {
      repository: 'octo-org/new-name',
      workflow_ref: 'octo-org/new-name/.github/workflows/sallyport.yml@refs/heads/main',
    });

    expect(await check(claims)).toBe('ok');
  });

  describe('without a signed job (GitHub Enterprise Server)', () => {
    const reduced = { trust: { ...trust, assurance: 'reduced' } } as const;
    const unsigned = (phase: 'agent' | 'report' = 'agent') =>
      claimsOf(phase, { check_run_id: undefined });
    const live = (...jobs: readonly ReturnType<typeof aLiveRun>['jobs'][number][]) => ({
      ...reduced,
      readLive: async () => aLiveRun({ jobs }),
    });
    const agent = { name: 'agent / agent', status: 'in_progress', checkRunId: 701 };
    const other = { name: 'report / report', status: 'in_progress', checkRunId: 702 };

    it('refuses, unless the operator chose reduced assurance', async () => {
      expect(await check(unsigned())).toBe('C2 401 invalid_token');
      expect(await check(unsigned(), reduced)).toBe('ok');
      expect(await check(unsigned('report'), reduced, 'report')).toBe('ok');
    });

    it('binds the session to the one job of the phase’s name, and says in the ledger that it was not signed', async () => {
      const { deps, entries } = aBroker(live(other, agent));

      expect(await exchange(ask(await sign(unsigned())), deps)).toMatchObject({ ok: true });
      expect(entries[0]).toMatchObject({
        actor: 'job:5001/unsigned',
        facts: { checkRunId: 701, assurance: 'reduced' },
      });
    });

    it.each<[string, readonly (typeof agent)[]]>([
      ['no job of that name', [other]],
      ['one that has ended', [{ ...agent, status: 'completed' }, other]],
      ['two of them', [agent, { ...agent, checkRunId: 703 }]],
    ])('refuses %s', async (_name, jobs) => {
      expect(await check(unsigned(), live(...jobs))).toBe('E2 403 denied');
      expect(await check(unsigned(), live(agent, other))).toBe('ok');
    });

    it('still holds a token that does name its job to that job', async () => {
      expect(await check(claimsOf('agent', { check_run_id: '702' }), reduced)).toBe(
        'E2 403 denied',
      );
      expect(await check(claimsOf('agent', { check_run_id: '0701' }), reduced)).toBe(
        'C2 401 invalid_token',
      );
      expect(await check(claimsOf('agent'), reduced)).toBe('ok');
    });

    it('gives up nothing else', async () => {
      for (const change of [
        { environment: 'sallyport-report' },
        { environment: undefined },
        { run_id: '5002' },
        { job_workflow_sha: 'e'.repeat(40) },
        { repository_id: '75' },
      ]) {
        expect(await check({ ...unsigned(), ...change }, reduced)).toMatch(/^[CD]\d 40[13] /);
      }
    });
  });

  it('does not turn a mistake of our own into an answer about the token', async () => {
    const readLive = async () => Promise.reject(new TypeError('a mistake'));

    await expect(check(claimsOf('agent'), { readLive })).rejects.toThrow('a mistake');
    expect(
      await check(claimsOf('agent'), {
        readLive: async () => Promise.reject(new Fault('GITHUB_UNAVAILABLE', 'no answer')),
      }),
    ).toBe('E1 503 temporarily_unavailable');
  });

  it('T-E11 keeps the precise reason in the ledger and none of it in the answer', async () => {
    const { deps, entries } = aBroker();

    const answer = await exchange(ask(await sign(claimsOf('agent', { run_id: '5002' }))), deps);

    expect(entries).toMatchObject([
      { kind: 'broker.refused', facts: { check: 'D4', detail: 'expected run_id 5001, got 5002' } },
    ]);
    expect(JSON.stringify(!answer.ok && toWireError(answer.refusal, 'r'))).not.toContain('500');
  });
});
