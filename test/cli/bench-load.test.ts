import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { sendDeliveries, signatureOf } from '#cli/bench/delivery-load.ts';
import { buildBareProbot } from '#github/bare-probot.ts';
import { createVerifier } from '#github/webhook.ts';

const secret = 'a secret of the tests';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKeyPem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();

const make = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    event: 'issues',
    guid: `guid-${index}`,
    body: Buffer.from(JSON.stringify({ action: 'edited', index, text: 'ü'.repeat(9_000) })),
  }));

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
      const receiver = { url: recorder.url, secret, status: 202 };
      const times = await sendDeliveries(receiver, make(24), { atOnce: 3 });

      expect(times.eachMs).toHaveLength(24);
      expect(new Set(recorder.bodies.map(String)).size).toBe(24);
      expect(recorder.sockets.size).toBe(3);
      expect(recorder.signatures).toEqual(recorder.bodies.map((body) => signatureOf(body, secret)));
    } finally {
      await recorder.close();
    }
  });

  it('signs as the App verifies', async () => {
    const verify = createVerifier({ appId: 1, privateKeyPem, webhookSecret: secret });
    const body = Buffer.from('{"a":"ü"}');

    expect(await verify(body.toString(), signatureOf(body, secret))).toBe(true);
    expect(await verify(body.toString(), signatureOf(body, 'another'))).toBe(false);
  });

  it('sends as many as are due, whatever was answered, at a steady rate', async () => {
    const recorder = await startRecorder();
    try {
      const receiver = { url: recorder.url, secret, status: 202 };
      const { eachMs, allMs } = await sendDeliveries(receiver, make(21), { perSecond: 100 });

      expect([eachMs.length, recorder.bodies.length]).toEqual([21, 21]);
      expect(allMs).toBeGreaterThanOrEqual(199); // the last is due after 200 ms, not before
    } finally {
      await recorder.close();
    }
  });

  it('is taken by bare Probot only with the right secret', async () => {
    const settings = { appId: 1, privateKeyPem, webhookSecret: secret };
    const server = createServer(await buildBareProbot(settings, true));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/api/github/webhooks`;
    try {
      await sendDeliveries({ url, secret, status: 200 }, make(2), { atOnce: 1 });
      await expect(
        sendDeliveries({ url, secret: 'another', status: 200 }, make(1), { atOnce: 1 }),
      ).rejects.toThrow('answered 200, not 400');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
