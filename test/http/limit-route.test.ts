import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { limitFailures } from '#http/failure-limit.ts';
import { limitRoute } from '#http/limit-route.ts';
import { readBody } from '#http/read-body.ts';
import type { HttpServer } from '#http/server.ts';
import { listen, sendJson } from '#http/server.ts';

const atOnce = 20;
const closed: string[] = [];
let served = 0;
let server: HttpServer;

/** A door that answers with the status it is sent, behind one proxy. */
beforeAll(async () => {
  const limit = limitFailures({ atOnce, everyMs: 60_000, clientsMax: 100 }, Date.now);
  const route = limitRoute(
    {
      method: 'POST',
      path: '/v1/exchange',
      serve: async ({ request, response }) => {
        served += 1;
        response.once('close', () => closed.push(request.headersDistinct['x-case']?.[0] ?? ''));
        const body = await readBody(request, 100);
        if (body.ok) sendJson(response, Number(Buffer.from(body.value)), {});
      },
    },
    { limit, proxies: 1 },
  );
  server = await listen([route], { host: '127.0.0.1', port: 0 }, () => undefined);
});
afterAll(() => server.close());

function ask(client: string, status: number) {
  return fetch(`${server.url}/v1/exchange`, {
    method: 'POST',
    headers: { 'x-forwarded-for': client },
    body: String(status),
  });
}

async function askTimes(client: string, status: number, times: number) {
  const seen: number[] = [];
  for (let time = 0; time < times; time += 1) seen.push((await ask(client, status)).status);
  return seen;
}

describe('limitRoute', () => {
  it('T-M7: answers ten thousand guesses with 401 up to the allowance, and 429 from then on', async () => {
    const seen = new Map<number, number>();
    const before = served;
    for (let round = 0; round < 100; round += 1) {
      // The first round one after the other, so that each is counted before the next is let in.
      const statuses =
        round === 0
          ? await askTimes('203.0.113.7', 401, 100)
          : await Promise.all(
              Array.from({ length: 100 }, async () => {
                const answer = await ask('203.0.113.7', 401);
                await answer.body?.cancel();
                return answer.status;
              }),
            );
      for (const status of statuses) seen.set(status, (seen.get(status) ?? 0) + 1);
    }
    expect([...seen]).toEqual([
      [401, atOnce],
      [429, 10_000 - atOnce],
    ]);
    expect(served - before).toBe(atOnce);
  });

  it('says how long to wait, with a code and the request’s id and nothing else', async () => {
    await askTimes('203.0.113.8', 403, atOnce);
    const answer = await ask('203.0.113.8', 200);
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answer.json()).toEqual({
      error: 'rate_limited',
      request_id: answer.headers.get('x-request-id'),
    });
  });

  it('hears others from another address meanwhile', async () => {
    expect(await askTimes('203.0.113.9', 200, 1)).toEqual([200]);
  });

  it.each([200, 202, 404, 409, 500, 503])('does not count %i', async (status) => {
    const client = `198.51.100.${status % 251}`;
    expect(new Set(await askTimes(client, status, atOnce + 5))).toEqual(new Set([status]));
  });

  it.each([400, 401, 403, 410, 413, 415, 422])('counts %i', async (status) => {
    const client = `192.0.2.${status % 251}`;
    const seen = await askTimes(client, status, atOnce + 1);
    expect(seen).toEqual([...Array<number>(atOnce).fill(status), 429]);
  });

  it('counts who leaves before the answer', async () => {
    for (let time = 0; time < atOnce; time += 1) {
      const socket = connect(server.port, '127.0.0.1');
      await once(socket, 'connect');
      const name = `left-${time}`;
      const before = served;
      socket.write(
        `POST /v1/exchange HTTP/1.1\r\nhost: a\r\nx-case: ${name}\r\nx-forwarded-for: 203.0.113.10\r\ncontent-length: 5\r\n\r\n4`,
      );
      await until(() => served > before);
      socket.destroy();
      await until(() => closed.includes(name));
    }
    expect((await ask('203.0.113.10', 200)).status).toBe(429);
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
