import type { BlockedBy, IssueKey } from './find-cycle.ts';
import { findCycle } from './find-cycle.ts';

/** An issue that blocks another, as it is now. */
export interface BlockerState {
  readonly key: IssueKey;
  readonly state: 'open' | 'closed';
  /** GitHub's `state_reason`. */
  readonly stateReason: string | null;
  /**
   * Where our own work on it stands, when that is not done: its pull request is not settled, or was
   * merged past the gate, or was reverted. GitHub closes the issue as completed, and leaves it so.
   */
  readonly unsettled?: Unsettled | null;
}

/** Why an issue that is closed as completed does not count as done yet. */
export type Unsettled = 'in_review' | 'past_gate' | 'reverted';

/** A held run and what its issue waits for. */
export interface HeldWork {
  readonly runId: string;
  readonly key: IssueKey;
  readonly blockers: readonly BlockerState[];
}

/** What is to be done with one held run, and the sentence that says why. */
export interface Readiness {
  readonly runId: string;
  readonly key: IssueKey;
  readonly verdict: 'ready' | 'blocked' | 'needs_human';
  readonly because: string;
}

/** What a person can approve, and what not: a wait for work that goes on is none of it. */
export type Approval =
  | { readonly kind: 'released' }
  /** It is approved, and something else keeps it. */
  | { readonly kind: 'kept'; readonly because: string }
  /** What waits is no longer what was seen, or waits for nobody. */
  | { readonly kind: 'refused'; readonly because: string };

/**
 * Which held work may go on. Only an issue that was closed as completed counts as done: one that was
 * given up blocks on, and a person decides. An edge delays work, it never authorizes it.
 */
export function findReady(held: readonly HeldWork[], blockedBy: BlockedBy): readonly Readiness[] {
  return held.map((work) => ({ runId: work.runId, key: work.key, ...judgeOne(work, blockedBy) }));
}

function judgeOne(work: HeldWork, blockedBy: BlockedBy): Pick<Readiness, 'verdict' | 'because'> {
  const cycle = findCycle(work.key, blockedBy);
  if (cycle) {
    return { verdict: 'needs_human', because: `the issues block each other: ${cycle.join(' ← ')}` };
  }
  const open = work.blockers.filter((blocker) => blocker.state === 'open');
  if (open.length > 0) return { verdict: 'blocked', because: `blocked by ${namesOf(open)}` };
  const undone = work.blockers.filter((blocker) => blocker.stateReason !== 'completed');
  if (undone.length > 0) {
    return {
      verdict: 'needs_human',
      because: `${namesOf(undone)} was closed without being completed: remove the edge, or the label`,
    };
  }
  const reverted = work.blockers.filter((blocker) => blocker.unsettled === 'reverted');
  if (reverted.length > 0) {
    return {
      verdict: 'needs_human',
      because: `${namesOf(reverted)} was merged and then reverted: remove the edge, or the label`,
    };
  }
  const past = work.blockers.filter((blocker) => blocker.unsettled === 'past_gate');
  if (past.length > 0) {
    return {
      verdict: 'needs_human',
      because: `${namesOf(past)} was merged past the gate: remove the edge, or the label`,
    };
  }
  const inReview = work.blockers.filter((blocker) => blocker.unsettled === 'in_review');
  if (inReview.length > 0) {
    return { verdict: 'blocked', because: `the merge for ${namesOf(inReview)} is not settled yet` };
  }
  return work.blockers.length === 0
    ? { verdict: 'ready', because: 'nothing blocks it' }
    : { verdict: 'ready', because: `${namesOf(work.blockers)} is done` };
}

function namesOf(blockers: readonly BlockerState[]): string {
  return blockers.map((blocker) => blocker.key.replace(/^.*#/, '#')).join(', ');
}
