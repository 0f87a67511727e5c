import { describe, expect, it } from '@jest/globals';
import { wrapKeyFetch } from '#broker/key-fetch.ts';

const minuteMs = 60_000;

describe('wrapKeyFetch', () => {
  it('T-A17: answers from the last good set for an hour while the endpoint fails, and no longer', async () => {
    const answers = [Response.json({ keys: [{ kid: 'one' }] })];
    const clock = { ms: 0 };
    const read = wrapKeyFetch(
      async () => answers.shift() ?? Response.json({ keys: [] }),
      () => clock.ms,
    );
    const text = async () => (await read('https://keys.test', {})).text();

    expect(await text()).toContain('one');
    clock.ms = 59 * minuteMs;
    expect(await text()).toContain('one');
    clock.ms = 61 * minuteMs;
    await expect(text()).rejects.toThrow('expected keys, got none');
  });
});
