import type { Run, RunId } from '#model/run.ts';
import { issueTextSha256 } from '#model/signal.ts';
import type { RepositoryRef, Snapshot } from '#model/snapshot.ts';
import type { AttemptCause, Cause } from '#model/trigger.ts';
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

/** Something a person did, a held run whose blockers may be gone, or a wish for another attempt. */
export type AuthorizeRequest =
  | {
      readonly kind: 'wish';
      /** The delivery's body digest: the same for every retry. */
      readonly eventId: string;
      readonly wish: Wish;
    }
  | { readonly kind: 'release'; readonly run: HeldRun }
  | {
      /** Another attempt at a run's pull request. */
      readonly kind: 'attempt';
      readonly eventId: string;
      readonly run: Run;
      readonly cause: AttemptCause;
    };

/** What is asked, whoever asks: a person or a release. */
export interface Question {
  readonly address: IssueAddress;
  readonly eventId: string;
  readonly cause: Cause;
  readonly requester: Facts['requester'];
  readonly authorizedAt: string;
  readonly textSha256: string | null;
  /** The text that was authorized, when that was before; null to freeze it now. What an attempt is told is added. */
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

type FindSnapshot = {
  readonly findSnapshot: (digest: string) => Promise<Snapshot | undefined>;
};

/** A release repeats the question: the same person, the same text, asked again now. */
export async function askRelease(
  { run }: Extract<AuthorizeRequest, { kind: 'release' }>,
  deps: FindSnapshot,
): Promise<Question | undefined> {
  const { cause } = run;
  return askAgain(run, { eventId: `release:${run.id}`, cause, releases: run.id }, deps);
}

/** Another attempt repeats it too, with what was said about the one before. */
export function askAttempt(
  { run, eventId, cause }: Extract<AuthorizeRequest, { kind: 'attempt' }>,
  deps: FindSnapshot,
): Promise<Question | undefined> {
  return askAgain(run, { eventId, cause, releases: null }, deps);
}

async function askAgain(
  run: Run,
  about: Pick<Question, 'eventId' | 'cause' | 'releases'>,
  deps: FindSnapshot,
): Promise<Question | undefined> {
  const snapshot = await deps.findSnapshot(run.snapshotSha256);
  if (!snapshot) return undefined;
  const { installationId, repository, issue, requester } = run;
  return {
    ...about,
    address: { installationId, repository, issue: issue.number },
    requester: { ...requester, type: 'User' },
    authorizedAt: snapshot.authorizedAt,
    textSha256: issueTextSha256(snapshot.issue.title, snapshot.issue.body),
    snapshot,
  };
}
