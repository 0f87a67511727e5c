// T-E7: a token's end that GitHub does not confirm is asked for again, people are told, and it ends
// in one way. The store is a real one, the clock is ours.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { endTokens } from '#broker/end-tokens.ts';
import { sha256 } from '#model/digest.ts';
import type { EntryDraft } from '#model/entry.ts';
import { seal, unseal } from '#model/seal.ts';
import type { Database } from '#postgres/database.ts';
import { createTokenStore } from '#postgres/token-store.ts';
import { openTestStore } from '../fake/store.ts';

const noon = Date.parse('2026-11-22T12:00:00Z');
const minute = 60_000;
const sealerOf = (byte: number) => {
  const key = new Uint8Array(32).fill(byte);
  return {
    seal: (secret: string, context: string) =>
      seal(secret, context, { key, nonce: new Uint8Array(12).fill(9) }),
    open: (sealed: string, context: string) => unseal(sealed, context, key),
  };
};

let database: Database;
let at = noon;
const now = () => new Date(at);
const store = () => createTokenStore(database, sealerOf(1), now);
beforeAll(async () => {
  database = await openTestStore();
});
afterAll(() => database.close());
beforeEach(async () => {
  at = noon;
  await database.query('delete from live_token');
});

const tokenOf = (name: string) => `ghs_7_${name}.${'y'.repeat(300)}`;
const live = (name: string, change: object = {}) => ({
  sha256: sha256(tokenOf(name)),
  installationId: 3,
  repository: 74,
  permissions: { contents: 'write' },
  mintedAt: noon,
  dropAt: noon + 10 * minute,
  expiresAt: noon + 60 * minute,
  ...change,
});

/** A sweep with a GitHub that gives these answers in turn; true is confirmed, the last one for ever. */
function sweeper(answers: readonly boolean[], of = store()) {
  const asked: string[] = [];
  const entries: EntryDraft[] = [];
  const lines: string[] = [];
  const sweep = () =>
    endTokens({
      now,
      takeOwed: of.takeOwed,
      forget: of.forget,
      append: async (entry) => void entries.push(entry),
      say: (line) => void lines.push(line),
      endAtGitHub: async (token) => {
        asked.push(token);
        if (!answers[Math.min(asked.length, answers.length) - 1])
          throw new Error('GitHub answered 500');
      },
    });
  return { sweep, asked, entries, lines };
}
const left = async () => (await store().list()).map(({ sha256: digest }) => digest);

describe('tokens of the App', () => {
  it('run:identity: what a process that died had is revoked once its time is up, and not before', async () => {
    await store().keep(live('a'), tokenOf('a'));
    const { sweep, asked, entries } = sweeper([true]);
    at = noon + 10 * minute;
    await sweep();
    expect(asked).toEqual([]);
    at = noon + 11 * minute;
    await sweep();
    expect(asked).toEqual([tokenOf('a')]);
    expect(await left()).toEqual([]);
    expect(entries).toEqual([]);
  });

  it('T-E7: asks again, ever more seldom, tells people once, and says when it is over', async () => {
    await store().keep(live('b', { dropAt: noon }), tokenOf('b'));
    await store().owe(live('b').sha256);
    const { sweep, asked, entries, lines } = sweeper([false, false, false, true]);
    const times: number[] = [];
    for (let step = 0; step < 60 && (await left()).length > 0; step += 1) {
      at += minute / 2;
      const before = asked.length;
      await sweep();
      if (asked.length > before) times.push((at - noon) / 1000);
    }
    expect(times).toEqual([30, 90, 210, 420]);
    expect(entries.map(({ kind }) => kind)).toEqual(['broker.token_alive', 'broker.token_ended']);
    expect(entries[0]).toMatchObject({
      repositoryId: 74,
      facts: {
        installationId: 3,
        because: 'Error: GitHub answered 500',
        expiresAt: '2026-11-22T13:00:00.000Z',
      },
    });
    expect(lines).toEqual([expect.stringContaining('could not be revoked')]);
    expect(JSON.stringify([entries, lines])).not.toContain('ghs_');
  });

  it('gives up at the token’s own end, and says so', async () => {
    await store().keep(live('c', { dropAt: noon }), tokenOf('c'));
    const { sweep, entries } = sweeper([false]);
    for (at = noon + minute; at <= noon + 62 * minute; at += minute) await sweep();
    expect(await left()).toEqual([]);
    expect(entries.map(({ kind }) => kind)).toEqual(['broker.token_alive', 'broker.token_expired']);
  });

  it('T-E10: the database alone opens nothing: another key, or another row’s digest, is no key', async () => {
    await store().keep(live('d', { dropAt: noon }), tokenOf('d'));
    const [row] = await database.query<{ sealed: string; text: string }>(
      'select sealed, live_token::text as text from live_token',
    );
    expect(row?.text).not.toContain('ghs_');
    expect(sealerOf(1).open(row?.sealed ?? '', `live-token:${'0'.repeat(64)}`)).toBeNull();

    at = noon + 2 * minute;
    const { sweep, asked, entries } = sweeper([true], createTokenStore(database, sealerOf(2), now));
    await sweep();
    expect(asked).toEqual([]);
    expect(entries).toEqual([
      expect.objectContaining({
        kind: 'broker.token_alive',
        facts: expect.objectContaining({ because: 'it was sealed with another key' }),
      }),
    ]);
  });

  it('gives one token to one sweep, and owes all of a place at once', async () => {
    await store().keep(live('e'), tokenOf('e'));
    await store().keep(live('f', { repository: 75 }), tokenOf('f'));
    await store().keep(live('g', { installationId: 4 }), tokenOf('g'));
    expect(await store().oweAll({ installationId: 3, repository: 74 })).toBe(1);
    const taken = await Promise.all([store().takeOwed(), store().takeOwed()]);
    expect(taken.flat().map(({ token }) => token)).toEqual([tokenOf('e')]);
    expect(await store().oweAll({ installationId: 3 })).toBe(2);
    expect(await store().countOwed()).toBe(1);
  });
});
