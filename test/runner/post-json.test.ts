import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { parseBrokerUrl, postJson } from '#runner/post-json.ts';

/** A broker that gives these answers in turn and remembers the tokens. */
async function withBroker(
  answers: readonly (readonly [status: number, body: object])[],
  use: (url: string) => Promise<void>,
): Promise<readonly (string | undefined)[]> {
  const tokens: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const [status, body] = answers[Math.min(tokens.length, answers.length - 1)] ?? [500, {}];
    tokens.push(request.headers.authorization);
    response.writeHead(status, { location: '/elsewhere' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/exchange`);
  server.close();
  return tokens;
}

/** A new token each time, and pauses that only count. */
function tokens() {
  let count = 0;
  const pauses: number[] = [];
  return {
    pauses,
    next: async () => {
      count += 1;
      return `t${count}`;
    },
    pause: async (seconds: number) => void pauses.push(seconds),
  };
}

describe('postJson', () => {
  it('repeats with a new token while the grant is pending or the broker is busy', async () => {
    const source = tokens();
    const seen = await withBroker(
      [
        [409, { error: 'grant_pending' }],
        [429, {}],
        [503, {}],
        [200, { a: 1 }],
      ],
      async (url) => {
        const answer = await postJson(url, {}, source.next, { pause: source.pause });
        expect(answer).toEqual({ ok: true, value: { status: 200, body: { a: 1 } } });
      },
    );
    expect(seen).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t3', 'Bearer t4']);
    expect(source.pauses).toEqual([1, 2, 4]);
  });

  it('gives up after five repetitions', async () => {
    const source = tokens();
    const seen = await withBroker([[503, {}]], async (url) => {
      expect(await postJson(url, {}, source.next, { pause: source.pause })).toMatchObject({
        value: { status: 503 },
      });
    });
    expect([seen.length, source.pauses]).toEqual([6, [1, 2, 4, 8, 16]]);
  });

  it.each([
    [409, { error: 'phase_already_issued' }],
    [403, { error: 'denied' }],
    [410, { error: 'grant_closed' }],
  ])('takes %d %j as the answer', async (status, body) => {
    const source = tokens();
    const seen = await withBroker([[status, body]], async (url) => {
      expect(await postJson(url, {}, source.next, { pause: source.pause })).toMatchObject({
        value: { status },
      });
    });
    expect(seen).toHaveLength(1);
  });

  it('follows no redirect with a token', async () => {
    const source = tokens();
    const seen = await withBroker([[302, {}]], async (url) => {
      expect(await postJson(url, {}, source.next, { pause: source.pause })).toMatchObject({
        ok: false,
      });
    });
    expect(seen).toHaveLength(1);
  });
});

describe('parseBrokerUrl', () => {
  it.each([
    ['https://app.test/', true],
    ['http://127.0.0.1:3000', true],
    ['http://localhost:3000/x', true],
    ['http://app.test', false],
    ['https://user:pass@app.test', false],
    ['https://app.test/?x=1', false],
    ['file:///etc/passwd', false],
    ['', false],
  ])('judges %j', (text, isOk) => {
    expect(parseBrokerUrl(text).ok).toBe(isOk);
  });
});
