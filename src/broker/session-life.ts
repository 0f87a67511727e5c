import type { Sha256 } from '#model/digest.ts';
import { sha256 } from '#model/digest.ts';
import type { Grant } from '#model/grant.ts';

/** A session's life (identity §3). The agent's minutes may be longer: its job renews it. */
export const sessionMs = 60 * 60_000;

/** What is stored and looked up by: the token itself is nowhere kept. */
export function sha256OfToken(token: string): Sha256 {
  return sha256(token);
}

/** An hour, or as long as the grant lives when that is less. */
export function sessionExpiry(grant: Grant, now: Date): string {
  return new Date(Math.min(now.getTime() + sessionMs, Date.parse(grant.expiresAt))).toISOString();
}
