import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readBody } from '#http/read-body.ts';
import type { HttpServer } from '#http/server.ts';
import { listen, sendJson } from '#http/server.ts';
import { Fault } from '#model/fault.ts';

const errors: unknown[] = [];
let server: HttpServer;
let url: string;

beforeAll(async () => {
  server = await listen(
    [
      {
        method: 'POST',
        path: '/echo/:name',
        serve: async ({ request, response, params }) => {
          const body = await readBody(request, 100);
          if (!body.ok) return sendJson(response, body.refusal === 'too_large' ? 413 : 400, {});
          sendJson(response, 200, { name: params.name, bytes: body.value.length });
        },
      },
      {
        method: 'GET',
        path: '/broken',
        serve: async () => {
          throw new Error('secret detail');
        },
      },
    ],
    { host: '127.0.0.1', port: 0 },
    (error) => errors.push(error),
  );
  url = `http://127.0.0.1:${server.port}`;
});
afterAll(() => server.close());

describe('listen', () => {
  it('routes by method and path, and names what the path holds', async () => {
    const reply = await fetch(`${url}/echo/a%2Fb`, { method: 'POST', body: 'four' });

    expect([reply.status, await reply.json()]).toEqual([200, { name: 'a%2Fb', bytes: 4 }]);
    expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('keeps an idle connection for longer than proxies and clients do', async () => {
    expect((await fetch(`${url}/none`)).headers.get('keep-alive')).toBe('timeout=65');
  });

  it('answers 404 and 405 for what it does not have', async () => {
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    expect((await fetch(`${url}/echo/a`)).status).toBe(405);
  });

  it('tells the operator what broke, and the caller only a request id', async () => {
    const reply = await fetch(`${url}/broken`);

    expect([reply.status, await reply.json()]).toEqual([
      500,
      { error: 'internal', request_id: reply.headers.get('x-request-id') },
    ]);
    expect(String(errors[0])).toContain('secret detail');
  });

  it('caps a body that says its length and one that does not', async () => {
    const said = await fetch(`${url}/echo/a`, { method: 'POST', body: 'x'.repeat(101) });
    const unsaid = await new Promise<number>((resolve) => {
      const request = httpRequest(`${url}/echo/a`, { method: 'POST' }, (reply) =>
        resolve(reply.statusCode ?? 0),
      );
      request.write('x'.repeat(60));
      request.end('x'.repeat(60));
    });

    expect([said.status, unsaid]).toEqual([413, 413]);
  });

  it('says in one sentence that a port is taken', async () => {
    const second = listen([], { host: '127.0.0.1', port: server.port }, () => {});

    await expect(second).rejects.toEqual(
      new Fault(
        'PORT_TAKEN',
        `port ${server.port} on 127.0.0.1 is taken: stop what uses it or choose another with --port`,
      ),
    );
  });
});
