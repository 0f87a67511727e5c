// Pure: what the merge queue of one branch does next. No clock, no git, no I/O.

import type { QueueEntry } from '#local/record/queue.ts';
import type { MergeQueueParameters } from '../rule/rule.ts';

/** Why an entry leaves, as `pull_request.dequeued` says it. */
export type RemovalReason =
  | 'MANUAL'
  | 'MERGE'
  | 'MERGE_CONFLICT'
  | 'CI_FAILURE'
  | 'CI_TIMEOUT'
  | 'ALREADY_MERGED'
  | 'QUEUE_CLEARED'
  | 'BRANCH_PROTECTIONS';

/** One entry with what was read of it. */
export interface QueuedPull {
  readonly entry: QueueEntry;
  /** Why it no longer belongs into the queue; null when it does. */
  readonly departure: RemovalReason | null;
  /** What the required checks say of its group's head; `waiting` without a group. */
  readonly verdict: 'passed' | 'failed' | 'waiting';
}

/** The queue of one branch as it stands. */
export interface QueueFacts {
  /** In the order in which they are to be merged. */
  readonly queue: readonly QueuedPull[];
  /** The rule's parameters; undefined when the branch has a queue no longer. */
  readonly settings: MergeQueueParameters | undefined;
  /** The branch's head; undefined when it is gone. */
  readonly baseSha: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The next thing to do; after it the queue is looked at again. */
export type Step =
  /** The base stands at their last group: they are merged. */
  | { readonly kind: 'settle'; readonly entries: readonly QueueEntry[] }
  | { readonly kind: 'remove'; readonly entry: QueueEntry; readonly reason: RemovalReason }
  /** What their groups stand on is gone. */
  | { readonly kind: 'invalidate'; readonly entries: readonly QueueEntry[] }
  | { readonly kind: 'build'; readonly entry: QueueEntry; readonly parentSha: string }
  | { readonly kind: 'merge'; readonly sha: string; readonly baseSha: string }
  /** Nothing until something happens, or until a time in milliseconds since 1970. */
  | { readonly kind: 'wait'; readonly until: number | null };

const MINUTE_MS = 60_000;

/** Decide what comes next. */
export function planStep(facts: QueueFacts): Step {
  const { queue, settings, baseSha } = facts;
  const [first] = queue;
  if (first === undefined) return { kind: 'wait', until: null };
  const merged = queue.findLastIndex(
    ({ entry }) => entry.group !== null && entry.group.sha === baseSha,
  );
  if (merged >= 0)
    return { kind: 'settle', entries: queue.slice(0, merged + 1).map(({ entry }) => entry) };
  if (settings === undefined || baseSha === undefined)
    return { kind: 'remove', entry: first.entry, reason: 'QUEUE_CLEARED' };
  return (
    planCleaning(queue, baseSha) ??
    planBuild(queue, baseSha, settings) ??
    planVerdict(facts, settings)
  );
}

function planCleaning(queue: readonly QueuedPull[], baseSha: string): Step | undefined {
  for (const { entry, departure } of queue)
    if (departure !== null) return { kind: 'remove', entry, reason: departure };
  const broken = queue.findIndex(
    ({ entry }, index) =>
      entry.group !== null && entry.group.baseSha !== parentOf(queue, index, baseSha),
  );
  if (broken < 0) return undefined;
  const entries = queue.slice(broken).flatMap(({ entry }) => (entry.group ? [entry] : []));
  return { kind: 'invalidate', entries };
}

function parentOf(queue: readonly QueuedPull[], index: number, baseSha: string) {
  return index === 0 ? baseSha : queue[index - 1]?.entry.group?.sha;
}

/** One group at a time, the first that is missing; a conflict with those before waits for them. */
function planBuild(
  queue: readonly QueuedPull[],
  baseSha: string,
  { max_entries_to_build: most }: MergeQueueParameters,
): Step | undefined {
  const index = queue.findIndex(({ entry }) => entry.group === null);
  const entry = queue[index]?.entry;
  const parentSha = parentOf(queue, index, baseSha);
  if (entry === undefined || parentSha === undefined) return undefined;
  if (entry.conflictSha !== parentSha)
    return index < Math.max(1, most) ? { kind: 'build', entry, parentSha } : undefined;
  return index === 0 ? { kind: 'remove', entry, reason: 'MERGE_CONFLICT' } : undefined;
}

/** Merge what has passed, remove what has failed, or wait for the checks. */
function planVerdict({ queue, now }: QueueFacts, settings: MergeQueueParameters): Step {
  const late = (each: QueuedPull) => now >= deadlineOf(each.entry, settings);
  const built = queue
    .filter(({ entry }) => entry.group !== null)
    .map((each) => ({ ...each, isLate: each.verdict === 'waiting' && late(each) }));
  const passing = countPassing(built, settings);
  const ready = planMerge(queue, passing, settings, now);
  if (ready?.kind === 'merge') return ready;
  const rest = built.slice(passing);
  const [next] = rest;
  const isWaiting = ({ verdict, isLate }: (typeof rest)[number]) =>
    verdict === 'waiting' && !isLate;
  const isDecided =
    settings.grouping_strategy === 'ALLGREEN'
      ? next !== undefined && !isWaiting(next)
      : !rest.some(isWaiting);
  if (next !== undefined && isDecided)
    return { kind: 'remove', entry: next.entry, reason: next.isLate ? 'CI_TIMEOUT' : 'CI_FAILURE' };
  const deadlines = rest.filter(isWaiting).map(({ entry }) => deadlineOf(entry, settings));
  const times = [...deadlines, ...(ready?.until ? [ready.until] : [])];
  return { kind: 'wait', until: times.length > 0 ? Math.min(...times) : null };
}

/** How many from the front may be merged: each must be green, or only the last of them. */
function countPassing(built: readonly QueuedPull[], settings: MergeQueueParameters): number {
  if (settings.grouping_strategy === 'HEADGREEN')
    return built.findLastIndex(({ verdict }) => verdict === 'passed') + 1;
  const open = built.findIndex(({ verdict }) => verdict !== 'passed');
  return open < 0 ? built.length : open;
}

/** A merge when there are enough of them or the first has waited long enough; else until when. */
function planMerge(
  queue: readonly QueuedPull[],
  passing: number,
  settings: MergeQueueParameters,
  now: number,
): Extract<Step, { kind: 'merge' }> | { kind: 'wait'; until: number } | undefined {
  const most = Math.max(1, settings.max_entries_to_merge);
  const count = Math.min(passing, most);
  const sha = queue[count - 1]?.entry.group?.sha;
  const [first] = queue;
  const baseSha = first?.entry.group?.baseSha;
  if (sha === undefined || first === undefined || baseSha === undefined) return undefined;
  const waitMs = settings.min_entries_to_merge_wait_minutes * MINUTE_MS;
  const until = Date.parse(first.entry.enqueuedAt) + waitMs;
  const isEnough = count >= Math.min(settings.min_entries_to_merge, most) || now >= until;
  return isEnough ? { kind: 'merge', sha, baseSha } : { kind: 'wait', until };
}

function deadlineOf({ group }: QueueEntry, settings: MergeQueueParameters): number {
  const waitMs = settings.check_response_timeout_minutes * MINUTE_MS;
  return group === null ? Number.POSITIVE_INFINITY : Date.parse(group.builtAt) + waitMs;
}
