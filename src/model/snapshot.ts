import type { Sha256 } from './digest.ts';
import { sha256OfJson } from './digest.ts';
import type { JsonObject } from './json.ts';
import type { Role } from './policy.ts';

/** A person or bot; the numeric id is the identity, the login may be reused. */
export interface Account {
  readonly id: number;
  readonly login: string;
}

/** A repository as signals and runs name it; the ids are the identity. */
export interface RepositoryRef {
  readonly id: number;
  readonly ownerId: number;
  readonly owner: string;
  readonly name: string;
}

/** One comment that counted when the label was set. */
export interface SnapshotComment {
  readonly id: number;
  readonly author: Account | null;
  /** GitHub's author_association at the time, for example MEMBER or NONE. */
  readonly association: string;
  readonly body: string;
  readonly createdAt: string;
}

/** What a review or a check said about an attempt: text of others, which the next one reads as data. */
export interface Feedback {
  readonly kind: 'review' | 'check';
  readonly headSha: string;
  /** Who reviewed, with the role at that time; of a check, nobody's: it may repeat the agent's words. */
  readonly author: (Account & { readonly role: Role }) | null;
  /** `review 12`, `the check build of App 15368`. */
  readonly source: string;
  readonly notes: readonly FeedbackNote[];
}

/** One piece of text, with the place in the change that it is about. */
export interface FeedbackNote {
  readonly path: string | null;
  readonly line: number | null;
  readonly text: string;
}

/** The text that was authorized: the agent reads this and never the live issue. */
export interface Snapshot {
  readonly schema: 'sallyport/snapshot/v1';
  readonly repository: RepositoryRef;
  readonly issue: {
    readonly id: number;
    readonly number: number;
    readonly title: string;
    readonly body: string;
    readonly author: Account | null;
    readonly association: string;
    readonly labels: readonly string[];
  };
  readonly comments: readonly SnapshotComment[];
  /** Why there is another attempt; absent for a first one. */
  readonly feedback?: Feedback;
  /** When the label was set, RFC 3339. */
  readonly authorizedAt: string;
  readonly authorizedBy: Account & { readonly role: Role };
}

/** The digest a grant and a receipt name the snapshot by. */
export function snapshotSha256(snapshot: Snapshot): Sha256 {
  return sha256OfJson(snapshot as unknown as JsonObject);
}
