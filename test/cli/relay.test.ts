// smee-client itself, a channel as smee.io has them, and the App's own webhook route.
import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '#cli/demo/until.ts';
import { openRelay, type Relay } from '#cli/relay.ts';
import { readMessage } from '#cli/relay-message.ts';
import { webhookRoute } from '#compose/http/webhook-route.ts';
import { createVerifier } from '#github/webhook.ts';
import type { HttpServer } from '#http/server.ts';
import { listen } from '#http/server.ts';
import { openChannel } from './a-channel.ts';

const secret = 'a secret of at least thirty-two bytes';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKeyPem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();

let channel: Awaited<ReturnType<typeof openChannel>>;
let app: HttpServer;
let relay: Relay;
let kept: { guid: string; bodySha256: string }[];
let said: string[];
let returns: number;
beforeEach(async () => {
  kept = [];
  said = [];
  returns = 0;
  const edges = {
    settings: { appId: 7 },
    identity: { botId: 99 },
    verify: createVerifier({ appId: 7, privateKeyPem, webhookSecret: secret }),
    deliveries: { store: async (row: (typeof kept)[0]) => kept.push(row) && 'stored' },
  } as unknown as Parameters<typeof webhookRoute>[0];
  app = await listen([webhookRoute(edges, () => {})], { host: '127.0.0.1', port: 0 }, () => {});
  channel = await openChannel();
  relay = await openRelay(channel.url, app.url, {
    say: (line) => said.push(line),
    onReturn: () => {
      returns += 1;
    },
  });
});
afterEach(async () => {
  await relay.stop();
  channel.close();
  await app.close();
});

/** GitHub sends a delivery to the channel. */
function send(
  guid: string,
  payload: object = { action: 'created', starred_at: null },
  sign = payload,
) {
  const body = JSON.stringify(payload);
  const signature = createHmac('sha256', secret).update(JSON.stringify(sign)).digest('hex');
  return fetch(channel.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'star',
      'x-github-delivery': guid,
      'x-hub-signature-256': `sha256=${signature}`,
    },
    body,
  });
}

const untilKept = (count: number) =>
  until(`${count} deliveries`, 20_000, async () => (kept.length >= count ? kept : undefined));
const untilSaid = (text: string) =>
  until(text, 20_000, async () => said.find((line) => line.includes(text)));

describe('the relay of a channel', () => {
  it('brings the very bytes that GitHub signed', async () => {
    const payload = { text: 'naïve “quotes” 𝕏 \u2028 </script>', number: 1e21, nested: [null, {}] };
    await send('g-1', payload);
    const [delivery] = await untilKept(1);
    const sha256 = createHash('sha256').update(JSON.stringify(payload)).digest('hex');

    expect(delivery).toMatchObject({ guid: 'g-1', bodySha256: sha256 });
    expect(said).toContain('--smee: star: 202');
  });

  it('attack: what the channel changed, or made up, is refused by its signature', async () => {
    await send('forged', { action: 'created', starred_at: 'x' }, { action: 'created' });
    await untilSaid('star: 401');
    await send('control');

    expect((await untilKept(1)).map(({ guid }) => guid)).toEqual(['control']);
  });

  it.each([
    ['no JSON', 'event'],
    ['nothing', 'null'],
    ['a list', '[1, 2]'],
    ['no body', '{"x-github-event": "star"}'],
    [
      'headers that are none',
      '{"body": {}, "x-github-event": "a\\r\\nb: c", "x-github-delivery": 7}',
    ],
  ])('attack: a message with %s ends nothing', async (_name, message) => {
    channel.say(message);
    await until('a word about it', 20_000, async () =>
      said.find((line) => /no delivery|40/.test(line)),
    );
    await send('control');

    expect((await untilKept(1)).map(({ guid }) => guid)).toEqual(['control']);
  });

  it('comes back when the connection breaks, and has what was lost looked for', async () => {
    await send('before');
    await untilKept(1);
    channel.cut();
    await untilSaid('is heard again');
    await send('after');

    expect((await untilKept(2)).map(({ guid }) => guid)).toEqual(['before', 'after']);
    expect(returns).toBe(1);
  });

  it('comes back when the channel refused it, after more than one try', async () => {
    channel.refuse(2);
    channel.cut();
    await untilSaid('is heard again');
    await send('after');

    expect((await untilKept(1)).map(({ guid }) => guid)).toEqual(['after']);
    expect(channel.refused()).toBe(2);
    expect(returns).toBe(1);
  });
});

it('passes on what GitHub said of the delivery, and nothing that a channel adds', () => {
  const headers = {
    'x-github-event': 'star',
    'x-github-hook-installation-target-id': '7',
    'x-hub-signature-256': 'sha256=00',
    authorization: 'Bearer x',
    cookie: 'a=b',
    host: 'evil.example',
    'transfer-encoding': 'chunked',
    'x-github-long': 'x'.repeat(501),
  };
  expect(readMessage(JSON.stringify({ ...headers, body: { a: 'é' }, query: { q: 1 } }))).toEqual({
    body: '{"a":"é"}',
    headers: {
      'x-github-event': 'star',
      'x-github-hook-installation-target-id': '7',
      'x-hub-signature-256': 'sha256=00',
      'content-type': 'application/json',
    },
  });
});
