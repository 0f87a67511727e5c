import { createHmac, createPublicKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ExchangeDeps } from '#broker/broker.ts';
import { exchange, openKeys } from '#broker/broker.ts';
import { toWireError } from '#broker/refusal.ts';
import { Fault } from '#model/fault.ts';
import {
  aBroker,
  aGrant,
  aLiveRun,
  ask,
  audience,
  claimsOf,
  grantId,
  issuer,
  keySet,
  now,
  publicUrl,
  release,
  sign,
  signOtherwise,
  trust,
} from './a-job.ts';

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

  it.each<[string, Record<string, unknown>, string]>([
    ['T-A5 another issuer', { iss: `${issuer}/acme` }, 'B1 401 invalid_token'],
    ['T-A5 a slash behind the issuer', { iss: `${issuer}/` }, 'B1 401 invalid_token'],
    ['T-A7 another audience', { aud: 'https://github.com/octo-org' }, 'B1 401 invalid_token'],
    ['T-A8 two audiences', { aud: [audience, 'x'] }, 'C1 401 invalid_token'],
    ['T-A8 a list of one audience', { aud: [audience] }, 'C1 401 invalid_token'],
    ['T-A9 no expiry', { exp: undefined }, 'B1 401 invalid_token'],
    ['T-A9 an expiry in ten years', { exp: seconds + 315_360_000 }, 'C2 401 invalid_token'],
    [
      'T-A9 issued in the future',
      { iat: seconds + 31, exp: seconds + 331 },
      'B1 401 invalid_token',
    ],
    ['T-A9 not valid yet', { nbf: seconds + 31 }, 'B1 401 invalid_token'],
    ['T-A9 expired', { iat: seconds - 299, exp: seconds - 31 }, 'B1 401 invalid_token'],
    ['T-A9 no nbf', { nbf: undefined }, 'B1 401 invalid_token'],
    [
      'T-A9 an expiry before its issue',
      { iat: seconds + 20, exp: seconds + 10 },
      'C2 401 invalid_token',
    ],
    [
      'T-B7 a squatted name of the repository',
      { sub: 'repo:octo-org@65/octo-repo@75:environment:x' },
      'C4 403 denied',
    ],
    ['T-A14 a number as an id', { repository_id: 74 }, 'C2 401 invalid_token'],
    ['T-A14 a list as an id', { repository_id: ['74'] }, 'C2 401 invalid_token'],
    ['T-A14 an id with a zero in front', { repository_id: '074' }, 'C2 401 invalid_token'],
    ['T-A14 an empty jti', { jti: '' }, 'C2 401 invalid_token'],
    ['T-B1 another repository of the owner', { repository_id: '75' }, 'D2 403 denied'],
    ['T-B3 another owner of that name', { repository_owner_id: '66' }, 'D2 403 denied'],
    [
      'T-B7 a squatted subject',
      { sub: 'repo:octo-org@66/octo-repo@74:environment:x' },
      'C4 403 denied',
    ],
    [
      'T-C1 another workflow file',
      { workflow_ref: 'octo-org/octo-repo/.github/workflows/x.yml@refs/heads/main' },
      'D5 403 denied',
    ],
    ['T-C3 a feature branch', { ref: 'refs/heads/x' }, 'D5 403 denied'],
    ['T-C4 a tag of the branch’s name', { ref: 'refs/tags/main' }, 'D5 403 denied'],
    ['T-C4 a branch that begins so', { ref: 'refs/heads/main-x' }, 'D5 403 denied'],
    ['T-C4 a pull request’s merge', { ref: 'refs/pull/7/merge' }, 'D5 403 denied'],
    ['T-C4 a ref that is no branch', { ref_type: 'tag' }, 'D5 403 denied'],
    ['T-C5 another commit', { sha: 'e'.repeat(40) }, 'D5 403 denied'],
    ['T-C5 another commit of the workflow', { workflow_sha: 'e'.repeat(40) }, 'D5 403 denied'],
    [
      'T-C6 an inline copy of the job',
      { job_workflow_ref: 'octo-org/octo-repo/.github/workflows/sallyport.yml@refs/heads/main' },
      'D6 403 denied',
    ],
    [
      'T-C7 our workflow at a branch',
      { job_workflow_ref: 'sallyport/sallyport/.github/workflows/agent.yml@refs/heads/main' },
      'D6 403 denied',
    ],
    [
      'T-C7 a commit that was not released',
      {
        job_workflow_ref: `sallyport/sallyport/.github/workflows/agent.yml@${'e'.repeat(40)}`,
        job_workflow_sha: 'e'.repeat(40),
      },
      'D6 403 denied',
    ],
    [
      'T-C9 a repository of a longer name',
      { job_workflow_ref: `sallyport/sallyport-evil/.github/workflows/agent.yml@${release}` },
      'D6 403 denied',
    ],
    [
      'T-C9 other letter case',
      { job_workflow_ref: `Sallyport/sallyport/.github/workflows/agent.yml@${release}` },
      'D6 403 denied',
    ],
    ['T-C11 a self-hosted runner', { runner_environment: 'self-hosted' }, 'D7 403 denied'],
    ['T-D1 a run that somebody started by hand', { run_id: '5002' }, 'D4 403 denied'],
    ['T-D1 a person as the actor', { actor_id: '1' }, 'D4 403 denied'],
    ['T-D2 a second attempt', { run_attempt: '2' }, 'D4 403 denied'],
    ...[
      'pull_request',
      'pull_request_target',
      'workflow_run',
      'issue_comment',
      'issues',
      'push',
      'schedule',
      'repository_dispatch',
    ].map((event): [string, Record<string, unknown>, string] => [
      `T-D5 the event ${event}`,
      { event_name: event },
      'D4 403 denied',
    ]),
    ['T-D5 a head of a pull request', { head_ref: 'x' }, 'C3 403 denied'],
    ['T-D7 no environment', { environment: undefined }, 'C2 401 invalid_token'],
    ['T-D7 another environment', { environment: 'production' }, 'D7 403 denied'],
    ['T-D11 the job of another run', { check_run_id: '999' }, 'E2 403 denied'],
    ['T-D11 no job', { check_run_id: undefined }, 'C2 401 invalid_token'],
  ])('refuses %s', async (_name, change, refusal) => {
    expect(await check(claimsOf('agent', change))).toBe(refusal);
  });

  it.each<[string, Partial<ExchangeDeps>, string]>([
    [
      'T-B8 a repository that was transferred',
      { readLive: async () => aLiveRun({ repositoryId: 75 }) },
      'E1 403 denied',
    ],
    [
      'T-C10 a release that was withdrawn',
      { trust: { ...trust, releases: ['f'.repeat(40)] } },
      'D6 403 denied',
    ],
    [
      'T-D3 a re-run by a person',
      { readLive: async () => aLiveRun({ triggeringActorId: 1 }) },
      'E1 403 denied',
    ],
    ['T-D4 a newer attempt', { readLive: async () => aLiveRun({ attempt: 2 }) }, 'E1 403 denied'],
    [
      'T-D10 a run that ended',
      { readLive: async () => aLiveRun({ status: 'completed' }) },
      'E1 403 denied',
    ],
    ['T-D10 a run that is gone', { readLive: async () => null }, 'E1 403 denied'],
    [
      'T-D10 a job that ended',
      {
        readLive: async () =>
          aLiveRun({ jobs: [{ name: 'agent / agent', status: 'completed', checkRunId: 701 }] }),
      },
      'E2 403 denied',
    ],
    [
      'T-D11 a job of another name',
      {
        readLive: async () =>
          aLiveRun({ jobs: [{ name: 'verify / verify', status: 'in_progress', checkRunId: 701 }] }),
      },
      'E2 403 denied',
    ],
    ['another run’s answer', { readLive: async () => aLiveRun({ id: 5002 }) }, 'E1 403 denied'],
    [
      'a run of another head',
      { readLive: async () => aLiveRun({ headSha: 'e'.repeat(40) }) },
      'E1 403 denied',
    ],
    [
      'a run of another event',
      { readLive: async () => aLiveRun({ event: 'push' }) },
      'E1 403 denied',
    ],
    [
      'a run of another file',
      { readLive: async () => aLiveRun({ path: '.github/workflows/x.yml' }) },
      'E1 403 denied',
    ],
    [
      'T-D12 an expired grant',
      { findGrant: async () => aGrant({ expiresAt: now.toISOString() }) },
      'D8 410 grant_closed',
    ],
    [
      'T-D12 a closed grant',
      { findGrant: async () => aGrant({ state: 'closed' }) },
      'D8 410 grant_closed',
    ],
    [
      'a grant closed before it had a run',
      { findGrant: async () => aGrant({ state: 'closed', workflowRunId: null }) },
      'D8 410 grant_closed',
    ],
    [
      'T-D13 a grant without a run yet',
      { findGrant: async () => aGrant({ state: 'pending', workflowRunId: null }) },
      'D3 409 grant_pending',
    ],
    [
      'T-D9 a second issuance',
      { issue: async () => 'phase_already_issued' },
      'F1 409 phase_already_issued',
    ],
    [
      'T-E12 a suspended installation',
      { readLive: async () => Promise.reject(new Fault('GITHUB_REFUSED', 'no')) },
      'E1 403 denied',
    ],
    [
      'GitHub out of reach, as something to try again',
      { readLive: async () => Promise.reject(new Fault('GITHUB_UNAVAILABLE', 'no')) },
      'E1 503 temporarily_unavailable',
    ],
  ])('refuses %s', async (_name, changes, refusal) => {
    expect(await check(claimsOf('agent'), changes)).toBe(refusal);
  });

  it('T-D6 refuses the agent’s job the report phase, and T-D15 a requester who lost the role', async () => {
    expect(await check(claimsOf('agent'), {}, 'report')).toBe('D6 403 denied');
    expect(await check(claimsOf('report'), { readRole: async () => 'triage' }, 'report')).toBe(
      'E3 403 denied',
    );
    expect(await check(claimsOf('report', { environment: 'sallyport-agent' }), {}, 'report')).toBe(
      'D7 403 denied',
    );
  });

  it('run:identity: T-A10 refuses the same token again, whatever it got the first time', async () => {
    const { deps } = aBroker();
    const token = await sign(claimsOf('agent'));
    await exchange(ask(token), deps);
    // The signature's last character carries spare bits: another spelling of the same token.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(token.at(-1) ?? '');
    const spelt = `${token.slice(0, -1)}${alphabet[last ^ 1]}`;

    const again = await exchange(ask(token), deps);
    const other = await exchange(ask(spelt), deps);

    expect(other).toMatchObject({ ok: false, refusal: { check: 'D1', status: 401 } });
    expect(again).toMatchObject({ ok: false, refusal: { check: 'D1', status: 401 } });
  });

  it('T-A1 to T-A4: refuses another key, another algorithm, a smuggled key and another type', async () => {
    const { deps } = aBroker();
    const claims = claimsOf('agent');
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const [key] = keySet.keys;
    if (!key) throw new Error('expected a key');
    const pem = createPublicKey({ key: key as never, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    });
    const unsigned = `${encode({ alg: 'HS256', typ: 'JWT', kid: 'one' })}.${encode(claims)}`;
    const tokens = [
      await sign(claims, {}, 'foreign'),
      await sign(claims, { jwk: key }, 'foreign'),
      await sign(claims, { jku: 'http://127.0.0.1/keys' }, 'foreign'),
      await sign(claims, { typ: 'at+jwt' }),
      await sign(claims, { kid: 'two' }),
      signOtherwise(claims, 'RS512'),
      signOtherwise(claims, 'PS256'),
      `${unsigned}.${createHmac('sha256', pem).update(unsigned).digest('base64url')}`,
      `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.AA`,
    ];

    const answers = await Promise.all(tokens.map((token) => exchange(ask(token), deps)));

    expect(answers.map((answer) => !answer.ok && answer.refusal.check)).toEqual(
      tokens.map(() => 'B1'),
    );
  });

  it('T-A15, T-A19, T-E1: refuses what is not one small, exact request, before any key is read', async () => {
    const token = await sign(claimsOf('agent'));
    const good = ask(token);
    const { deps } = aBroker({ keys: async () => Promise.reject(new Error('keys were read')) });
    const body = (value: unknown) => ({ ...good, body: Buffer.from(JSON.stringify(value)) });
    const requests = [
      { ...good, authorization: [] },
      { ...good, authorization: [`Bearer ${token}`, `Bearer ${token}`] },
      { ...good, authorization: [`Bearer ${token}\n`] },
      { ...good, authorization: [`Bearer ${token}=`] },
      { ...good, authorization: [`Bearer ${'.'.repeat(4_000_000)}`] },
      { ...good, authorization: [`Bearer a.${'b'.repeat(9000)}.c`] },
      { ...good, contentType: 'application/x-www-form-urlencoded' },
      { ...good, body: Buffer.alloc(2048, 32) },
      body({ grant: grantId, phase: 'agent', permissions: { contents: 'write' } }),
      body({ grant: grantId, phase: '__proto__' }),
      body({ grant: grantId, phase: 'verify' }),
      body({ grant: 'x', phase: 'agent' }),
      body([grantId, 'agent']),
    ];

    const answers = await Promise.all(requests.map((request) => exchange(request, deps)));

    const seen = answers.map((answer) =>
      answer.ok ? 'ok' : `${answer.refusal.check} ${answer.refusal.status}`,
    );
    expect(seen).toEqual([
      ...Array<string>(6).fill('A2 401'),
      'A3 415',
      'A3 413',
      ...Array<string>(5).fill('A3 400'),
    ]);
  });

  it('T-D14: answers an unknown grant and another’s grant with the same bytes', async () => {
    const wire = async (changes: Partial<ExchangeDeps>) => {
      const { deps } = aBroker(changes);
      const answer = await exchange(ask(await sign(claimsOf('agent'))), deps);
      return answer.ok ? undefined : toWireError(answer.refusal, 'r');
    };

    const unknown = await wire({ findGrant: async () => undefined });

    expect(unknown).toEqual({
      status: 403,
      headers: {},
      body: { error: 'denied', request_id: 'r' },
    });
    expect(await wire({ findGrant: async () => aGrant({ repositoryId: 1 }) })).toEqual(unknown);
  });

  it('keeps the precise reason in the ledger and none of it in the answer', async () => {
    const { deps, entries } = aBroker();

    const answer = await exchange(ask(await sign(claimsOf('agent', { run_id: '5002' }))), deps);

    expect(entries).toMatchObject([
      { kind: 'broker.refused', facts: { check: 'D4', detail: 'expected run_id 5001, got 5002' } },
    ]);
    expect(JSON.stringify(!answer.ok && toWireError(answer.refusal, 'r'))).not.toContain('500');
  });

  it('grant:never-widens: a good token with any one claim changed gets nothing', async () => {
    const free = [
      'repository_owner',
      'repository_visibility',
      'ref_protected',
      'workflow',
      'run_number',
      'actor',
      'sub',
      'jti',
      'exp',
      'iat',
      'nbf',
    ];
    const names = Object.keys(claimsOf('agent')).filter((name) => !free.includes(name));
    const value = fc.oneof(
      fc.string(),
      fc.nat().map(String),
      fc.constantFrom(undefined, null, 1, [], {}, 'e'.repeat(40)),
    );

    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), value, async (name, changed) => {
        const good = Reflect.get(claimsOf('agent'), name);
        const isAbsent = (name === 'head_ref' || name === 'base_ref') && changed === undefined;
        fc.pre(changed !== good && !isAbsent);
        expect(await check(claimsOf('agent', { [name]: changed }))).not.toBe('ok');
      }),
      { numRuns: 150 },
    );
  });
});

describe('openKeys', () => {
  const jwksUrl = 'https://keys.test/jwks';
  const setup = (answer: (url: string) => Promise<Response> | Response) => {
    const urls: string[] = [];
    const clock = { ms: now.getTime() };
    const fetchKeys = async (url: string) => {
      urls.push(url);
      return answer(url);
    };
    const keys = openKeys(jwksUrl, fetchKeys, () => clock.ms);
    const { deps } = aBroker({ keys });
    const ring = async (claims = claimsOf('agent'), header = {}) => {
      const answered = await exchange(ask(await sign(claims, header)), deps);
      return answered.ok ? 200 : answered.refusal.status;
    };
    return { urls, clock, ring };
  };
  const good = () => Response.json(keySet);

  it('reads the key set once for many tokens', async () => {
    const { urls, ring } = setup(good);

    expect([await ring(), await ring(), await ring()]).toEqual([200, 200, 200]);
    expect(urls).toEqual([jwksUrl]);
  });

  it('T-A6 asks only the configured address, whoever a token says issued it', async () => {
    const { urls, ring } = setup(good);

    expect(await ring(claimsOf('agent', { iss: 'http://169.254.169.254/latest' }))).toBe(401);
    expect(urls.every((url) => url === jwksUrl)).toBe(true);
  });

  it('T-A16 does not fetch for every unknown key, and says that it is our trouble when it cannot', async () => {
    const flood = setup(good);
    for (let index = 0; index < 10; index += 1) {
      expect(await flood.ring(claimsOf('agent'), { kid: `unknown-${index}` })).toBe(401);
    }
    expect(flood.urls.length).toBeLessThanOrEqual(2);

    const down = setup(() => new Response('', { status: 500 }));
    expect([await down.ring(), await down.ring(), await down.ring()]).toEqual([503, 503, 503]);
    expect(down.urls).toHaveLength(1);
    down.clock.ms += 5_001;
    expect(await down.ring()).toBe(503);
    expect(down.urls).toHaveLength(2);
  });

  it.each([
    ['a redirect', () => new Response('', { status: 302, headers: { location: 'http://x' } })],
    ['HTML', () => new Response('<html>')],
    ['no keys', () => Response.json({ keys: [] })],
    ['a set that is too large', () => new Response(`{"keys":[${'1,'.repeat(200_000)}1]}`)],
  ])('T-A17 does not take %s for a key set', async (_name, answer) => {
    const { ring } = setup(answer);

    expect(await ring()).toBe(503);
  });
});
