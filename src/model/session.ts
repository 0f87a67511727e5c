import type { Sha256 } from './digest.ts';
import type { Phase, ToolGrant } from './grant.ts';
import type { RunId } from './run.ts';

/** A live session of one job; the token itself is nowhere kept, only its SHA-256. */
export interface Session {
  readonly tokenSha256: Sha256;
  readonly grantId: string;
  readonly runId: RunId;
  readonly repositoryId: number;
  readonly phase: Phase;
  readonly checkRunId: number;
  readonly tools: readonly ToolGrant[];
  readonly expiresAt: string;
  /** RFC 7638 of the key that every use is proven with; null for the bearer form. */
  readonly keyThumbprint: string | null;
}
