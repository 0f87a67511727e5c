import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { webhookRoute } from '#compose/http/webhook-route.ts';
import { proveListener } from '#compose/prove-listener.ts';
import { createVerifier } from '#github/webhook.ts';
import type { HttpRoute, HttpServer } from '#http/server.ts';
import { listen, sendJson } from '#http/server.ts';

const webhookSecret = 'a secret of at least thirty-two bytes';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKeyPem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();

type Verify = ReturnType<typeof createVerifier>;
const verifyWith = (secret: string): Verify =>
  createVerifier({ appId: 7, privateKeyPem, webhookSecret: secret });

const kept: unknown[] = [];
function routeWith(verify: Verify): HttpRoute {
  const edges = {
    settings: { appId: 7 },
    identity: { botId: 99 },
    verify,
    deliveries: { store: async (row: unknown) => kept.push(row) && 'stored' },
  };
  return webhookRoute(edges as unknown as Parameters<typeof webhookRoute>[0], () => {});
}

let server: HttpServer | undefined;
afterEach(() => server?.close());

/** What the proof says of a listener with this route. */
async function prove(route: HttpRoute): Promise<void> {
  server = await listen([route], { host: '127.0.0.1', port: 0 }, () => {});
  return proveListener(`http://127.0.0.1:${server.port}`, webhookSecret);
}

/** A body parser mounted before the route: the stream is spent when the route reads it. */
function behindParser(route: HttpRoute): HttpRoute {
  return {
    ...route,
    serve: async (exchange) => {
      for await (const _ of exchange.request);
      return route.serve(exchange);
    },
  };
}

describe('T-G6: the start-up proof', () => {
  it('passes the App’s own route, and leaves no delivery behind', async () => {
    await prove(routeWith(verifyWith(webhookSecret)));

    expect(kept).toEqual([]);
  });

  const good = 'a well-signed probe: expected 400 json_invalid, got 401 signature_invalid';
  const open =
    /unsigned delivery: expected 401 signature_invalid, got 400 json_invalid; a badly signed delivery: expected/;
  it.each<[string, HttpRoute, string | RegExp]>([
    [
      'a parser that spends the body first',
      behindParser(routeWith(verifyWith(webhookSecret))),
      good,
    ],
    ['another secret', routeWith(verifyWith('another secret of thirty-two bytes')), good],
    [
      'the secret that Probot falls back to',
      routeWith(verifyWith('development')),
      /“development”: expected 401 signature_invalid, got 400 json_invalid/,
    ],
    ['no check at all', routeWith(async () => true), open],
    [
      'a route that takes everything',
      {
        ...routeWith(async () => true),
        serve: async ({ response }) => sendJson(response, 202, {}),
      },
      /a well-signed probe: expected 400 json_invalid, got 202 accepted/,
    ],
  ])('refuses %s, with what was expected and seen', async (_name, route, words) => {
    await expect(prove(route)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(words),
    });
  });
});
