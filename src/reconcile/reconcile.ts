import type { EntryDraft } from '#model/entry.ts';
import type { Signal } from '#model/signal.ts';
import type { RepositoryRef } from '#model/snapshot.ts';
import { firstCause } from '#model/trigger.ts';
import type { Drift, KnownRun, LabelledIssue, Seen } from './find-drift.ts';
import { findDrift, findUnlisted, isBeforePeople } from './find-drift.ts';
import type { Attempt } from './find-missing.ts';
import { findMissing, onItsWayMs } from './find-missing.ts';
import type { Once } from './once.ts';
import { createOnce } from './once.ts';

/** A repository that the store knows, and where it is reached. */
export interface KnownRepository {
  readonly installationId: number;
  readonly repository: RepositoryRef;
  /** Labels that start work there, as the newest run's policy listed them. */
  readonly labels: readonly string[];
}

/** When a label was set, by whom, on which text: what its delivery would have told. */
export interface LabelEvent {
  /** GitHub's id of the issue event. */
  readonly id: number;
  readonly at: string;
  readonly actor: {
    readonly id: number;
    readonly login: string;
    readonly type: 'User' | 'Bot' | 'Organization';
  };
  readonly textSha256: string;
}

/** A review or a failed check that nobody told us of. */
export interface MissedFeedback {
  readonly runId: string;
  readonly signal: Extract<Signal, { kind: 'changes_requested' | 'check_failed' }>;
}

export interface ReconcileDeps {
  readonly now: () => Date;
  /** GitHub's log of its attempts since the last pass, newest first. */
  readonly listAttempts: () => Promise<readonly Attempt[]>;
  readonly listKept: (guids: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly redeliver: (attempt: Attempt) => Promise<void>;
  /** The log was looked through up to here. */
  readonly saveCursor: (attemptId: number) => Promise<void>;
  /** Deliveries that were kept and whose work was given up: they are worked again. How many. */
  readonly requeueStale: () => Promise<number>;
  /** Ids of installations that are there and not suspended. */
  readonly listInstallations: () => Promise<ReadonlySet<number>>;
  readonly listRepositories: () => Promise<readonly KnownRepository[]>;
  readonly listOpenRuns: (repositoryId: number) => Promise<readonly KnownRun[]>;
  /** Null when the App does not reach the repository. */
  readonly see: (place: KnownRepository, withPulls: boolean) => Promise<Seen | null>;
  readonly readLabelEvent: (
    place: KnownRepository,
    issue: LabelledIssue,
  ) => Promise<LabelEvent | null>;
  /** Whether a decision about this setting of the label is in the record. */
  readonly wasDecided: (
    place: KnownRepository,
    issue: LabelledIssue,
    event: LabelEvent,
  ) => Promise<boolean>;
  readonly append: (entry: EntryDraft) => Promise<void>;
  /** What the delivery would have done, done: one for each kind of drift. */
  readonly onLabelSet: (
    place: KnownRepository,
    issue: LabelledIssue,
    event: LabelEvent,
  ) => Promise<void>;
  readonly onLabelGone: (place: KnownRepository, issue: number) => Promise<void>;
  /** Why nothing asks for a run any more: its issue is closed or gone, the App unassigned; else null. */
  readonly readLapse: (place: KnownRepository, run: KnownRun) => Promise<string | null>;
  readonly onLapsed: (place: KnownRepository, run: KnownRun) => Promise<void>;
  /** The installation reaches the repository no longer. */
  readonly onRepositoryGone: (place: KnownRepository) => Promise<void>;
  readonly onPullClosed: (runId: string) => Promise<void>;
  readonly onPullChanged: (repositoryId: number, pull: number) => Promise<void>;
  readonly onInstallationGone: (installationId: number) => Promise<void>;
  /** Reviews and failed checks that ask for another attempt, and that nothing was decided about. */
  readonly listFeedback: (place: KnownRepository) => Promise<readonly MissedFeedback[]>;
  readonly onFeedback: (missed: MissedFeedback) => Promise<void>;
  /** Something could not be compared or healed: said, and tried again by the next pass. */
  readonly onTrouble: (where: string, error: unknown) => void;
  /** Look again at everything that waits in a repository. */
  readonly onWaiting: (repositoryId: number) => Promise<void>;
}

/** What one pass did. */
export interface Pass {
  readonly redelivered: number;
  readonly givenUp: number;
  readonly requeued: number;
  readonly healed: number;
  /** What could not be asked for, compared or healed this time. */
  readonly failed: number;
  readonly repositories: number;
}

/** One pass after another; what one pass has looked at is not looked at again until it changes. */
export interface Reconciler {
  pass(): Promise<Pass>;
}

/**
 * Compare what GitHub says with what the store holds, and do what lost deliveries would have done
 * (`delivery:any-order`). A heal goes the way of the delivery: the same person, the same time, the
 * same rules; each is recorded before it is done.
 */
export function createReconciler(deps: ReconcileDeps): Reconciler {
  const once = createOnce();
  return {
    pass: async () => {
      let failed = 0;
      /** One in trouble must not keep the others from being healed. */
      const safely = async <Done>(where: string, other: Done, act: () => Promise<Done>) => {
        try {
          return await act();
        } catch (error) {
          failed += 1;
          deps.onTrouble(where, error);
          return other;
        }
      };
      const nothing = { redelivered: 0, givenUp: 0 };
      const asked = await safely('deliveries', nothing, () => askAgain(safely, deps));
      const requeued = await deps.requeueStale();
      const alive = await deps.listInstallations();
      const repositories = await deps.listRepositories();
      for (const id of new Set(repositories.map((one) => one.installationId))) {
        if (alive.has(id)) continue;
        await safely(`installation ${id}`, undefined, () => deps.onInstallationGone(id));
      }
      const reachable = repositories.filter((one) => alive.has(one.installationId));
      let healed = 0;
      for (const place of reachable) {
        const { owner, name } = place.repository;
        const here: Safely = (what, other, act) => safely(`${owner}/${name}${what}`, other, act);
        healed += await here('', 0, () => lookAt(place, { once, safely: here }, deps));
      }
      return { ...asked, requeued, healed, failed, repositories: reachable.length };
    },
  };
}

/** Do it, or say what went wrong and go on with the other answer. */
type Safely = <Done>(where: string, other: Done, act: () => Promise<Done>) => Promise<Done>;

/** How one thing is healed: once, and without harm to the next. */
interface Means {
  readonly once: Once;
  readonly safely: Safely;
}

/** Deliveries that never came in are asked for again: signed, with the same GUID, by GitHub itself. */
async function askAgain(
  safely: Safely,
  deps: ReconcileDeps,
): Promise<Pick<Pass, 'redelivered' | 'givenUp'>> {
  const attempts = await deps.listAttempts();
  const kept = await deps.listKept([...new Set(attempts.map((attempt) => attempt.guid))]);
  const { redeliver, givenUp, settledTo } = findMissing(attempts, kept, deps.now());
  let redelivered = 0;
  for (const attempt of redeliver) {
    const { id, guid, status } = attempt;
    redelivered += await safely(`delivery ${guid}`, 0, async () => {
      await record(deps, null, { what: 'redelivery', deliveryId: id, guid, status });
      await deps.redeliver(attempt);
      return 1;
    });
  }
  // It stays before whatever was not asked for, so that the next pass finds it again.
  if (settledTo > 0) await deps.saveCursor(settledTo);
  return { redelivered, givenUp: givenUp.length };
}

async function lookAt(known: KnownRepository, means: Means, deps: ReconcileDeps): Promise<number> {
  const runs = await deps.listOpenRuns(known.repository.id);
  const place = { ...known, labels: labelsOf(known, runs) };
  const seen = await deps.see(
    place,
    runs.some((run) => run.pull !== null),
  );
  if (!seen) return healGone(place, runs, deps);
  let healed = 0;
  for (const drift of findDrift(runs, seen)) {
    if (drift.kind === 'label_set' && !known.labels.includes(drift.issue.label)) continue;
    const what = `: ${drift.kind}`;
    if (await means.safely(what, false, () => heal(place, drift, means.once, deps))) healed += 1;
  }
  for (const run of findUnlisted(runs)) {
    const what = `#${run.issue.number}`;
    if (await means.safely(what, false, () => healLapse(place, run, deps))) healed += 1;
  }
  if (runs.some((run) => run.state === 'in_review'))
    healed += await healFeedback(place, means, deps);
  if (runs.some((run) => run.state === 'held')) await deps.onWaiting(place.repository.id);
  return healed;
}

/** What runs in a repository that was taken away is stopped, as its delivery would have done. */
async function healGone(
  place: KnownRepository,
  runs: readonly KnownRun[],
  deps: ReconcileDeps,
): Promise<number> {
  if (!runs.some(isBeforePeople)) return 0;
  await record(deps, place.repository.id, { what: 'repository_gone' });
  await deps.onRepositoryGone(place);
  return 1;
}

async function healLapse(
  place: KnownRepository,
  run: KnownRun,
  deps: ReconcileDeps,
): Promise<boolean> {
  const because = await deps.readLapse(place, run);
  if (because === null) return false;
  const facts = { what: 'cause_gone', issue: run.issue.number, because };
  await record(deps, place.repository.id, facts, run.id);
  await deps.onLapsed(place, run);
  return true;
}

/** A run may go on under a label that a newer run's policy lists no more. */
function labelsOf({ labels }: KnownRepository, runs: readonly KnownRun[]): readonly string[] {
  const asked = runs.map(({ cause }) => firstCause(cause));
  const own = asked.flatMap((cause) => (cause.kind === 'label' ? [cause.label] : []));
  return [...new Set([...labels, ...own])];
}

/** True when something was missing and is done now. */
async function heal(
  place: KnownRepository,
  drift: Drift,
  once: Once,
  deps: ReconcileDeps,
): Promise<boolean> {
  const repositoryId = place.repository.id;
  switch (drift.kind) {
    case 'label_set':
      return healLabel(place, drift.issue, once, deps);
    case 'label_gone':
      await record(deps, repositoryId, { what: drift.kind, issue: drift.issue }, drift.runId);
      await deps.onLabelGone(place, drift.issue);
      return true;
    case 'pull_closed':
      await record(deps, repositoryId, { what: drift.kind, pull: drift.pull }, drift.runId);
      await deps.onPullClosed(drift.runId);
      return true;
    case 'pull_changed':
      // Working a gate out again writes nothing when nothing is different.
      return once(`pull:${repositoryId}:${drift.pull}`, drift.updatedAt, async () => {
        await deps.onPullChanged(repositoryId, drift.pull);
        return false;
      });
  }
}

async function healLabel(
  place: KnownRepository,
  issue: LabelledIssue,
  once: Once,
  deps: ReconcileDeps,
): Promise<boolean> {
  const repositoryId = place.repository.id;
  const { number, label, updatedAt } = issue;
  if (deps.now().getTime() - Date.parse(updatedAt) < onItsWayMs) return false;
  return once(`issue:${repositoryId}:${number}:${label}`, updatedAt, async () => {
    const event = await deps.readLabelEvent(place, issue);
    if (!event || (await deps.wasDecided(place, issue, event))) return false;
    const facts = { what: 'label_set', issue: number, label, eventId: event.id };
    await record(deps, repositoryId, facts);
    await deps.onLabelSet(place, issue, event);
    return true;
  });
}

/** Asked once a process: what the policy no longer starts on leaves no decision to be found. */
async function healFeedback(
  place: KnownRepository,
  { once, safely }: Means,
  deps: ReconcileDeps,
): Promise<number> {
  const repositoryId = place.repository.id;
  let healed = 0;
  for (const missed of await deps.listFeedback(place)) {
    const { signal, runId } = missed;
    const id = signal.kind === 'check_failed' ? signal.checkRunId : signal.reviewId;
    const ask = () =>
      once(`${signal.kind}:${repositoryId}:${id}`, runId, async () => {
        await record(deps, repositoryId, { what: signal.kind, id }, runId);
        await deps.onFeedback(missed);
        return true;
      });
    if (await safely(`: ${signal.kind}`, false, ask)) healed += 1;
  }
  return healed;
}

function record(
  deps: ReconcileDeps,
  repositoryId: number | null,
  facts: EntryDraft['facts'],
  runId: string | null = null,
): Promise<void> {
  return deps.append({ kind: 'reconcile.healed', runId, repositoryId, actor: 'app', facts });
}
