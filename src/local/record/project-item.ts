/** An issue or a pull request on the board of an organization's project. */
export interface ProjectItem {
  readonly repositoryId: number;
  /** Of the issue or the pull request. */
  readonly number: number;
  /** The project's number in the organization. */
  readonly project: number;
  /** Its column; null when it has none. */
  readonly status: string | null;
}
