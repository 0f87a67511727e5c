import type { Sha256 } from './digest.ts';
import type { Result } from './result.ts';
import { ok, refuse } from './result.ts';
import type { Account, RepositoryRef } from './snapshot.ts';

/** The states of a run, in the order of the journey; the last four end it. */
export const runStates = [
  'requested',
  'held',
  'admitted',
  'dispatched',
  'working',
  'parked',
  'changed',
  'verifying',
  'proven',
  'unproven',
  'published',
  'in_review',
  'merged',
  'settled',
  'failed',
  'cancelled',
  'expired',
] as const;
export type RunState = (typeof runStates)[number];

/** What can happen to a run. */
export type RunEvent =
  | 'hold'
  | 'admit'
  | 'dispatch'
  | 'start'
  | 'park'
  | 'resume'
  | 'change'
  | 'verify'
  | 'prove'
  | 'disprove'
  | 'publish'
  | 'review'
  | 'merge'
  | 'settle'
  | 'fail'
  | 'cancel'
  | 'expire';

const moves: Readonly<Record<RunState, Partial<Record<RunEvent, RunState>>>> = {
  requested: { hold: 'held', admit: 'admitted' },
  held: { admit: 'admitted' },
  admitted: { dispatch: 'dispatched', hold: 'held' },
  dispatched: { start: 'working' },
  working: { park: 'parked', change: 'changed' },
  parked: { resume: 'working' },
  changed: { verify: 'verifying' },
  verifying: { prove: 'proven', disprove: 'unproven' },
  proven: { publish: 'published' },
  unproven: { publish: 'published' },
  published: { review: 'in_review' },
  in_review: { merge: 'merged' },
  merged: { settle: 'settled' },
  settled: {},
  failed: {},
  cancelled: {},
  expired: {},
};

const endings: Partial<Record<RunEvent, RunState>> = {
  fail: 'failed',
  cancel: 'cancelled',
  expire: 'expired',
};

/** True when nothing more happens to a run in this state. */
export function isEnded(state: RunState): boolean {
  return state === 'settled' || state === 'failed' || state === 'cancelled' || state === 'expired';
}

export interface IllegalMove {
  readonly reason: 'illegal_move';
  readonly state: RunState;
  readonly event: RunEvent;
}

/** Total: every state and event has an answer, and an illegal move is a value. */
export function transition(state: RunState, event: RunEvent): Result<RunState, IllegalMove> {
  const ending = isEnded(state) || state === 'merged' ? undefined : endings[event];
  const next = moves[state][event] ?? ending;
  return next ? ok(next) : refuse({ reason: 'illegal_move', state, event });
}

/** A run's id: a UUID version 7, so that ids sort by time. */
export type RunId = string;

/** One attempt at one issue. */
export interface Run {
  readonly id: RunId;
  readonly repository: RepositoryRef;
  readonly installationId: number;
  readonly issue: { readonly id: number; readonly number: number; readonly title: string };
  readonly state: RunState;
  /** Why the run is where it is, when that is not plain: a hold, a failure. */
  readonly because: string | null;
  readonly requester: Account;
  readonly chainId: string;
  /** How many released merges lie between this run and the one a person started: 1 for that one. */
  readonly depth: number;
  /** The policy file this run was decided by: its text's SHA-256, read at `baseSha`. */
  readonly policySha256: Sha256;
  /** The owner's policy at that moment, of its bytes; null when there was none. */
  readonly organizationPolicySha256: Sha256 | null;
  readonly snapshotSha256: Sha256;
  readonly baseRef: string;
  readonly baseSha: string;
  readonly workflowRunId: number | null;
  readonly branch: string | null;
  readonly headSha: string | null;
  readonly pull: number | null;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly updatedAt: string;
}
