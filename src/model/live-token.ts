import type { Sha256 } from './digest.ts';

/** An installation token of the App, without the token. Times in Unix milliseconds. */
export interface LiveToken {
  readonly sha256: Sha256;
  readonly installationId: number;
  /** An id, a name within the installation's account, or null for every repository. */
  readonly repository: number | string | null;
  readonly permissions: Readonly<Record<string, string>>;
  readonly mintedAt: number;
  /** When the App revokes it; GitHub would let it live an hour. */
  readonly dropAt: number;
  readonly expiresAt: number;
}

/** Where tokens are kept for as long as they live, so that one that is forgotten is revoked all the same. */
export interface TokenKeeper {
  /** Before it is used: what cannot be kept is not used. */
  keep(live: LiveToken, token: string): Promise<void>;
  /** GitHub has confirmed its end. */
  forget(sha256: Sha256): Promise<void>;
  /** Its end was asked for and not confirmed: it is asked for again. */
  owe(sha256: Sha256): Promise<void>;
}
