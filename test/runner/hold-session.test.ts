import { describe, expect, it } from '@jest/globals';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { SessionToken } from '#runner/broker.ts';
import { holdSession } from '#runner/hold-session.ts';

const start = Date.parse('2026-11-22T12:00:00.000Z');
const hourMs = 3_600_000;
const until = (ms: number) => new Date(start + ms).toISOString();

/** A clock that is moved by the pauses themselves; the renewals answer in this order. */
function hold(answers: readonly Result<SessionToken, string>[]) {
  const clock = { now: start };
  const asked: { readonly token: string; readonly at: number }[] = [];
  const renewed: string[] = [];
  const said: string[] = [];
  let ended: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const held = holdSession(
    { token: 'first', expiresAt: until(hourMs) },
    {
      renew: async (token) => {
        asked.push({ token, at: (clock.now - start) / 60_000 });
        return answers[asked.length - 1] ?? refuse('no more answers');
      },
      renewed: (token) => void renewed.push(token),
      tell: (sentence) => void said.push(sentence),
      now: () => clock.now,
      pause: async (ms, signal) => {
        if (asked.length < answers.length) {
          clock.now += ms;
          return;
        }
        ended();
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      },
    },
  );
  return { held, asked, renewed, said, over };
}

describe('holdSession', () => {
  it('renews when a quarter is left, each time with the token before, and ends with the last one', async () => {
    const { held, asked, renewed, over } = hold([
      ok({ token: 'second', expiresAt: until(1.75 * hourMs) }),
      ok({ token: 'third', expiresAt: until(2.5 * hourMs) }),
    ]);
    expect(held.token()).toBe('first');
    await over;
    expect(asked).toEqual([
      { token: 'first', at: 45 },
      { token: 'second', at: 90 },
    ]);
    expect(renewed).toEqual(['second', 'third']);
    expect(held.token()).toBe('third');
    expect(await held.end()).toBe('third');
  });

  it('tries again, and says so, while the old one lives', async () => {
    const { held, asked, said, over } = hold([
      refuse('the broker did not answer'),
      ok({ token: 'second', expiresAt: until(2 * hourMs) }),
    ]);
    await over;
    expect(asked.map(({ at }) => at)).toEqual([45, 45.5]);
    expect(said).toEqual(['The context session was not renewed: the broker did not answer']);
    expect(await held.end()).toBe('second');
  });

  it('stops when the old one is over', async () => {
    const { held, asked } = hold(Array.from({ length: 100 }, () => refuse('denied (403)')));
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked.at(-1)?.at).toBe(60);
    expect(await held.end()).toBe('first');
  });
});
