import { createHmac, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { webhookRoute } from '#compose/http/webhook-route.ts';
import { createVerifier } from '#github/webhook.ts';
import type { HttpServer } from '#http/server.ts';
import { listen } from '#http/server.ts';
import { startGuards } from '#ingress/start-guards.ts';
import { sha256 } from '#model/digest.ts';
import type { Database } from '#postgres/database.ts';
import type { DeliveryStore } from '#postgres/delivery-store.ts';
import { createDeliveryStore } from '#postgres/delivery-store.ts';
import { listEntries } from '#postgres/ledger-store.ts';
import { openTestStore } from '../fake/store.ts';

const webhookSecret = 'a secret of at least thirty-two bytes';
const webhookSecretPrevious = 'the secret before, of thirty-two bytes';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKeyPem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();

let database: Database;
let deliveries: DeliveryStore;
let server: HttpServer;
/** One for each job that a delivery's own transaction sent. */
const jobs: unknown[] = [];

beforeAll(async () => {
  database = await openTestStore();
  const queue = {
    sendAll: async (_tx: unknown, _name: string, sent: readonly object[]) =>
      void jobs.push(...sent),
  };
  deliveries = createDeliveryStore(database, queue, () => new Date());
  const edges = {
    settings: { appId: 7 },
    identity: { botId: 99 },
    verify: createVerifier({ appId: 7, privateKeyPem, webhookSecret, webhookSecretPrevious }),
    deliveries,
  } as unknown as Parameters<typeof webhookRoute>[0];
  server = await listen([webhookRoute(edges, () => {})], { host: '127.0.0.1', port: 0 }, () => {});
}, 60_000);
afterAll(async () => {
  await server.close();
  await database.close();
});

/** The body that a maintainer's label on issue `number` signs. */
const labeled = (number: number) =>
  JSON.stringify({
    action: 'labeled',
    repository: {
      id: 5,
      name: 'shop',
      default_branch: 'main',
      owner: { id: 6, login: 'acme', type: 'Organization' },
    },
    installation: { id: 3 },
    sender: { id: 1, login: 'mona', type: 'User' },
    label: { id: 9, name: 'sallyport' },
    issue: {
      id: number,
      number,
      title: 'Fix it',
      body: null,
      updated_at: '2026-11-22T10:00:00Z',
    },
  });

async function post(body: string, guid: string, event = 'issues', secret = webhookSecret) {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const reply = await fetch(`http://127.0.0.1:${server.port}/api/github/webhooks`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': guid,
      'x-hub-signature-256': `sha256=${signature}`,
    },
    body,
  });
  await deliveries.enter();
  return { status: reply.status, answer: await reply.json() };
}

const fresh = { status: 202, answer: { duplicate: false } };
const known = { status: 202, answer: { duplicate: true } };

describe('a signed delivery that comes again', () => {
  it('T-G2: is no new request under a new id, and neither is it under another event’s name', async () => {
    const before = jobs.length;

    expect(await post(labeled(21), 'g-21')).toEqual(fresh);
    expect(await post(labeled(21), 'g-21-captured')).toEqual(known);
    expect((await post(labeled(21), 'g-21-renamed', 'push')).status).toBe(422);
    expect(jobs).toHaveLength(before + 1);

    // Another request of the same person is one: the body is what is compared.
    expect(await post(labeled(22), 'g-22')).toEqual(fresh);
    expect(jobs).toHaveLength(before + 2);
  });

  it('T-G2: is one request when fifty copies under fifty ids come at once', async () => {
    const before = jobs.length;

    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, at) => post(labeled(23), `g-23-${at}`)),
    );

    expect(replies.filter((reply) => reply.status === 202)).toHaveLength(50);
    expect(jobs).toHaveLength(before + 1);
  });

  it('T-G4: is taken up again after the work on it failed, and not while it is done', async () => {
    const before = jobs.length;
    const digest = sha256(labeled(24));
    await post(labeled(24), 'g-24');

    await deliveries.settle(digest, 'failed');
    expect((await post(labeled(24), 'g-24')).status).toBe(202);
    expect(jobs).toHaveLength(before + 2);

    await deliveries.settle(digest, 'done');
    expect(await post(labeled(24), 'g-24')).toEqual(known);
    expect(jobs).toHaveLength(before + 2);
  });
});

describe('a webhook secret that is rotated', () => {
  it('is accepted beside the new one, with which of both recorded, and no third is', async () => {
    const before = jobs.length;

    expect(await post(labeled(31), 'g-31', 'issues', webhookSecretPrevious)).toEqual(fresh);
    expect(await post(labeled(32), 'g-32')).toEqual(fresh);
    const third = await post(
      labeled(33),
      'g-33',
      'issues',
      'a third secret of thirty-two bytes now',
    );

    expect(third.status).toBe(401);
    expect(jobs).toHaveLength(before + 2);
    const entries = (await listEntries(database, 0, 1_000)).map(({ facts }) => facts);
    expect(entries.find(({ guid }) => guid === 'g-31')).toMatchObject({ secret: 'previous' });
    expect(entries.find(({ guid }) => guid === 'g-32')).not.toHaveProperty('secret');
  });

  it('is refused at the start when it can be guessed', () => {
    const settings = { webhookSecret, appId: 7, privateKeyPem };

    expect(startGuards({ ...settings, webhookSecretPrevious })).toEqual([]);
    expect(startGuards({ ...settings, webhookSecretPrevious: 'development' })).toEqual([
      'WEBHOOK_SECRET_PREVIOUS has 11 bytes, expected at least 32: remove it',
    ]);
  });
});
