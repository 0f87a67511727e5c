import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { limitFailures } from '#http/failure-limit.ts';

const allowance = { atOnce: 3, everyMs: 100, clientsMax: 2 };

function aLimit() {
  const clock = { now: 1_000_000 };
  return { clock, limit: limitFailures(allowance, () => clock.now) };
}

function fail(limit: ReturnType<typeof limitFailures>, client: string, times: number) {
  for (let time = 0; time < times; time += 1) limit.note(client);
}

describe('limitFailures', () => {
  it('hears who has not failed, and who failed less than the allowance', () => {
    const { limit } = aLimit();
    expect(limit.waitOf('a')).toBe(0);
    fail(limit, 'a', 2);
    expect(limit.waitOf('a')).toBe(0);
  });

  it('closes at the allowance, for that client alone, until one failure is forgotten', () => {
    const { clock, limit } = aLimit();
    fail(limit, 'a', 3);
    expect(limit.waitOf('a')).toBe(100);
    expect(limit.waitOf('b')).toBe(0);
    clock.now += 99;
    expect(limit.waitOf('a')).toBe(1);
    clock.now += 1;
    expect(limit.waitOf('a')).toBe(0);
    limit.note('a');
    expect(limit.waitOf('a')).toBe(100);
  });

  it('forgets everything in time', () => {
    const { clock, limit } = aLimit();
    fail(limit, 'a', 3);
    clock.now += 300;
    fail(limit, 'a', 2);
    expect(limit.waitOf('a')).toBe(0);
  });

  it('remembers so many clients and no more: who failed longest ago is forgotten', () => {
    const { limit } = aLimit();
    fail(limit, 'a', 3);
    fail(limit, 'b', 3);
    limit.note('a');
    limit.note('c');
    expect(limit.waitOf('b')).toBe(0);
    expect(limit.waitOf('a')).toBeGreaterThan(0);
  });

  it('never lets more failures through than the allowance and what time gives back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 250 }), { maxLength: 200 }), (gaps) => {
        const { clock, limit } = aLimit();
        const start = clock.now;
        let heard = 0;
        for (const gap of gaps) {
          clock.now += gap;
          if (limit.waitOf('a') > 0) continue;
          limit.note('a');
          heard += 1;
        }
        expect(heard).toBeLessThanOrEqual(
          allowance.atOnce + Math.floor((clock.now - start) / allowance.everyMs),
        );
      }),
    );
  });
});
