import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseExport, renderExport } from '#ledger/parse-export.ts';
import { verifyChain } from '#ledger/verify-chain.ts';
import type { Entry } from '#model/entry.ts';
import { entryHash, genesis } from '#model/entry.ts';

function chainOf(count: number): Entry[] {
  const entries: Entry[] = [];
  for (let seq = 1; seq <= count; seq += 1) {
    const link = {
      seq,
      at: new Date(seq * 1000).toISOString(),
      kind: 'policy.decided' as const,
      runId: null,
      repositoryId: 7,
      actor: 'app',
      facts: { number: seq, text: `entry ${seq} ü` },
      previous: entries.at(-1)?.hash ?? genesis,
    };
    entries.push({ ...link, hash: entryHash(link) });
  }
  return entries;
}

describe('verifyChain', () => {
  it('accepts a chain as it was written, and an empty one', () => {
    expect(verifyChain(chainOf(5)).ok).toBe(true);
    expect(verifyChain([])).toEqual({ ok: true, value: { entries: 0, head: genesis } });
  });

  it('ledger:first: finds any changed byte of an export', () => {
    const text = renderExport(chainOf(4));
    const bytes = Buffer.from(text);

    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ flip;
        const parsed = parseExport(changed.toString('utf8'));
        const verified = parsed.ok ? verifyChain(parsed.value) : parsed;

        expect(verified.ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a missing entry', (chain: Entry[]) => chain.filter((entry) => entry.seq !== 2), 'gap'],
    ['two entries swapped', ([a, b, c]: Entry[]) => [b, a, c] as Entry[], 'gap'],
    [
      'an entry rewritten with a fresh hash',
      (chain: Entry[]) =>
        chain.map((entry) => {
          const link = { ...entry, actor: 'nobody' };
          return entry.seq === 2 ? { ...link, hash: entryHash(link) } : entry;
        }),
      'link',
    ],
  ])('finds %s', (_name, change, reason) => {
    const verified = verifyChain(change(chainOf(3)));

    expect(verified.ok ? null : verified.refusal.reason).toBe(reason);
  });
});
