/** A pull request between two branches of one repository. */
export interface Pull {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string;
  readonly authorId: number;
  /** The App that opened it, for itself or for a person; null when none did. */
  readonly viaAppId: number | null;
  state: 'open' | 'closed';
  draft: boolean;
  readonly headRef: string;
  baseRef: string;
  /** Kept when the branch goes away. */
  headSha: string;
  /** The base branch's commit when the pull request last changed. */
  baseSha: string;
  merged: boolean;
  mergedAt: string | null;
  mergedById: number | null;
  /** What the base holds of it since it was merged. */
  mergeCommitSha: string | null;
  /** It is merged as soon as the rules allow it; absent when nobody has asked for that. */
  autoMerge?: AutoMerge;
  /** Its newest trial merge with the base; absent when there is none, or they conflict. */
  trialMergeSha?: string;
  labels: string[];
  /** Account ids. */
  assignees: number[];
  /** Account ids that were asked for a review and have not given one. */
  requestedReviewers: number[];
  /** Team ids, likewise. */
  requestedTeams: number[];
  /** Who pushed the head last; null when that is not known, as for what a seed has planted. */
  lastPusherId: number | null;
  /** What lies between base and head; null until git was asked about this head. */
  figures: PullFigures | null;
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
}

/** Somebody's wish that a pull request be merged when its requirements are met. */
export interface AutoMerge {
  readonly enabledById: number;
  readonly enabledAt: string;
  readonly method: 'merge' | 'squash' | 'rebase';
  readonly title: string;
  readonly message: string;
}

/** How large a pull request is. */
export interface PullFigures {
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

/** A review of a pull request; `PENDING` until its author submits it. */
export interface Review {
  readonly id: number;
  readonly pull: number;
  readonly authorId: number;
  body: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';
  readonly commitId: string;
  submittedAt: string;
}

/** A comment on a line of a pull request. The first of a thread has no `inReplyTo`. */
export interface ReviewComment {
  readonly id: number;
  readonly pull: number;
  readonly reviewId: number | null;
  readonly path: string;
  /** The line in the file on that side; null for a comment on the whole file. */
  readonly line: number | null;
  readonly side: 'LEFT' | 'RIGHT';
  readonly startLine: number | null;
  readonly startSide: 'LEFT' | 'RIGHT' | null;
  readonly commitId: string;
  readonly diffHunk: string;
  body: string;
  readonly authorId: number;
  /** The thread's first comment. */
  readonly inReplyTo: number | null;
  readonly createdAt: string;
  updatedAt: string;
}
