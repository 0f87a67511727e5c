import type { Entry } from '#model/entry.ts';
import { entryHash, genesis } from '#model/entry.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';

/** What is wrong with a ledger, and where it begins. */
export interface BrokenChain {
  readonly reason: 'gap' | 'link' | 'hash';
  readonly seq: number;
  readonly sentence: string;
}

/**
 * Check a ledger from its first entry: no gap, every link, every hash. Any changed, missing or
 * inserted byte is found, except entries cut from the end: compare the last hash for that.
 */
export function verifyChain(
  entries: readonly Entry[],
): Result<{ readonly entries: number; readonly head: string }, BrokenChain> {
  let previous = genesis;
  for (const [index, entry] of entries.entries()) {
    const seq = index + 1;
    if (entry.seq !== seq)
      return refuse(broken('gap', seq, `expected entry ${seq}, got ${entry.seq}`));
    if (entry.previous !== previous) {
      return refuse(broken('link', seq, `entry ${seq} does not follow from the entry before it`));
    }
    if (entryHash(entry) !== entry.hash) {
      return refuse(broken('hash', seq, `entry ${seq} is not what was recorded: its hash differs`));
    }
    previous = entry.hash;
  }
  return ok({ entries: entries.length, head: previous });
}

function broken(reason: BrokenChain['reason'], seq: number, sentence: string): BrokenChain {
  return { reason, seq, sentence };
}
