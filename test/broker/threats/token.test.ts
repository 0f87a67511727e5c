import { describe, expect, it } from '@jest/globals';
import { exchange } from '#broker/broker.ts';
import { aBroker, ask, audience, claimsOf, issuer, keySet, now, sign, signText } from '../a-job.ts';
import type { Threat } from './a-threat.ts';
import { answerTo, saysNothing, subjectForms } from './a-threat.ts';

const seconds = now.getTime() / 1000;
const atB1 = 'B1 401 invalid_token';
const atC1 = 'C1 401 invalid_token';
const atC2 = 'C2 401 invalid_token';

const threats: readonly Threat[] = [
  { name: 'T-A4 another type of token', header: { typ: 'at+jwt' }, hears: atB1 },
  { name: 'T-A4 a token without a type', header: { typ: undefined }, hears: atB1 },
  { name: 'T-A5 an enterprise’s issuer', claims: { iss: `${issuer}/acme` }, hears: atB1 },
  { name: 'T-A5 a slash behind the issuer', claims: { iss: `${issuer}/` }, hears: atB1 },
  { name: 'T-A5 another issuer', claims: { iss: 'https://gitlab.com' }, hears: atB1 },
  { name: 'T-A5 a list of our issuer', claims: { iss: [issuer] }, hears: atB1 },
  { name: 'T-A7 the owner’s address', claims: { aud: 'https://github.com/octo-org' }, hears: atB1 },
  { name: 'T-A7 a cloud’s audience', claims: { aud: 'sts.amazonaws.com' }, hears: atB1 },
  {
    name: 'T-A7 our address alone',
    claims: { aud: audience.replace('/v1/exchange', '') },
    hears: atB1,
  },
  { name: 'T-A7 no audience', claims: { aud: undefined }, hears: atC1 },
  { name: 'T-A8 our audience and another', claims: { aud: [audience, 'x'] }, hears: atC1 },
  { name: 'T-A8 a list of our audience', claims: { aud: [audience] }, hears: atC1 },
  { name: 'T-A9 no expiry', claims: { exp: undefined }, hears: atB1 },
  { name: 'T-A9 an expiry in words', claims: { exp: String(seconds + 300) }, hears: atB1 },
  { name: 'T-A9 an expiry in ten years', claims: { exp: seconds + 315_360_000 }, hears: atC2 },
  { name: 'T-A9 an expiry a second too late', claims: { exp: seconds + 601 }, hears: atC2 },
  {
    name: 'T-A9 an expiry at the issue',
    claims: { iat: seconds + 20, exp: seconds + 20 },
    hears: atC2,
  },
  {
    name: 'T-A9 an expiry before the issue',
    claims: { iat: seconds + 20, exp: seconds + 10 },
    hears: atC2,
  },
  {
    name: 'T-A9 issued 31 s ahead',
    claims: { iat: seconds + 31, exp: seconds + 331 },
    hears: atB1,
  },
  {
    name: 'T-A9 issued too long ago',
    claims: { iat: seconds - 331, exp: seconds + 60 },
    hears: atB1,
  },
  { name: 'T-A9 no issue', claims: { iat: undefined }, hears: atB1 },
  { name: 'T-A9 valid in 31 s', claims: { nbf: seconds + 31 }, hears: atB1 },
  { name: 'T-A9 no beginning', claims: { nbf: undefined }, hears: atB1 },
  { name: 'T-A9 expired 31 s ago', claims: { iat: seconds - 299, exp: seconds - 31 }, hears: atB1 },
  { name: 'T-A9 parts of a second', claims: { exp: seconds + 299.5 }, hears: atC2 },
  { name: 'T-A9 issued at parts of a second', claims: { iat: seconds - 0.5 }, hears: atC2 },
  { name: 'T-A9 valid from parts of a second', claims: { nbf: seconds - 0.5 }, hears: atC2 },
  { name: 'T-A14 a number as an id', claims: { repository_id: 74 }, hears: atC2 },
  { name: 'T-A14 a list as an id', claims: { repository_id: ['74'] }, hears: atC2 },
  { name: 'T-A14 an id with a zero in front', claims: { repository_id: '074' }, hears: atC2 },
  { name: 'T-A14 an id with a space', claims: { repository_id: '74 ' }, hears: atC2 },
  { name: 'T-A14 an id of 21 digits', claims: { repository_id: '1'.repeat(21) }, hears: atC2 },
  { name: 'T-A14 an id below nothing', claims: { run_id: '-5001' }, hears: atC2 },
  { name: 'T-A14 a commit in capitals', claims: { sha: 'A'.repeat(40) }, hears: atC2 },
  { name: 'T-A14 a shortened commit', claims: { sha: 'a'.repeat(7) }, hears: atC2 },
  { name: 'T-A14 a commit and a digit', claims: { sha: 'a'.repeat(41) }, hears: atC2 },
  { name: 'T-A14 an empty jti', claims: { jti: '' }, hears: atC2 },
  { name: 'T-A14 a number as jti', claims: { jti: 7 }, hears: atC2 },
  { name: 'T-A14 no jti', claims: { jti: undefined }, hears: atB1 },
  { name: 'T-A14 no subject', claims: { sub: undefined }, hears: atB1 },
];

/** All that C2 wants as text; the three times are numbers, and `head_ref` may be empty. */
const texts = [
  ...['sub', 'jti', 'repository', 'repository_id', 'repository_owner_id', 'ref', 'ref_type'],
  ...['sha', 'event_name', 'workflow_ref', 'workflow_sha', 'job_workflow_ref'],
  ...['job_workflow_sha', 'run_id', 'run_attempt', 'check_run_id', 'actor_id'],
  ...['runner_environment', 'environment', 'head_ref', 'base_ref'],
];

async function hear(tokens: readonly string[]) {
  const { deps, entries } = aBroker();
  const answers = await Promise.all(tokens.map((token) => exchange(ask(token), deps)));
  return answers.map((answer) => {
    if (answer.ok) return 'ok';
    saysNothing(answer.refusal, entries);
    return `${answer.refusal.check} ${answer.refusal.status} ${answer.refusal.reason}`;
  });
}

describe('token and signature', () => {
  describe.each(subjectForms)('with a subject of %s', (form) => {
    it.each(threats)('$name: $hears', async (threat) => {
      expect(await answerTo(threat, form)).toBe(threat.hears);
      expect(await answerTo({}, form)).toBe('ok');
    });

    it.each([
      ['29 s ahead', { iat: seconds + 29, exp: seconds + 329 }],
      ['29 s past its end', { iat: seconds - 300, exp: seconds - 29 }],
      ['not to be used before in 29 s', { nbf: seconds + 29 }],
      ['as long as it may be', { exp: seconds + 600 }],
    ])('T-A9 takes a token that is %s', async (_name, claims) => {
      expect(await answerTo({ claims }, form)).toBe('ok');
    });

    it.each(texts.map((claim) => [claim]))(
      'T-A14 refuses %s in another form than GitHub gives it, before it is compared',
      async (claim) => {
        for (const value of [74, ['74'], { 74: '' }, true, 'x'.repeat(513)]) {
          const answer = await answerTo({ claims: { [claim]: value } }, form);
          expect(answer).toMatch(/^(?:C2|B1) 401 invalid_token$/);
        }
        expect(await answerTo({ claims: { [claim]: 74 } }, form)).toBe(atC2);
      },
    );
  });

  it('T-A1, T-A3: refuses a foreign key, also when the token brings it along', async () => {
    const [key] = keySet.keys;
    const headers = [
      {},
      { jwk: key },
      { jku: 'http://127.0.0.1/keys' },
      { x5u: 'http://127.0.0.1/certificate' },
      { x5c: ['AAAA'] },
      { kid: undefined },
      { kid: '../../one' },
    ];
    const forged = await Promise.all(
      headers.map((header) => sign(claimsOf('agent'), header, 'foreign')),
    );

    expect(await hear(forged)).toEqual(headers.map(() => atB1));
    expect(await hear([await sign(claimsOf('agent'), { jku: 'http://127.0.0.1/keys' })])).toEqual([
      'ok',
    ]);
  });

  it('T-A2: refuses every algorithm but the issuer’s, by the right key', async () => {
    const text = () => JSON.stringify(claimsOf('agent'));
    const others = (['none', 'HS256', 'RS512', 'PS256'] as const).map((alg) =>
      signText(text(), alg),
    );

    expect(await hear(others)).toEqual([atB1, atB1, atB1, atB1]);
    expect(await hear([signText(text(), 'RS256')])).toEqual(['ok']);
  });

  it('T-A2: refuses extensions that it does not know, and a key of another name', async () => {
    const header = Buffer.from(
      JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: 'one', crit: ['x'], x: 1 }),
    );
    const [, ...rest] = signText(JSON.stringify(claimsOf('agent')), 'RS256').split('.');
    const tokens = [
      [header.toString('base64url'), ...rest].join('.'),
      await sign(claimsOf('agent'), { kid: 'two' }),
    ];

    expect(await hear(tokens)).toEqual([atB1, atB1]);
  });

  it('T-A14: refuses a claim that is there twice, whichever is the right one', async () => {
    const text = JSON.stringify(claimsOf('agent'));
    const twice = (member: string) => [
      `{${member},${text.slice(1)}`,
      `${text.slice(0, -1)},${member}}`,
    ];
    const spelt = String.raw`"repository\u005fid":"75"`;
    const texts = [
      ...twice('"repository_id":"75"'),
      ...twice('"repository_id":"74"'),
      ...twice(spelt),
      ...twice('"head_ref" : ""'),
    ];

    const answers = await hear(texts.map((one) => signText(one, 'RS256')));

    expect(answers).toEqual(texts.map(() => atC2));
    // The same names deeper inside, or inside a text, are other members.
    const inner = `{"extra":{"repository_id":"75","ref":"x"},"said":"\\"ref\\":\\"x\\"",${text.slice(1)}`;
    expect(await hear([signText(inner, 'RS256')])).toEqual(['ok']);
  });

  it('T-A14: takes no claim from a prototype', async () => {
    const { repository_id: _own, ...claims } = claimsOf('agent');
    const text = `{"__proto__":{"repository_id":"74"},${JSON.stringify(claims).slice(1)}`;

    expect(await hear([signText(text, 'RS256')])).toEqual([atC2]);
  });

  it('run:identity: T-A10 refuses the same token again, however it is spelt', async () => {
    const token = await sign(claimsOf('agent'));
    // The signature's last character carries spare bits: another spelling of the same token.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(token.at(-1) ?? '');
    const spelt = `${token.slice(0, -1)}${alphabet[last ^ 1]}`;

    const { deps } = aBroker();

    const first = await exchange(ask(token), deps);
    const later = [await exchange(ask(token), deps), await exchange(ask(spelt), deps)];

    expect(first).toMatchObject({ ok: true });
    const used = { ok: false, refusal: { check: 'D1', status: 401, reason: 'invalid_token' } };
    expect(later).toMatchObject([used, used]);
    expect(await hear([spelt])).toEqual(['ok']);
  });

  it('T-A10: remembers a token that was refused, for as long as it could come again', async () => {
    const burnt: { iss: string; jti: string; keepUntil: Date }[] = [];
    const { deps } = aBroker({ burn: async (token) => burnt.push(token) > 0 });
    const claims = claimsOf('agent', { run_id: '9' });

    expect(await exchange(ask(await sign(claims)), deps)).toMatchObject({ ok: false });

    const keepUntil = new Date((claims.exp + 90) * 1000);
    // The proof beside it is remembered by its key, and the token by its issuer.
    expect(burnt.filter(({ iss }) => iss === issuer)).toEqual([
      { iss: issuer, jti: claims.jti, keepUntil },
    ]);
    expect(burnt).toHaveLength(2);
  });

  it('T-A12: answers one of fifty uses of one token at once', async () => {
    const token = await sign(claimsOf('agent'));

    const answers = await hear(Array<string>(50).fill(token));

    expect(answers.filter((one) => one === 'ok')).toHaveLength(1);
    expect(new Set(answers)).toEqual(new Set(['ok', 'D1 401 invalid_token']));
  });
});
