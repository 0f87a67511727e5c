import { describe, expect, it } from '@jest/globals';
import { exchange } from '#broker/broker.ts';
import { glance } from '#broker/glance.ts';
import { aBroker, ask, audience, claimsOf, issuer, now, sign } from './a-job.ts';

const expected = {
  issuer,
  isAudience: (one: string) => one === audience,
  nowSeconds: now.getTime() / 1000,
  skewSeconds: 30,
  isUnknownKey: (kid: string) => kid === 'gone',
};
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = (header: unknown, payload: unknown) => `${encode(header)}.${encode(payload)}.AAAA`;
const header = { alg: 'RS256', typ: 'JWT', kid: 'one' };

describe('a glance at a token', () => {
  it('lets through what may be ours, whoever signed it: it only ever refuses', async () => {
    expect(glance(await sign(claimsOf('agent')), expected)).toBeUndefined();
    expect(glance(unsigned(header, claimsOf('agent')), expected)).toBeUndefined();

    const forged = await sign(claimsOf('agent'), {}, 'foreign');
    expect(await exchange(ask(forged), aBroker().deps)).toMatchObject({
      refusal: { status: 401, detail: expect.stringContaining('SIGNATURE') },
    });
  });

  it.each<[string, unknown, unknown]>([
    ['no header', 'text', claimsOf('agent')],
    ['a list as its header', [], claimsOf('agent')],
    ['alg none', { ...header, alg: 'none' }, claimsOf('agent')],
    ['no key id', { alg: 'RS256' }, claimsOf('agent')],
    ['a key that is not the issuer’s', { ...header, kid: 'gone' }, claimsOf('agent')],
    ['no claims', header, null],
    ['another issuer', header, claimsOf('agent', { iss: `${issuer}/` })],
    ['another audience', header, claimsOf('agent', { aud: 'https://github.com/octo-org' })],
    ['no expiry', header, claimsOf('agent', { exp: undefined })],
    ['an expiry long ago', header, claimsOf('agent', { exp: expected.nowSeconds - 31 })],
  ])('refuses %s before any signature is looked at', (_name, head, payload) => {
    expect(glance(unsigned(head, payload), expected)).toEqual(expect.any(String));
  });

  it('refuses with the public answer of any bad token, and reads no key for it', async () => {
    const keys = async () => Promise.reject(new Error('a key was read'));

    const answer = await exchange(
      ask(unsigned({ ...header, alg: 'none' }, claimsOf('agent'))),
      aBroker({ keys }).deps,
    );

    expect(answer).toMatchObject({ refusal: { status: 401, reason: 'invalid_token' } });
  });
});
