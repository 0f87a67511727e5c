/** The queues, each with what one of its jobs carries: identifiers only, state is read again. */
export interface Jobs {
  /** Act on a delivery that was accepted. */
  readonly delivery: { readonly bodySha256: string };
  /** A delivery that failed for good: delivered again, it is taken up again. */
  readonly 'delivery-failed': { readonly bodySha256: string };
  /** Bring the issue of an outside signal up to date. */
  readonly outside: { readonly source: string; readonly bodySha256: string };
  /** Start the caller workflow of an admitted run. */
  readonly dispatch: { readonly runId: string };
  /** Collect, judge and publish what the report job named. */
  readonly publish: { readonly runId: string };
  /** Work out the gate of a pull request again. */
  readonly gate: { readonly repositoryId: number; readonly pull: number };
  /** End the workflow run of a stopped run, and say when it has ended. */
  readonly 'end-workflow': { readonly runId: string; readonly asked: number };
  /** A pause was lifted: what waited for it is decided again. */
  readonly resumed: { readonly scope: string };
  /** A run's pull request was closed: settle it and release what it blocked. */
  readonly release: { readonly runId: string };
  /** An issue was closed or reopened, or an edge changed: look at what it blocks again. */
  readonly reconsider: { readonly repositoryId: number; readonly issue: number };
  /** A person's leave ended: take back at GitHub what is left of it, and forget it. */
  readonly 'forget-person': { readonly userId: number };
}

export type JobName = keyof Jobs;

export const jobNames = [
  'delivery',
  'delivery-failed',
  'outside',
  'dispatch',
  'publish',
  'gate',
  'end-workflow',
  'resumed',
  'release',
  'reconsider',
  'forget-person',
] as const satisfies readonly JobName[];

/** Where a job goes that failed for good. */
export const failsInto: Readonly<Partial<Record<JobName, JobName>>> = {
  delivery: 'delivery-failed',
};
