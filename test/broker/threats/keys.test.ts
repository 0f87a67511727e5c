import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { exchange } from '#broker/broker.ts';
import { openKeys } from '#broker/verify-token.ts';
import { aBroker, ask, claimsOf, jobClock, keySet, now, sign } from '../a-job.ts';

const jwksUrl = 'https://keys.test/jwks';
const minuteMs = 60_000;
const good = () => Response.json(keySet);

/** jose keeps its own time for the keys it holds; tokens here live as long as the test wants. */
function setup(answer: (url: string, count: number) => Promise<Response> | Response) {
  const urls: string[] = [];
  const clock = jobClock;
  clock.at = now.getTime();
  jest.useFakeTimers({ now: clock.at, advanceTimers: false, doNotFake: [...untouched] });
  const keys = openKeys(
    jwksUrl,
    async (url) => {
      urls.push(url);
      return answer(url, urls.length);
    },
    () => clock.at,
  );
  const { deps } = aBroker({ keys, now: () => new Date(clock.at) });
  const inTime = () => {
    const seconds = Math.floor(clock.at / 1000);
    return { iat: seconds, nbf: seconds - 600, exp: seconds + 300 };
  };
  return {
    urls,
    pass: (ms: number) => {
      clock.at += ms;
      jest.setSystemTime(clock.at);
    },
    ring: async (claims: Record<string, unknown> = {}, header = {}) => {
      const token = await sign(claimsOf('agent', { ...inTime(), ...claims }), header);
      const answered = await exchange(ask(token), deps);
      return answered.ok ? 200 : answered.refusal.status;
    },
  };
}

/** Only the date is ours. */
const untouched = [
  ...(['nextTick', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const),
  ...(['setImmediate', 'clearImmediate', 'queueMicrotask', 'performance', 'hrtime'] as const),
];

const noSets: readonly [string, () => Response][] = [
  ['a redirect', () => new Response('', { status: 302, headers: { location: 'http://x' } })],
  ['HTML', () => new Response('<html>')],
  ['no keys', () => Response.json({ keys: [] })],
  ['keys that are no list', () => Response.json({ keys: 'none' })],
  ['the keys under another status', () => Response.json(keySet, { status: 500 })],
  ['50 MB', () => new Response(endless())],
  ['a set that is too large', () => Response.json({ ...keySet, more: 'x'.repeat(300_000) })],
];

/** 50 MB, made as it is read: a reader that stops takes no more of it. */
let given = 0;
function endless(): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(64 * 1024).fill(32);
  given = 0;
  return new ReadableStream({
    pull(controller) {
      given += chunk.length;
      controller.enqueue(chunk);
      if (given > 50 * 1024 * 1024) controller.close();
    },
  });
}

afterEach(() => {
  jest.useRealTimers();
});

describe('the issuer’s keys', () => {
  it('are read once for many tokens', async () => {
    const { urls, ring } = setup(good);

    expect([await ring(), await ring(), await ring()]).toEqual([200, 200, 200]);
    expect(urls).toEqual([jwksUrl]);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'https://token.actions.githubusercontent.com.evil.test',
    'https://token.actions.githubusercontent.com@evil.test',
    'file:///etc/passwd',
  ])('T-A6 are never sought where a token says: %s', async (iss) => {
    const { urls, ring } = setup(good);

    expect(await ring({ iss })).toBe(401);
    expect(await ring({ iss }, { jku: iss, x5u: iss })).toBe(401);
    expect(urls).toEqual([]);
    expect(await ring()).toBe(200);
    expect(urls).toEqual([jwksUrl]);
  });

  it('T-A16 are not fetched for every unknown key', async () => {
    const { urls, ring, pass } = setup(good);
    expect(await ring()).toBe(200);
    pass(30_001);
    for (let index = 0; index < 20; index += 1) {
      expect(await ring({}, { kid: `unknown-${index}` })).toBe(401);
    }

    expect(urls).toHaveLength(2);
    pass(30_001);
    expect(await ring({}, { kid: 'unknown' })).toBe(401);
    expect(urls).toHaveLength(3);
    expect(await ring()).toBe(200);
  });

  it('T-A16 are our own trouble when they cannot be had, and then asked for every five seconds', async () => {
    const down = setup((_url, count) => (count > 2 ? good() : new Response('', { status: 500 })));

    expect([await down.ring(), await down.ring(), await down.ring()]).toEqual([503, 503, 503]);
    expect(down.urls).toHaveLength(1);
    down.pass(5_001);
    expect([await down.ring(), await down.ring()]).toEqual([503, 503]);
    expect(down.urls).toHaveLength(2);
    down.pass(5_001);
    expect(await down.ring()).toBe(200);
    expect(down.urls).toHaveLength(3);
  });

  it('T-A16 are our own trouble when nobody answers at all', async () => {
    const { ring } = setup(() => Promise.reject(new TypeError('fetch failed')));

    expect(await ring()).toBe(503);
  });

  it.each(noSets)('T-A17 are not what %s holds', async (_name, answer) => {
    const { ring } = setup(answer);

    expect(await ring()).toBe(503);
  });

  it.each(noSets)('T-A17 are the last good ones for an hour after %s', async (_name, answer) => {
    const { ring, urls, pass } = setup((_url, count) => (count === 1 ? good() : answer()));
    expect(await ring()).toBe(200);

    pass(11 * minuteMs);
    expect([await ring(), await ring({}, { kid: 'two' })]).toEqual([200, 401]);
    pass(48 * minuteMs);
    expect(await ring()).toBe(200);
    pass(13 * minuteMs);
    expect(await ring()).toBe(503);
    expect(urls.length).toBeGreaterThan(2);
  });

  it('T-A17 are not read to the end of 50 MB', async () => {
    const { ring } = setup(() => new Response(endless()));

    expect(await ring()).toBe(503);
    expect(given).toBeLessThan(1024 * 1024);
  });

  it('T-A18 are refused once the issuer has taken them away, after ten minutes at most', async () => {
    const [key] = keySet.keys;
    const rotated = Response.json({ keys: [{ ...key, kid: 'two' }] });
    const { ring, pass } = setup((_url, count) => (count === 1 ? good() : rotated.clone()));
    expect(await ring()).toBe(200);

    pass(9 * minuteMs);
    expect(await ring()).toBe(200);
    pass(minuteMs + 1);
    expect(await ring()).toBe(401);
    expect(await ring({}, { kid: 'two' })).toBe(200);
  });
});
