/** An issue. Everything that can be changed later is not readonly. */
export interface Issue {
  /** The database id; pull requests share the number space but not this record. */
  readonly id: number;
  readonly number: number;
  title: string;
  body: string;
  readonly authorId: number;
  /** The App that opened it, for itself or for a person; null when none did. */
  readonly viaAppId: number | null;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'not_planned' | 'duplicate' | 'reopened' | null;
  labels: string[];
  /** Account ids. */
  assignees: number[];
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  lastEditedAt: string | null;
  /** Database ids of the issues that block this one. */
  blockedBy: number[];
  /** Database ids of its sub-issues, in the order of their priority. */
  subIssues: number[];
}

/** A comment below an issue or a pull request. */
export interface Comment {
  readonly id: number;
  /** Issue or pull request number. */
  readonly number: number;
  body: string;
  readonly authorId: number;
  readonly viaAppId: number | null;
  readonly createdAt: string;
  updatedAt: string;
}

/** One account’s reaction to an issue, a comment or a review comment. */
export interface Reaction {
  readonly id: number;
  readonly subject: 'issue' | 'comment' | 'review-comment';
  /** The issue's number, or the comment's id. */
  readonly subjectId: number;
  readonly userId: number;
  readonly content: '+1' | '-1' | 'laugh' | 'hooray' | 'confused' | 'heart' | 'rocket' | 'eyes';
  readonly createdAt: string;
}

/** One line of an issue's or a pull request's history: who did what, when. */
export interface IssueEvent {
  readonly id: number;
  readonly number: number;
  readonly event:
    | 'added_to_merge_queue'
    | 'assigned'
    | 'auto_merge_disabled'
    | 'auto_merge_enabled'
    | 'blocked_by_added'
    | 'blocked_by_removed'
    | 'blocking_added'
    | 'blocking_removed'
    | 'closed'
    | 'convert_to_draft'
    | 'head_ref_deleted'
    | 'head_ref_force_pushed'
    | 'labeled'
    | 'merged'
    | 'parent_issue_added'
    | 'parent_issue_removed'
    | 'ready_for_review'
    | 'removed_from_merge_queue'
    | 'renamed'
    | 'reopened'
    | 'review_dismissed'
    | 'review_request_removed'
    | 'review_requested'
    | 'sub_issue_added'
    | 'sub_issue_removed'
    | 'unassigned'
    | 'unlabeled';
  readonly actorId: number;
  readonly createdAt: string;
  readonly label: string | null;
  readonly commitId: string | null;
  /** The head that a forced push took away; `commitId` is the one that it brought. */
  readonly beforeId?: string;
  /** Who was assigned, or asked for a review: an account id. */
  readonly subjectId?: number;
  /** The title before and after. */
  readonly rename?: { readonly from: string; readonly to: string };
  readonly stateReason?: Issue['stateReason'];
  /** The database id of the other issue: parent, sub-issue, or the one that waits or blocks. */
  readonly otherId?: number;
  /** The review that was dismissed, with the reason that was given. */
  readonly review?: { readonly id: number; readonly state: string; readonly message: string };
}
