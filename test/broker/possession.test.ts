import { createHash, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { ExchangeDeps } from '#broker/broker.ts';
import { exchange } from '#broker/broker.ts';
import type { ExchangeRequest } from '#broker/check-request.ts';
import { proveSession } from '#broker/prove-session.ts';
import { verifyProof } from '#broker/verify-token.ts';
import { bearerSentence, reductionsOf } from '#model/assurance.ts';
import type { Session } from '#model/session.ts';
import type { ProofKey, ProvenRequest } from '#runner/proof-key.ts';
import { createProofKey } from '#runner/proof-key.ts';
import { aBroker, ask, claimsOf, grantId, jobKey, now, publicUrl, sign, trust } from './a-job.ts';

const url = `${publicUrl}/v1/exchange`;
const seconds = now.getTime() / 1000;
const body = JSON.stringify({ grant: grantId, phase: 'agent' });

async function ring(request: ExchangeRequest, changes: Partial<ExchangeDeps> = {}) {
  const answer = await exchange(request, aBroker(changes).deps);
  return answer.ok ? 'ok' : `${answer.refusal.check} ${answer.refusal.status}`;
}

/** A good token with this proof beside it. */
async function withProof(make: (token: string) => string | readonly string[]) {
  const token = await sign(claimsOf('agent'));
  return { ...ask(token), proofs: [make(token)].flat() };
}

const proof = (token: string, changes: Partial<ProvenRequest> = {}, key: ProofKey = jobKey) =>
  key.prove({ method: 'POST', url, token, body, ...changes });

/** A proof made by hand, to be wrong in one place. */
function handmade(
  token: string,
  wrong: { readonly header?: object; readonly claims?: object; readonly curve?: string } = {},
) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: wrong.curve ?? 'P-256',
  });
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' });
  const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const jwk = { crv, kty, x, y };
  const head = encode({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...wrong.header });
  const claims = encode({
    ...{ jti: crypto.randomUUID(), htm: 'POST', htu: url, iat: seconds },
    ...{ ath: digest(token), bh: digest(body), ...wrong.claims },
  });
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  const signature = signBytes('sha256', Buffer.from(`${head}.${claims}`), key);
  return {
    text: `${head}.${claims}.${signature.toString('base64url')}`,
    unsigned: `${head}.${claims}.`,
    thumbprint: digest(JSON.stringify(jwk)),
    privateJwk: privateKey.export({ format: 'jwk' }),
  };
}

describe('proof of possession at the exchange', () => {
  it('a stolen ID token is nothing without the key, and with another key', async () => {
    const token = await sign(claimsOf('agent'));
    const thief = createProofKey(() => now.getTime());

    expect(await ring({ ...ask(token), proofs: [] })).toBe('P1 401');
    expect(await ring({ ...ask(token), proofs: [proof(token, {}, thief)] })).toBe('C1 401');
    // The thief did not burn it either: the job that holds the key still gets its session.
    expect(await ring(ask(token))).toBe('ok');
  });

  it('a token that is bound to no key is not taken, with or without a proof', async () => {
    const token = await sign(claimsOf('agent', { aud: url }));

    expect(await ring(ask(token))).toBe('C1 401');
    expect(await ring({ ...ask(token), proofs: [] })).toBe('P1 401');
  });

  it('a proof is good once: neither the whole request nor the proof beside a new token passes again', async () => {
    const { deps } = aBroker();
    const request = ask(await sign(claimsOf('agent')));
    const again = ask(await sign(claimsOf('agent')));

    expect(await exchange(request, deps)).toMatchObject({ ok: true });
    expect(await exchange(request, deps)).toMatchObject({ refusal: { check: 'P1', status: 401 } });
    expect(await exchange({ ...again, proofs: request.proofs }, deps)).toMatchObject({
      refusal: { check: 'P1', status: 401 },
    });
    expect(await exchange(again, deps)).toMatchObject({ ok: true });
  });

  it.each<[string, Partial<ProvenRequest>]>([
    ['another body', { body: body.replace('agent', 'report') }],
    ['no body', { body: null }],
    ['another method', { method: 'PUT' }],
    ['another address', { url: `${publicUrl}/v1/report` }],
    ['the same path of another host', { url: 'https://evil.example/v1/exchange' }],
    ['another token', { token: 'e30.e30.x' }],
  ])('a proof of %s is none of this request', async (_name, changes) => {
    expect(await ring(await withProof((token) => proof(token, changes)))).toBe('P1 401');
    expect(await ring(await withProof((token) => proof(token)))).toBe('ok');
  });

  it.each([
    ['61 s old', -61, 'P1 401'],
    ['61 s ahead', 61, 'P1 401'],
    ['59 s old', -59, 'ok'],
    ['59 s ahead', 59, 'ok'],
  ])('a proof by a clock that is %s', async (_name, offset, expected) => {
    let clock = now.getTime();
    const key = createProofKey(() => clock + offset * 1000);
    const token = await sign(claimsOf('agent', { aud: `${url}#${key.thumbprint}` }));

    expect(await ring({ ...ask(token), proofs: [proof(token, {}, key)] })).toBe(expected);
    clock -= offset * 1000;
    expect(await ring({ ...ask(token), proofs: [proof(token, {}, key)] })).toBe('ok');
  });

  it('two proofs are one too many, and a long one is not read', async () => {
    expect(await ring(await withProof((token) => [proof(token), proof(token)]))).toBe('P1 401');
    expect(await ring(await withProof((token) => `${proof(token)}${'A'.repeat(2048)}`))).toBe(
      'P1 401',
    );
    expect(await ring(await withProof((token) => [proof(token)]))).toBe('ok');
  });
});

describe('a proof made by hand', () => {
  const call = (text: string, token: string) => ({
    ...{ proofs: [text], method: 'POST', url, token, body: Buffer.from(body), now },
  });
  const check = async (text: string, thumbprint: string) => {
    const burnt: string[] = [];
    const answer = await proveSession(aSession(thumbprint), call(text, 'agm_token'), {
      verifyProof,
      burn: async ({ jti }) => burnt.push(jti) > 0,
    });
    // What is refused is not written down: anybody can send it.
    if (!answer.ok) expect(burnt).toEqual([]);
    return answer.ok ? 'ok' : answer.refusal.check;
  };

  it('passes when it is right', async () => {
    const { text, thumbprint } = handmade('agm_token');
    expect(await check(text, thumbprint)).toBe('ok');
  });

  it.each<[string, Parameters<typeof handmade>[1]]>([
    ['another curve', { curve: 'P-384' }],
    ['another curve that says P-256’s algorithm', { curve: 'secp256k1' }],
    ['another type', { header: { typ: 'JWT' } }],
    ['an HMAC algorithm', { header: { alg: 'HS256' } }],
    ['no key in it', { header: { jwk: undefined } }],
    ['a critical extension nobody knows', { header: { crit: ['x'], x: 1 } }],
    ['no jti', { claims: { jti: undefined } }],
    ['an empty jti', { claims: { jti: '' } }],
    ['a time as text', { claims: { iat: String(seconds) } }],
    ['no token in it', { claims: { ath: undefined } }],
    ['more in it than a proof has', { claims: { more: 'A'.repeat(2048) } }],
  ])('is refused with %s', async (_name, wrong) => {
    const { text, thumbprint } = handmade('agm_token', wrong);
    expect(await check(text, thumbprint)).toBe('P1');
  });

  it('is refused with alg none, and with a private key in its header', async () => {
    const none = handmade('agm_token', { header: { alg: 'none' } });
    expect(await check(none.unsigned, none.thumbprint)).toBe('P1');
    const { privateJwk, thumbprint } = handmade('agm_token');
    const { text } = handmade('agm_token', { header: { jwk: privateJwk } });
    expect(await check(text, thumbprint)).toBe('P1');
  });
});

describe('a session that was given to the holder of a key', () => {
  const use = (key: ProofKey, changes: Partial<ProvenRequest> = {}) => ({
    proofs: [
      key.prove({
        method: 'POST',
        url: `${publicUrl}/mcp`,
        token: 'agm_token',
        body: null,
        ...changes,
      }),
    ],
    ...{ method: 'POST', url: `${publicUrl}/mcp`, token: 'agm_token', body: null, now },
  });
  const store = () => {
    const used = new Set<string>();
    return {
      verifyProof,
      burn: async ({ iss, jti }: { iss: string; jti: string }) => {
        const fresh = !used.has(`${iss} ${jti}`);
        used.add(`${iss} ${jti}`);
        return fresh;
      },
    };
  };
  const session = aSession(jobKey.thumbprint);

  it('is used by that key, each proof once', async () => {
    const deps = store();
    const call = use(jobKey);

    expect(await proveSession(session, call, deps)).toMatchObject({ ok: true });
    expect(await proveSession(session, call, deps)).toMatchObject({ refusal: { check: 'P2' } });
    expect(await proveSession(session, use(jobKey), deps)).toMatchObject({ ok: true });
  });

  it('is nothing to whoever has only its token, or changes the key after the exchange', async () => {
    const other = createProofKey(() => now.getTime());

    expect(await proveSession(session, { ...use(jobKey), proofs: [] }, store())).toMatchObject({
      refusal: { check: 'P1', status: 401 },
    });
    expect(await proveSession(session, use(other), store())).toMatchObject({
      refusal: { check: 'P2', status: 401 },
    });
    expect(await proveSession(session, use(jobKey), store())).toMatchObject({ ok: true });
  });

  it('does not take the proof of one session for another', async () => {
    expect(await proveSession(session, use(jobKey, { token: 'agm_other' }), store())).toMatchObject(
      { refusal: { check: 'P1' } },
    );
  });
});

describe('the bearer form', () => {
  const allowed = { trust: { ...trust, bearer: 'allowed' } } as const;

  it('is taken only where it was switched on, and the record says so', async () => {
    const token = await sign(claimsOf('agent', { aud: url }));
    const request = { ...ask(token), proofs: [] };
    const { deps, entries } = aBroker(allowed);

    expect(await ring(request)).toBe('P1 401');
    expect(await exchange(request, deps)).toMatchObject({ ok: true });
    expect(entries[0]).toMatchObject({ facts: { keyThumbprint: null, assurance: 'reduced' } });
  });

  it('does not make a bound token one for everybody', async () => {
    const token = await sign(claimsOf('agent'));
    const { deps, entries } = aBroker(allowed);

    expect(await ring({ ...ask(token), proofs: [] }, allowed)).toBe('C1 401');
    expect(await exchange(ask(token), deps)).toMatchObject({ ok: true });
    expect(entries[0]?.facts).toMatchObject({ keyThumbprint: jobKey.thumbprint });
    expect(entries[0]?.facts).not.toHaveProperty('assurance');
  });

  it('is said on every receipt', () => {
    expect(reductionsOf({ assurance: 'full', bearer: 'allowed' })).toEqual([bearerSentence]);
    expect(reductionsOf({ assurance: 'full', bearer: 'refused' })).toEqual([]);
  });
});

function aSession(keyThumbprint: string | null): Session {
  return {
    ...{ tokenSha256: 'a'.repeat(64), grantId, runId: 'r', repositoryId: 74, phase: 'agent' },
    ...{ checkRunId: 701, tools: [], expiresAt: '2026-11-22T13:00:00.000Z' },
    keyThumbprint,
  };
}
