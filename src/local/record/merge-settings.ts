/** How a repository merges pull requests; each word as the REST API has it. */
export interface MergeSettings {
  readonly allow_merge_commit: boolean;
  readonly allow_squash_merge: boolean;
  readonly allow_rebase_merge: boolean;
  readonly allow_auto_merge: boolean;
  /** The button to update a branch is always offered; the API takes an update in any case. */
  readonly allow_update_branch: boolean;
  readonly delete_branch_on_merge: boolean;
  readonly squash_merge_commit_title: 'PR_TITLE' | 'COMMIT_OR_PR_TITLE';
  readonly squash_merge_commit_message: 'PR_BODY' | 'COMMIT_MESSAGES' | 'BLANK';
  readonly merge_commit_title: 'PR_TITLE' | 'MERGE_MESSAGE';
  readonly merge_commit_message: 'PR_BODY' | 'PR_TITLE' | 'BLANK';
}

/** What a new repository has on GitHub. */
export const NEW_MERGE_SETTINGS: MergeSettings = {
  allow_merge_commit: true,
  allow_squash_merge: true,
  allow_rebase_merge: true,
  allow_auto_merge: false,
  allow_update_branch: false,
  delete_branch_on_merge: false,
  squash_merge_commit_title: 'COMMIT_OR_PR_TITLE',
  squash_merge_commit_message: 'COMMIT_MESSAGES',
  merge_commit_title: 'MERGE_MESSAGE',
  merge_commit_message: 'PR_TITLE',
};
