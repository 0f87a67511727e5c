import { createHmac, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { assert } from '#model/fault.ts';

/** Where deliveries go, and with which secret they are signed. */
export interface Receiver {
  readonly url: string;
  readonly secret: string;
  /** What it answers when it takes one. */
  readonly status: number;
}

/** Times of single deliveries from the first byte sent to the last byte read, and of all of them. */
export interface LoadTimes {
  readonly eachMs: readonly number[];
  readonly allMs: number;
}

/**
 * Send distinct signed deliveries of an event that nothing listens to, some at once, each sender on
 * one connection that is kept. Every one must be taken.
 */
export async function sendDeliveries(
  receiver: Receiver,
  load: { readonly count: number; readonly atOnce: number },
): Promise<LoadTimes> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.atOnce });
  const eachMs: number[] = [];
  let left = load.count;
  const send = async () => {
    while (left > 0) {
      left -= 1;
      const startedAt = performance.now();
      const status = await sendOne(receiver, agent);
      eachMs.push(performance.now() - startedAt);
      assert(
        status === receiver.status,
        `a delivery is answered ${receiver.status}, not ${status}`,
      );
    }
  };
  const startedAt = performance.now();
  try {
    await Promise.all(Array.from({ length: load.atOnce }, send));
    return { eachMs, allMs: performance.now() - startedAt };
  } finally {
    agent.destroy();
  }
}

function sendOne({ url, secret }: Receiver, agent: Agent): Promise<number> {
  const body = makeBody();
  const headers = {
    'content-type': 'application/json',
    'content-length': String(body.length),
    'x-github-delivery': randomUUID(),
    'x-github-event': 'star',
    'x-hub-signature-256': signatureOf(body, secret),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** What GitHub sends is some 8 kB; half of that is the repository. */
const filler = 'x'.repeat(8_000);

function makeBody(): Buffer {
  const repository = { id: 1, full_name: 'harbour/shop', description: filler };
  const sender = { id: 1, login: 'mara' };
  return Buffer.from(
    JSON.stringify({ action: 'created', nonce: randomUUID(), repository, sender }),
  );
}

/** The signature GitHub puts on a delivery: HMAC-SHA256 over its bytes. */
export function signatureOf(body: Uint8Array, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}
