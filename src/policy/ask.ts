import type { Run, RunId } from '#model/run.ts';
import { issueTextSha256 } from '#model/signal.ts';
import type { RepositoryRef, Snapshot } from '#model/snapshot.ts';
import type { Cause } from '#model/trigger.ts';
import type { Facts } from './facts.ts';

export interface IssueAddress {
  readonly installationId: number;
  readonly repository: RepositoryRef;
  readonly issue: number;
}

/** A person's wish to start work on an issue, as a delivery tells of it. */
export interface Wish {
  readonly installationId: number;
  readonly repository: RepositoryRef;
  readonly issue: number;
  readonly sender: Facts['requester'];
  readonly cause: Cause;
  /** When it was done, RFC 3339, by GitHub's clock. */
  readonly at: string;
  /** Of the title and body the sender saw; null when the delivery had none. */
  readonly textSha256: string | null;
}

/** A run that waits, with what was done to ask for it. */
export type HeldRun = Run & { readonly cause: Cause };

/** Something a person did, or a held run whose blockers may be gone. */
export type AuthorizeRequest =
  | {
      readonly kind: 'wish';
      /** The delivery's body digest: the same for every retry. */
      readonly eventId: string;
      readonly wish: Wish;
    }
  | { readonly kind: 'release'; readonly run: HeldRun };

/** What is asked, whoever asks: a person or a release. */
export interface Question {
  readonly address: IssueAddress;
  readonly eventId: string;
  readonly cause: Cause;
  readonly requester: Facts['requester'];
  readonly authorizedAt: string;
  readonly textSha256: string | null;
  /** The text that was authorized, when that was before; null to freeze it now. */
  readonly snapshot: Snapshot | null;
  readonly releases: RunId | null;
}

/** What somebody's wish asks. */
export function askWish({ wish, eventId }: Extract<AuthorizeRequest, { kind: 'wish' }>): Question {
  const { installationId, repository, issue, sender, cause, at, textSha256 } = wish;
  return {
    address: { installationId, repository, issue },
    eventId,
    cause,
    requester: sender,
    authorizedAt: at,
    textSha256,
    snapshot: null,
    releases: null,
  };
}

/** A release repeats the question: the same person, the same text, asked again now. */
export async function askRelease(
  { run }: Extract<AuthorizeRequest, { kind: 'release' }>,
  deps: { readonly findSnapshot: (digest: string) => Promise<Snapshot | undefined> },
): Promise<Question | undefined> {
  const snapshot = await deps.findSnapshot(run.snapshotSha256);
  if (!snapshot) return undefined;
  const { installationId, repository, issue, requester } = run;
  return {
    address: { installationId, repository, issue: issue.number },
    eventId: `release:${run.id}`,
    cause: run.cause,
    requester: { ...requester, type: 'User' },
    authorizedAt: snapshot.authorizedAt,
    textSha256: issueTextSha256(snapshot.issue.title, snapshot.issue.body),
    snapshot,
    releases: run.id,
  };
}
