import { describe, expect, it } from '@jest/globals';
import type { ExchangeDeps } from '#broker/broker.ts';
import { exchange } from '#broker/broker.ts';
import type { LiveRun } from '#broker/check-live.ts';
import { Fault } from '#model/fault.ts';
import { aBroker, aGrant, aLiveRun, ask, claimsOf, now, sign } from '../a-job.ts';
import type { Threat } from './a-threat.ts';
import { answerTo, subjectForms } from './a-threat.ts';

const denied = (check: string) => `${check} 403 denied`;
const live = (changes: Partial<LiveRun>) => ({ readLive: async () => aLiveRun(changes) });
const granted = (...[changes]: Parameters<typeof aGrant>) => ({
  findGrant: async () => aGrant(changes),
});
const agentJob = { name: 'agent / agent', status: 'in_progress', checkRunId: 701 };

/** GitHub agrees with the token: the run that asks is alive, only it is not the granted one. */
const ofRun = (id: number) => ({ claims: { run_id: String(id) }, given: live({ id }) });

const events = [
  ...['pull_request', 'pull_request_target', 'workflow_run', 'issue_comment', 'issues', 'push'],
  ...['schedule', 'repository_dispatch', 'merge_group', 'workflow_call'],
];

const threats: readonly Threat[] = [
  { name: 'T-D1 a run that a writer started by hand', ...ofRun(5002), hears: denied('D4') },
  {
    name: 'T-D1 our run with a person as its actor',
    claims: { actor_id: '1' },
    hears: denied('D4'),
  },
  {
    name: 'T-D2 a second attempt',
    claims: { run_attempt: '2' },
    given: live({ attempt: 2 }),
    hears: denied('D4'),
  },
  {
    name: 'T-D3 a re-run by a person whose token still names the bot',
    given: live({ triggeringActorId: 1 }),
    hears: denied('E1'),
  },
  {
    name: 'T-D3 a run that says nobody started it',
    given: live({ triggeringActorId: null }),
    hears: denied('E1'),
  },
  {
    name: 'T-D4 a newer attempt than the token’s',
    given: live({ attempt: 2 }),
    hears: denied('E1'),
  },
  ...events.map((event) => ({
    name: `T-D5 the event ${event}`,
    claims: { event_name: event },
    hears: denied('D4'),
  })),
  { name: 'T-D5 the head of a pull request', claims: { head_ref: 'x' }, hears: denied('C3') },
  { name: 'T-D5 the base of a pull request', claims: { base_ref: 'main' }, hears: denied('C3') },
  {
    name: 'T-D5 a run that GitHub says another event started',
    given: live({ event: 'push' }),
    hears: denied('E1'),
  },
  { name: 'T-D6 the agent’s job, asking for the report', phase: 'report', hears: denied('D6') },
  {
    name: 'T-D6 the report’s job, asking for the agent’s',
    job: 'report',
    phase: 'agent',
    hears: denied('D6'),
  },
  {
    name: 'T-D6 the agent’s job that says it is the report’s workflow and environment',
    job: 'report',
    claims: { check_run_id: '701' },
    hears: denied('E2'),
  },
  {
    name: 'T-D7 the report’s job without an environment',
    job: 'report',
    claims: { environment: undefined },
    hears: 'C2 401 invalid_token',
  },
  {
    name: 'T-D7 the report’s job in the agent’s environment',
    job: 'report',
    claims: { environment: 'sallyport-agent' },
    hears: denied('D7'),
  },
  {
    name: 'T-D7 the agent’s job in another environment',
    claims: { environment: 'production' },
    hears: denied('D7'),
  },
  {
    name: 'T-D9 a second issuance of the phase',
    given: { issue: async () => 'phase_already_issued' },
    hears: 'F1 409 phase_already_issued',
  },
  {
    name: 'T-D9 the report before the agent',
    given: { issue: async () => 'phase_out_of_order' },
    hears: 'F1 409 phase_out_of_order',
  },
  {
    name: 'T-D10 a stolen token after the run ended',
    given: live({ status: 'completed' }),
    hears: denied('E1'),
  },
  { name: 'T-D10 a run that still waits', given: live({ status: 'queued' }), hears: denied('E1') },
  { name: 'T-D10 a run that is gone', given: { readLive: async () => null }, hears: denied('E1') },
  {
    name: 'T-D10 a stolen token after its job ended, while the run goes on',
    given: live({ jobs: [{ ...agentJob, status: 'completed' }] }),
    hears: denied('E2'),
  },
  { name: 'T-D11 the job of another run', claims: { check_run_id: '999' }, hears: denied('E2') },
  {
    name: 'T-D11 a job of another name',
    given: live({ jobs: [{ ...agentJob, name: 'verify / verify' }] }),
    hears: denied('E2'),
  },
  {
    name: 'T-D11 no job',
    claims: { check_run_id: undefined },
    hears: 'C2 401 invalid_token',
  },
  { name: 'T-D11 another run’s answer', given: live({ id: 5002 }), hears: denied('E1') },
  {
    name: 'T-C5 a run of another head',
    given: live({ headSha: 'e'.repeat(40) }),
    hears: denied('E1'),
  },
  {
    name: 'T-C1 a run of another file',
    given: live({ path: '.github/workflows/x.yml' }),
    hears: denied('E1'),
  },
  {
    name: 'T-D12 an expired grant',
    given: granted({ expiresAt: now.toISOString() }),
    hears: 'D8 410 grant_closed',
  },
  {
    name: 'T-D12 a closed grant: unlabelled, stopped, or its issue closed',
    given: granted({ state: 'closed' }),
    hears: 'D8 410 grant_closed',
  },
  {
    name: 'T-D12 a grant closed before it had a run',
    given: granted({ state: 'closed', workflowRunId: null }),
    hears: 'D8 410 grant_closed',
  },
  {
    name: 'T-D12 a grant that was closed while the exchange went on',
    given: { issue: async () => 'grant_closed' },
    hears: 'F1 410 grant_closed',
  },
  {
    name: 'T-D13 a grant without a run yet',
    given: granted({ state: 'pending', workflowRunId: null }),
    hears: 'D3 409 grant_pending',
  },
  ...(['triage', 'read', 'none'] as const).map((role) => ({
    name: `T-D15 a report for somebody who has ${role} by now`,
    job: 'report' as const,
    given: { readRole: async () => role },
    hears: denied('E3'),
  })),
  {
    name: 'T-E12 an installation that is suspended or gone',
    given: { readLive: async () => Promise.reject(new Fault('GITHUB_REFUSED', 'no')) },
    hears: denied('E1'),
  },
  {
    name: 'T-E12 an installation whose grants were closed with it',
    given: granted({ state: 'closed' }),
    hears: 'D8 410 grant_closed',
  },
  {
    name: 'T-E12 GitHub out of reach, as something to try again',
    given: { readLive: async () => Promise.reject(new Fault('GITHUB_UNAVAILABLE', 'no')) },
    hears: 'E1 503 temporarily_unavailable',
  },
];

describe('which run, job, phase and person', () => {
  describe.each(subjectForms)('with a subject of %s', (form) => {
    it.each(threats)('$name: $hears', async (threat) => {
      expect(await answerTo(threat, form)).toBe(threat.hears);
      expect(await answerTo({ job: threat.job ?? 'agent' }, form)).toBe('ok');
    });

    it('T-D15 a report for somebody who has write or more', async () => {
      for (const role of ['write', 'maintain', 'admin'] as const) {
        expect(await answerTo({ job: 'report', given: { readRole: async () => role } }, form)).toBe(
          'ok',
        );
      }
    });
  });

  it('T-D13: takes a new token once the grant has its run, and not the old one', async () => {
    let grant = aGrant({ state: 'pending', workflowRunId: null });
    const { deps } = aBroker({ findGrant: async () => grant });
    const early = await sign(claimsOf('agent'));
    const first = await exchange(ask(early), deps);
    grant = aGrant();

    const again = await exchange(ask(early), deps);
    const fresh = await exchange(ask(await sign(claimsOf('agent'))), deps);

    expect(first).toMatchObject({ ok: false, refusal: { check: 'D3', status: 409 } });
    expect(again).toMatchObject({ ok: false, refusal: { check: 'D1', status: 401 } });
    expect(fresh).toMatchObject({ ok: true });
  });

  it('asks GitHub nothing about what the token and the grant refuse', async () => {
    const asked: string[] = [];
    const given: Partial<ExchangeDeps> = {
      readLive: async () => {
        asked.push('run');
        return aLiveRun();
      },
      readRole: async () => {
        asked.push('role');
        return 'write';
      },
    };
    for (const { claims, job = 'agent', phase = job } of threats) {
      if (claims)
        await answerTo({ claims: { ...claims, repository_id: '75' }, job, phase, given }, 'names');
    }

    expect(asked).toEqual([]);
    expect(await answerTo({ given }, 'names')).toBe('ok');
    expect(await answerTo({ given, job: 'report' }, 'names')).toBe('ok');
    expect(asked).toEqual(['run', 'run', 'role']);
  });
});
