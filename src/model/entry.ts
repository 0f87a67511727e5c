import type { Sha256 } from './digest.ts';
import { sha256OfJson } from './digest.ts';
import type { JsonObject } from './json.ts';

/** `<stage or standing service>.<what happened>`, for example `policy.decided`. */
export type EntryKind = `${string}.${string}`;

/** What a stage hands to the ledger. Facts hold digests of credentials, never credentials. */
export interface EntryDraft {
  readonly kind: EntryKind;
  readonly runId: string | null;
  readonly repositoryId: number | null;
  /** Who: `user:<login>#<id>`, `app`, `job:<workflow run>/<job>`, `github`, `source:<name>`. */
  readonly actor: string;
  readonly facts: JsonObject;
}

/** One link of the chain. `hash` covers everything else, `previous` the link before it. */
export interface Entry extends EntryDraft {
  /** 1, 2, 3 … without a gap. */
  readonly seq: number;
  /** RFC 3339 with milliseconds. */
  readonly at: string;
  readonly previous: Sha256;
  readonly hash: Sha256;
}

/** The `previous` of the first entry. */
export const genesis: Sha256 = '0'.repeat(64);

/** The hash of an entry: SHA-256 of its canonical form (RFC 8785) without the `hash` member. */
export function entryHash(entry: Omit<Entry, 'hash'>): Sha256 {
  const { seq, at, kind, runId, repositoryId, actor, facts, previous } = entry;
  return sha256OfJson({ seq, at, kind, runId, repositoryId, actor, facts, previous });
}
