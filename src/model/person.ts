import type { Account } from './snapshot.ts';

/** What GitHub gives for a person's consent: a token that acts for them, and what renews it. */
export interface TokenPair {
  readonly token: string;
  readonly refreshToken: string;
  /** Seconds from when it was given: eight hours, and six months. */
  readonly tokenSeconds: number;
  readonly refreshSeconds: number;
}

/** A person who let the App act for them, as it is kept: secrets sealed, ended for good or not. */
export interface Person {
  readonly account: Account;
  readonly tokenSealed: string;
  readonly refreshSealed: string;
  /** SHA-256 of the token, in hex: how the ledger and the inventory name it. */
  readonly tokenSha256: string;
  readonly tokenExpiresAt: Date;
  readonly refreshExpiresAt: Date;
  /** Installations that the person could reach when they signed in: it is used for no other. */
  readonly installations: readonly number[];
}

/** The same with what the record knows of its life. */
export interface KeptPerson extends Omit<Person, 'tokenSealed' | 'refreshSealed'> {
  /** Null once it is forgotten, which follows its end. */
  readonly tokenSealed: string | null;
  readonly refreshSealed: string | null;
  readonly signedInAt: Date;
  readonly lastUsedAt: Date | null;
  readonly endedAt: Date | null;
  /** Why it ended; null while it lives. */
  readonly because: string | null;
}

/** Under whose name a pull request was opened. */
export interface Opener {
  readonly by: 'requester' | 'app';
  /** Why it was the App although the policy asks for the requester; null when nothing has to be said. */
  readonly because: string | null;
  /** Where the requester can change that; null where they cannot. */
  readonly signInUrl: string | null;
}
