import type { CheckRun, CommitStatus } from '#local/record/check.ts';
import type { Review } from '#local/record/pull.ts';

/** What the checks say of one commit. */
export interface CheckFacts {
  /** Check runs on the commit, the oldest first. */
  readonly runs: readonly Pick<CheckRun, 'name' | 'appId' | 'status' | 'conclusion'>[];
  /** Statuses on the commit, the oldest first. */
  readonly statuses: readonly Pick<CommitStatus, 'context' | 'state'>[];
}

/** One review, as far as rules look at it. */
export interface ReviewFacts extends Pick<Review, 'authorId' | 'state' | 'commitId'> {
  /** Its author may write to the repository: only then does it count. */
  readonly canWrite: boolean;
}

/** Who must look at some of the changed files, one of them at least. */
export interface OwnerGroup {
  /** Account ids; empty when CODEOWNERS names nobody who exists, and then it cannot be met. */
  readonly accountIds: readonly number[];
  /** As CODEOWNERS spells them, without `@`. */
  readonly names: readonly string[];
}

/** Everything that the rules of a branch ask about a pull request: plain values, read before. */
export interface PullFacts extends CheckFacts {
  readonly headSha: string;
  readonly authorId: number;
  /** Who pushed the head; the author when nobody has pushed since it was opened. */
  readonly lastPusherId: number;
  /** Submitted reviews, the oldest first. */
  readonly reviews: readonly ReviewFacts[];
  readonly ownerGroups: readonly OwnerGroup[];
  readonly unresolvedThreadCount: number;
  /** How many commits of the base the head lacks. */
  readonly behindBy: number;
}
