import { createHmac, generateKeyPairSync } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { webhookRoute } from '#compose/http/webhook-route.ts';
import { createVerifier } from '#github/webhook.ts';
import type { HttpServer } from '#http/server.ts';
import { listen } from '#http/server.ts';

const secret = 'a secret of at least thirty-two bytes';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKeyPem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const sign = (body: Uint8Array) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
const body = Buffer.from('{"action":"created","starred_at":null}');

const kept: unknown[] = [];
let server: HttpServer;

beforeAll(async () => {
  const edges = {
    settings: { appId: 7 },
    identity: { botId: 99 },
    verify: createVerifier({ appId: 7, privateKeyPem, webhookSecret: secret }),
    deliveries: { store: async (row: unknown) => kept.push(row) && 'stored' },
  } as unknown as Parameters<typeof webhookRoute>[0];
  server = await listen([webhookRoute(edges, () => {})], { host: '127.0.0.1', port: 0 }, () => {});
});
afterAll(() => server.close());

/** One call as bytes on the wire; an array of values sends a header more than once. */
function call(headers: Record<string, string | string[]>, parts: readonly Uint8Array[]) {
  return new Promise<number>((resolve) => {
    const sent = httpRequest(
      {
        port: server.port,
        host: '127.0.0.1',
        path: '/api/github/webhooks',
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-github-event': 'star',
          'x-github-delivery': 'g-1',
          'x-hub-signature-256': sign(body),
          ...headers,
        },
      },
      (reply) => resolve(reply.resume().statusCode ?? 0),
    );
    sent.on('error', () => {}); // refused before all of it was read
    for (const part of parts) sent.write(part);
    sent.end();
  });
}

describe('POST /api/github/webhooks', () => {
  it('takes a signed body, whole or in chunks', async () => {
    expect(await call({ 'content-length': String(body.length) }, [body])).toBe(202);
    expect(await call({}, [body.subarray(0, 5), body.subarray(5)])).toBe(202);
    expect(await call({ 'content-type': 'application/json; charset=utf-8' }, [body])).toBe(202);
    expect(kept).toHaveLength(3);
  });

  const zipped = gzipSync(body);
  it.each<[string, number, Record<string, string | string[]>, Uint8Array]>([
    [
      'two signatures, one of them right',
      401,
      { 'x-hub-signature-256': [sign(body), `sha256=${'0'.repeat(64)}`] },
      body,
    ],
    ['the right signature twice', 401, { 'x-hub-signature-256': [sign(body), sign(body)] }, body],
    [
      'a compressed body',
      415,
      { 'content-encoding': 'gzip', 'x-hub-signature-256': sign(zipped) },
      zipped,
    ],
    ['a form', 415, { 'content-type': 'application/x-www-form-urlencoded' }, body],
    ['no signature', 401, { 'x-hub-signature-256': '' }, body],
  ])('refuses %s, and keeps nothing', async (_name, status, headers, bytes) => {
    const before = kept.length;

    expect(await call(headers, [bytes])).toBe(status);
    expect(kept).toHaveLength(before);
  });

  it('T-G5: answers 413 to 60 MB without a signature, and holds none of it', async () => {
    const held = process.memoryUsage().arrayBuffers;
    const part = Buffer.alloc(1_000_000, 32);

    const unsaid = call(
      { 'x-hub-signature-256': '' },
      Array.from({ length: 60 }, () => part),
    );
    const said = call({ 'x-hub-signature-256': '', 'content-length': '60000000' }, []);

    expect(await Promise.all([unsaid, said])).toEqual([413, 413]);
    expect(process.memoryUsage().arrayBuffers - held).toBeLessThan(20_000_000);
  });
});
