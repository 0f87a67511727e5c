/** A pull request that waits in the merge queue of its base branch. */
export interface QueueEntry {
  readonly id: number;
  readonly pull: number;
  /** The base branch when it was added. */
  readonly branch: string;
  /** The head that was added: another one leaves the queue. */
  readonly headSha: string;
  readonly enqueuedById: number;
  readonly enqueuedAt: string;
  /** It was put before all others. */
  readonly jump: boolean;
  /** What it would make of the base, once that is built. */
  group: MergeGroup | null;
  /** The commit that it could not be merged into; it is tried again on another. */
  conflictSha: string | null;
}

/** The trial merge of one entry on top of those before it, on a branch of its own. */
export interface MergeGroup {
  /** `refs/heads/gh-readonly-queue/{base}/pr-{number}-{baseSha}` */
  readonly ref: string;
  readonly sha: string;
  /** The base's head, or the head of the group before. */
  readonly baseSha: string;
  readonly builtAt: string;
}
