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
}

/** What a run that we asked for looks like. */
export interface Wanted {
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

/** Which of the listed runs is ours. More than one candidate is no answer: nothing is guessed. */
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
  const [first] = candidates;
  if (!first) return { kind: 'none' };
  if (candidates.length > 1) return { kind: 'many', count: candidates.length };
  return { kind: 'one', workflowRunId: first.id };
}
