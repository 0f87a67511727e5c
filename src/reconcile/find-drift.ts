import type { Run } from '#model/run.ts';
import { isEnded } from '#model/run.ts';
import type { Cause } from '#model/trigger.ts';
import { firstCause } from '#model/trigger.ts';

/** An open run as the store holds it, with what was done to ask for it. */
export type KnownRun = Pick<Run, 'id' | 'state' | 'pull'> & {
  readonly issue: { readonly number: number };
  readonly cause: Cause;
};

/** An open issue that carries a trigger label, as GitHub lists it now. */
export interface LabelledIssue {
  readonly number: number;
  readonly label: string;
  /** RFC 3339; changes with everything that happens on the issue. */
  readonly updatedAt: string;
}

/** A cold look at one repository. */
export interface Seen {
  readonly labelled: readonly LabelledIssue[];
  /** Every open pull request, or null when there were too many to list. */
  readonly openPulls: readonly { readonly number: number; readonly updatedAt: string }[] | null;
}

/** One difference between what GitHub says and what the store holds. */
export type Drift =
  /** A label that nobody told us of, or that was refused: its event decides which. */
  | { readonly kind: 'label_set'; readonly issue: LabelledIssue }
  /** What was done to ask for a run under way is no longer so. */
  | { readonly kind: 'label_gone'; readonly runId: string; readonly issue: number }
  /** A pull request of ours that is open no more. */
  | { readonly kind: 'pull_closed'; readonly runId: string; readonly pull: number }
  /** A pull request of ours on which something happened. */
  | { readonly kind: 'pull_changed'; readonly pull: number; readonly updatedAt: string };

const beforePeople: readonly Run['state'][] = ['held', 'admitted', 'dispatched', 'working'];

/** Work that people do not have yet: what asked for it can still take it back. */
export function isBeforePeople({ state }: Pick<Run, 'state'>): boolean {
  return beforePeople.includes(state);
}

/** Runs that no list shows to be asked for still: their issues are read one by one. */
export function findUnlisted(runs: readonly KnownRun[]): readonly KnownRun[] {
  return runs.filter((run) => isBeforePeople(run) && firstCause(run.cause).kind !== 'label');
}

/** Every difference there is. What nothing differs in needs nothing done (`delivery:any-order`). */
export function findDrift(runs: readonly KnownRun[], seen: Seen): readonly Drift[] {
  const alive = runs.filter((run) => !isEnded(run.state));
  // A merge that is not settled, because nobody could end it in time, is a pull request closed.
  const open = alive.filter((run) => run.state !== 'merged');
  return [...labelsSet(open, seen), ...labelsGone(open, seen), ...pulls(alive, seen)];
}

function labelsSet(open: readonly KnownRun[], { labelled }: Seen): readonly Drift[] {
  const busy = new Set(open.map((run) => run.issue.number));
  return labelled
    .filter((issue) => !busy.has(issue.number))
    .map((issue) => ({ kind: 'label_set', issue }));
}

function labelsGone(open: readonly KnownRun[], { labelled }: Seen): readonly Drift[] {
  return open.flatMap(({ id, state, issue, cause: asked }): readonly Drift[] => {
    const cause = firstCause(asked);
    if (cause.kind !== 'label' || !beforePeople.includes(state)) return [];
    const stands = labelled.some((one) => one.number === issue.number && one.label === cause.label);
    return stands ? [] : [{ kind: 'label_gone', runId: id, issue: issue.number }];
  });
}

function pulls(open: readonly KnownRun[], { openPulls }: Seen): readonly Drift[] {
  if (openPulls === null) return [];
  return open.flatMap(({ id, pull }): readonly Drift[] => {
    if (pull === null) return [];
    const now = openPulls.find((one) => one.number === pull);
    return now
      ? [{ kind: 'pull_changed', pull, updatedAt: now.updatedAt }]
      : [{ kind: 'pull_closed', runId: id, pull }];
  });
}
