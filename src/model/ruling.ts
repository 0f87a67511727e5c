import type { Decision } from './decision.ts';
import type { Sha256 } from './digest.ts';
import type { Policy } from './policy.ts';
import type { RunId } from './run.ts';
import type { Account, RepositoryRef, Snapshot } from './snapshot.ts';
import type { Cause } from './trigger.ts';

interface Ruled {
  /** What was ruled on: the delivery's body digest, or `release:<run>`; a retry has the same. */
  readonly eventId: string;
  /** What the requester did to ask for it. */
  readonly cause: Cause;
  readonly decision: Decision;
  readonly installationId: number;
  readonly repository: RepositoryRef;
  readonly issue: { readonly id: number | null; readonly number: number; readonly title: string };
  readonly requester: Account;
  /** Of the bytes of the owner's policy that was applied; null when there was none. */
  readonly organizationPolicySha256: Sha256 | null;
}

/** Where a run stands in a chain: a new chain's first, or one further than what it waited for. */
export interface ChainPlace {
  /** Null for a chain that starts here. */
  readonly chainId: string | null;
  readonly depth: number;
}

/** What policy says about one wish to start: the authorization receipt, and what dispatch needs. */
export type Ruling =
  | (Ruled & {
      readonly kind: 'denied';
      readonly policySha256: Sha256 | null;
      readonly baseSha: string | null;
    })
  | (Ruled & {
      readonly kind: 'allowed' | 'held';
      readonly issue: {
        readonly id: number;
        readonly number: number;
        readonly title: string;
      };
      readonly snapshot: Snapshot;
      readonly policy: Policy;
      /** Of the file's bytes at `baseSha`. */
      readonly policySha256: Sha256;
      /** `refs/heads/<default>`. */
      readonly baseRef: string;
      readonly baseSha: string;
      readonly chain: ChainPlace;
      /** Comments that do not count as instructions: late, edited late, or by people without a role. */
      readonly leftOutCount: number;
      /** The held run that this ruling releases; null for a new one. */
      readonly releases: RunId | null;
    });

/** A ruling that starts something, now or when it is no longer held. */
export type Startable = Extract<Ruling, { kind: 'allowed' | 'held' }>;
