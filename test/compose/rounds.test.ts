import { describe, expect, it } from '@jest/globals';
import { createRounds } from '#compose/rounds.ts';

describe('the rounds of the App', () => {
  it('stop:closed: what takes long holds up nothing else, and is not begun twice', async () => {
    const log: string[] = [];
    const rounds = createRounds((line) => log.push(line));
    let end = () => {};
    const long = new Promise<void>((resolve) => {
      end = resolve;
    });

    rounds.begin('reconcile', () => long.then(() => log.push('compared')));
    rounds.begin('reconcile', async () => log.push('compared twice'));
    rounds.begin('trouble', () => Promise.reject(new Error('no answer')));
    const swept = () =>
      new Promise<void>((resolve) =>
        rounds.begin('sweep', async () => {
          log.push('swept');
          resolve();
        }),
      );
    await swept();
    await new Promise((resolve) => setImmediate(resolve));
    await swept();
    expect([...log].sort()).toEqual(['swept', 'swept', 'trouble: Error: no answer']);

    end();
    await rounds.idle();
    expect(log.at(-1)).toBe('compared');
  });
});
