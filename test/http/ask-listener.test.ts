import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { askListener } from '#http/ask-listener.ts';
import { readBody } from '#http/read-body.ts';
import type { HttpRoute, HttpServer } from '#http/server.ts';
import { listen, sendJson, toOwnUrl } from '#http/server.ts';

const module = new URL('../../src/http/ask-listener.ts', import.meta.url).href;
let server: HttpServer;
beforeAll(async () => {
  const hello: HttpRoute['serve'] = async ({ response }) =>
    sendJson(response, 200, { hello: true });
  const echo: HttpRoute['serve'] = async ({ request, response }) => {
    const body = await readBody(request, 100);
    sendJson(response, 200, body.ok ? Buffer.from(body.value).toString() : body.refusal);
  };
  server = await listen(
    [
      { method: 'GET', path: '/hello', serve: hello },
      { method: '*', path: '/echo', serve: echo },
    ],
    { host: '127.0.0.1', port: 0 },
    () => {},
  );
});
afterAll(() => server.close());

/** What a Node that was told to use a proxy, one that answers nobody, prints. */
async function runBehindProxy(script: string): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: 'http://127.0.0.1:1',
  };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { env },
  );
  return stdout;
}

describe('a request to an own listener', () => {
  it('makes no detour over the proxy of the environment, as fetch would', async () => {
    const url = JSON.stringify(`${server.url}/hello`);
    const asked = await runBehindProxy(
      `const { askListener } = await import(${JSON.stringify(module)});
       console.log(JSON.stringify(await askListener(${url}, { method: 'GET', timeoutMs: 9000 })));`,
    );
    const fetched = await runBehindProxy(
      `console.log(await fetch(${url}).then((answer) => answer.status, () => 'no answer'));`,
    );

    expect(JSON.parse(asked)).toEqual({ status: 200, text: '{"hello":true}' });
    expect(fetched.trim()).toBe('no answer'); // the control: the proxy is used
  });

  it.each(['POST', 'PUT', 'DELETE'] as const)('takes the body of a %s along', async (method) => {
    const answer = await askListener(`${server.url}/echo`, {
      method,
      body: 'héllo',
      timeoutMs: 9000,
    });

    expect(answer).toEqual({ status: 200, text: '"héllo"' });
  });

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:3000'],
    ['localhost', 'http://localhost:3000'],
    ['::1', 'http://[::1]:3000'],
    ['fd00::7', 'http://[fd00::7]:3000'],
    ['0.0.0.0', 'http://127.0.0.1:3000'],
    ['::', 'http://[::1]:3000'],
  ])('goes, for one that listens on %s, to %s', (host, url) => {
    expect(toOwnUrl({ host, port: 3000 })).toBe(url);
    expect(URL.canParse(url)).toBe(true);
  });
});
