import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startBareReceiver } from '#cli/bench/bare-receiver.ts';
import { sendDeliveries, signatureOf } from '#cli/bench/delivery-load.ts';
import { createVerifier } from '#github/webhook.ts';

const secret = 'a secret of the tests';
let bare: Awaited<ReturnType<typeof startBareReceiver>>;

beforeAll(async () => {
  bare = await startBareReceiver(secret);
});
afterAll(() => bare.close());

/** A receiver that keeps what it got. */
async function startRecorder() {
  const bodies: Buffer[] = [];
  const signatures: string[] = [];
  const sockets = new Set<unknown>();
  const server = createServer((request, response) => {
    sockets.add(request.socket);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      bodies.push(Buffer.concat(chunks));
      signatures.push(String(request.headers['x-hub-signature-256']));
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise((resolve) => server.close(resolve));
  const url = `http://127.0.0.1:${port}/`;
  return { url, bodies, signatures, sockets, close };
}

describe('the load of the ingress measurement', () => {
  it('sends distinct signed deliveries, each sender on one connection that is kept', async () => {
    const recorder = await startRecorder();
    try {
      const load = { count: 24, atOnce: 3 };
      const times = await sendDeliveries({ url: recorder.url, secret, status: 202 }, load);

      expect(times.eachMs).toHaveLength(24);
      expect(new Set(recorder.bodies.map(String)).size).toBe(24);
      expect(recorder.sockets.size).toBe(3);
      expect(recorder.signatures).toEqual(recorder.bodies.map((body) => signatureOf(body, secret)));
    } finally {
      await recorder.close();
    }
  });

  it('signs as the App verifies', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const privateKeyPem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    const verify = createVerifier({ appId: 1, privateKeyPem, webhookSecret: secret });
    const body = Buffer.from('{"a":"ü"}');

    expect(await verify(body, signatureOf(body, secret))).toBe(true);
    expect(await verify(body, signatureOf(body, 'another'))).toBe(false);
  });

  it('is taken by the bare receiver only with the right secret', async () => {
    const load = { count: 2, atOnce: 1 };

    await sendDeliveries({ url: bare.url, secret, status: 202 }, load);
    await expect(
      sendDeliveries({ url: bare.url, secret: 'another', status: 202 }, load),
    ).rejects.toThrow('202, not 401');
  });
});
