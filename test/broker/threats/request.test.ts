import { describe, expect, it } from '@jest/globals';
import { exchange } from '#broker/broker.ts';
import type { ExchangeRequest } from '#broker/check-request.ts';
import { aBroker, ask, claimsOf, grantId, jobKey, publicUrl, sign } from '../a-job.ts';
import { saysNothing } from './a-threat.ts';

const token = await sign(claimsOf('agent'));
const good = ask(token);
const body = (value: unknown) => ({ body: Buffer.from(JSON.stringify(value)) });
const bearing = (...authorization: string[]) => ({ authorization });
const order = { grant: grantId, phase: 'agent' };
const at2 = 'A2 401 invalid_token';
const at3 = (status: number) => `A3 ${status} invalid_request`;

const requests: readonly [string, Partial<ExchangeRequest>, string][] = [
  ['T-A19 no Authorization', bearing(), at2],
  ['T-A19 two of them, both good', bearing(`Bearer ${token}`, `Bearer ${token}`), at2],
  ['T-A19 a good one after another', bearing('Bearer a.b.c', `Bearer ${token}`), at2],
  ['T-A19 two tokens in one', bearing(`Bearer ${token}, Bearer ${token}`), at2],
  ['T-A19 a line after the token', bearing(`Bearer ${token}\n`), at2],
  ['T-A19 something before it', bearing(`x Bearer ${token}`), at2],
  ['T-A19 a padded token', bearing(`Bearer ${token}=`), at2],
  ['T-A19 another scheme', bearing(`Basic ${token}`), at2],
  ['T-A15 4 MB of dots', bearing(`Bearer ${'.'.repeat(4_000_000)}`), at2],
  ['T-A15 4 MB of parts', bearing(`Bearer ${'a.'.repeat(2_000_000)}a`), at2],
  ['T-A15 9 KiB in the form of a token', bearing(`Bearer a.${'b'.repeat(9000)}.c`), at2],
  ['T-M6 a session token', bearing(`Bearer agm_${'A'.repeat(43)}`), at2],
  ['T-M6 an installation token', bearing(`Bearer ghs_${'A'.repeat(36)}`), at2],
  ['T-E1 a form', { contentType: 'application/x-www-form-urlencoded' }, at3(415)],
  ['T-E1 no type', { contentType: undefined }, at3(415)],
  ['T-E1 another character set', { contentType: 'application/json; charset=utf-7' }, at3(415)],
  ['T-E1 JSON with something behind', { contentType: 'application/json-patch+json' }, at3(415)],
  ['T-E1 something before JSON', { contentType: 'x/application/json' }, at3(415)],
  ['T-E1 2 KiB', { body: Buffer.alloc(2048, 32) }, at3(413)],
  ['T-E1 no JSON', { body: Buffer.from('{') }, at3(400)],
  ['T-E1 bytes that are no text', { body: Buffer.from([0xff, 0xfe]) }, at3(400)],
  ['T-E1 permissions', body({ ...order, permissions: { contents: 'write' } }), at3(400)],
  ['T-E1 a repository', body({ ...order, repository: 'octo-org/other' }), at3(400)],
  ['T-E1 repository ids', body({ ...order, repository_ids: [75] }), at3(400)],
  ['T-E1 a prototype as the phase', body({ ...order, phase: '__proto__' }), at3(400)],
  ['T-E1 a method as the phase', body({ ...order, phase: 'constructor' }), at3(400)],
  ['T-E1 the phase that never holds anything', body({ ...order, phase: 'verify' }), at3(400)],
  ['T-E1 a list of phases', body({ ...order, phase: ['agent'] }), at3(400)],
  ['T-E1 no phase', body({ grant: grantId }), at3(400)],
  ['T-E1 no grant', body({ phase: 'agent' }), at3(400)],
  ['T-E1 a grant that is no id', body({ ...order, grant: 'x' }), at3(400)],
  ['T-E1 a grant with something behind', body({ ...order, grant: `${grantId}'--` }), at3(400)],
  ['T-E1 a list', body([grantId, 'agent']), at3(400)],
  ['T-E1 nothing', body(null), at3(400)],
];

describe('the request', () => {
  it.each(requests)('%s is refused before any key is read', async (_name, change, hears) => {
    const { deps, entries } = aBroker({
      keys: async () => Promise.reject(new Error('keys were read')),
      burn: async () => Promise.reject(new Error('a token was burnt')),
    });

    const answer = await exchange({ ...good, ...change }, deps);

    const refusal = answer.ok ? undefined : answer.refusal;
    expect(refusal && `${refusal.check} ${refusal.status} ${refusal.reason}`).toBe(hears);
    if (refusal) saysNothing(refusal, entries);
    // Anybody can send these: nothing of them is kept.
    expect(entries).toEqual([]);
    expect(await exchange(good, aBroker().deps)).toMatchObject({ ok: true });
  });

  it('takes JSON with its character set named, and a body as large as it may be', async () => {
    const padded = `${JSON.stringify(order)}${' '.repeat(1024 - JSON.stringify(order).length)}`;
    const call = { method: 'POST', url: `${publicUrl}/v1/exchange`, token };
    const changes: readonly Partial<ExchangeRequest>[] = [
      { contentType: 'application/json; charset=utf-8' },
      { contentType: 'Application/JSON;charset=UTF-8' },
      { body: Buffer.from(padded), proofs: [jobKey.prove({ ...call, body: padded })] },
    ];
    for (const change of changes) {
      expect(await exchange({ ...good, ...change }, aBroker().deps)).toMatchObject({ ok: true });
    }
  });
});
