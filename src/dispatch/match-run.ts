/** A workflow run as the list of runs shows it. */
export interface SeenRun {
  readonly id: number;
  readonly event: string;
  readonly headSha: string;
  readonly path: string;
  readonly actorId: number;
  readonly attempt: number;
  /** RFC 3339, in seconds. */
  readonly createdAt: string;
  /** What the workflow's `run-name` came to. */
  readonly title: string;
}

/** What a run that we asked for looks like. */
export interface Wanted {
  readonly grantId: string;
  readonly headSha: string;
  readonly path: string;
  readonly actorId: number;
  /** When it was asked for, RFC 3339. */
  readonly requestedAt: string;
  /** Runs that belong to other grants. */
  readonly taken: readonly number[];
}

/** GitHub's clock and ours may differ so much, and its times are cut to seconds. */
const skewMs = 5_000;

export type Match =
  | { readonly kind: 'one'; readonly workflowRunId: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'many'; readonly count: number };

/** What GitHub has of a workflow run that may have been asked for: `none` when it never started one. */
export type Started =
  | Match
  /** Asked for so shortly before that GitHub may not list it yet. */
  | { readonly kind: 'not_listed_yet' };

/** The title of a workflow run for a grant: the caller workflow's `run-name`. */
export function runTitle(grantId: string): string {
  return `sallyport ${grantId}`;
}

/**
 * Which of the listed runs is ours: the one that carries the grant's id, else the only one that
 * carries none. More than one candidate is no answer: nothing is guessed.
 */
export function matchRun(seen: readonly SeenRun[], wanted: Wanted): Match {
  const earliest = Date.parse(wanted.requestedAt) - skewMs;
  const candidates = seen.filter(
    (run) =>
      run.event === 'workflow_dispatch' &&
      run.headSha === wanted.headSha &&
      // GitHub writes `.github/workflows/x.yml`, with `@ref` behind it for some runs.
      run.path.split('@', 1)[0] === wanted.path &&
      run.actorId === wanted.actorId &&
      run.attempt === 1 &&
      Date.parse(run.createdAt) >= earliest &&
      !wanted.taken.includes(run.id),
  );
  const named = candidates.filter(({ title }) => title === runTitle(wanted.grantId));
  // A caller workflow of before has no `run-name`: its runs are told apart by time alone.
  const ours = named.length > 0 ? named : candidates.filter(({ title }) => !isTitled(title));
  const [first] = ours;
  if (!first) return { kind: 'none' };
  if (ours.length > 1) return { kind: 'many', count: ours.length };
  return { kind: 'one', workflowRunId: first.id };
}

/** Another grant's run says so itself. */
function isTitled(title: string): boolean {
  return /^sallyport [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(title);
}
