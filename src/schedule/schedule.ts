import type { JsonObject } from '#model/json.ts';
import type { Run, RunEvent, RunId } from '#model/run.ts';
import { isEnded } from '#model/run.ts';
import type { BlockedBy } from './find-cycle.ts';
import type { Approval, HeldWork, Readiness } from './find-ready.ts';
import { findReady } from './find-ready.ts';
import type { ClosedPull } from './judge-merge.ts';
import { judgeMerge } from './judge-merge.ts';
import type { GraphDeps, IssuePlace } from './read-graph.ts';
import { placeOf, readGraph } from './read-graph.ts';
import { renderWaiting } from './render-waiting.ts';
import { seenCode } from './seen-code.ts';

/** One step of a run, recorded with it. */
export interface Step {
  readonly event: RunEvent;
  readonly kind: `schedule.${string}`;
  readonly because: string | null;
  readonly facts: JsonObject;
}

export interface ScheduleDeps extends GraphDeps {
  readonly findRun: (id: RunId) => Promise<Run | undefined>;
  /** Cold: the pull request and our check on its head. */
  readonly readPull: (run: Run, pull: number) => Promise<ClosedPull>;
  /** False when the run was moved meanwhile: somebody else did this already. */
  readonly move: (run: Run, step: Step) => Promise<boolean>;
  /** Issues that this one blocks, in repositories of the installation. */
  readonly listDependents: (place: IssuePlace) => Promise<readonly IssuePlace[]>;
  /** Whether any run of an installation is held: without one, GitHub is asked nothing. */
  readonly hasHeld: (installationId: number) => Promise<boolean>;
  /** The held runs of these issues. */
  readonly findHeld: (places: readonly IssuePlace[]) => Promise<readonly Run[]>;
  /** Every run of the repository that waits for its turn. */
  readonly findHeldIn: (repositoryId: number) => Promise<readonly Run[]>;
  /** Ask policy again and admit; null when it was released, else why not. */
  readonly release: (runId: RunId) => Promise<string | null>;
  /** Note with a settled run what was told of its merge before: that it was reverted. */
  readonly noteReverts: (run: Run) => Promise<void>;
  /** `<seen> <because>` of the newest entry that says a run waits for a person; null without one. */
  readonly findWaiting: (runId: RunId) => Promise<string | null>;
  readonly append: (entry: {
    readonly kind: `schedule.${string}`;
    readonly run: Run;
    readonly facts: JsonObject;
  }) => Promise<void>;
  /** Whether a person approved what this code stands for (`seenCode`). */
  readonly wasApproved: (runId: RunId, seen: string) => Promise<boolean>;
  /** Say something on an issue once; the same marker is edited in place. */
  readonly say: (place: IssuePlace, marker: string, body: string) => Promise<void>;
}

/**
 * A run's pull request was closed: read how, settle the run, and look at what its issue blocked.
 * Safe to repeat: an ended run is not settled twice, and its dependents are looked at again.
 */
export async function settle(runId: RunId, deps: ScheduleDeps): Promise<void> {
  const run = await deps.findRun(runId);
  if (!run || run.pull === null) return;
  if (isEnded(run.state)) {
    // Told before it was settled, and the App died in between.
    if (run.state === 'settled') await deps.noteReverts(run);
    await noteLateMerge(run, run.pull, deps);
    return reconsider(placeOf(run), deps);
  }
  // Judged before, and not ended: the gate may say something else by now, about another base.
  if (run.state === 'merged') return settleMerged(run, { pull: run.pull }, deps);
  const pull = await deps.readPull(run, run.pull);
  const judgement = judgeMerge(run, pull);
  const facts = { pull: run.pull, headSha: run.headSha, mergeSha: pull.mergeSha };
  switch (judgement.kind) {
    case 'open':
      return;
    case 'unmerged':
      await deps.move(run, {
        event: 'cancel',
        kind: 'schedule.unmerged',
        because: judgement.because,
        facts,
      });
      return reconsider(placeOf(run), deps);
    case 'ungoverned':
      await deps.move(run, {
        event: 'cancel',
        kind: 'schedule.ungoverned',
        because: judgement.because,
        facts,
      });
      await sayUngoverned(run, judgement.because, deps);
      return reconsider(placeOf(run), deps);
    case 'governed':
      await deps.move(run, { event: 'merge', kind: 'schedule.merged', because: null, facts });
      await settleMerged(run, facts, deps);
  }
}

async function settleMerged(run: Run, facts: JsonObject, deps: ScheduleDeps): Promise<void> {
  await deps.move(run, { event: 'settle', kind: 'schedule.settled', because: null, facts });
  await deps.noteReverts(run);
  await reconsider(placeOf(run), deps);
  await reconsiderAll(run.repository.id, deps);
}

/**
 * A pull request can be opened again after its run has ended, and be merged. Nobody judged that merge,
 * so it counts as one past the gate: said once, and nothing is released by it.
 */
async function noteLateMerge(run: Run, pull: number, deps: ScheduleDeps): Promise<void> {
  if (run.state === 'settled') return;
  const known = await deps.findUnsettled(placeOf(run));
  if (known === 'past_gate') return;
  const { merged, state, headSha, mergeSha } = await deps.readPull(run, pull);
  if (!merged) {
    // Known from now on, so that what waits for an attempt that failed need not wait for ever.
    if (state === 'closed' && known === 'in_review')
      await deps.append({ kind: 'schedule.unmerged', run, facts: { pull, headSha, mergeSha } });
    return;
  }
  const because = `pull request ${pull} was merged after its run had ended (${run.state})`;
  const facts = { pull, headSha, mergeSha, because };
  await deps.append({ kind: 'schedule.ungoverned', run, facts });
  await sayUngoverned(run, because, deps);
}

function sayUngoverned(run: Run, because: string, deps: ScheduleDeps): Promise<void> {
  return deps.say(
    placeOf(run),
    'ungoverned',
    `**Sallyport: not counted.** ${because}. What this issue blocks stays held.`,
  );
}

/** Look at everything an issue blocks, and release what nothing blocks any more. */
export async function reconsider(place: IssuePlace, deps: ScheduleDeps): Promise<void> {
  if (!(await deps.hasHeld(place.installationId))) return;
  const dependents = await deps.listDependents(place);
  await releaseReady(await deps.findHeld([...dependents, place]), deps);
}

/** Look at everything that waits in a repository: a place is free, or a pause was lifted. */
export async function reconsiderAll(repositoryId: number, deps: ScheduleDeps): Promise<void> {
  await releaseReady(await deps.findHeldIn(repositoryId), deps);
}

/** Look at one held run; null when it was released, else why it waits on. */
export async function reconsiderRun(runId: RunId, deps: ScheduleDeps): Promise<string | null> {
  const run = await deps.findRun(runId);
  if (run?.state !== 'held') return 'it is held no more';
  const looked = await lookAt(run, deps);
  return looked ? actOn(run, looked, deps) : null;
}

/**
 * A person approves what a run waits for, as they have seen it. The approval is for exactly that: a
 * blocker that changes, another text or another policy makes it void (`review:this-commit`).
 */
export async function approve(
  order: { readonly runId: RunId; readonly seen: string; readonly by: string },
  deps: ScheduleDeps,
): Promise<Approval> {
  const { runId, seen, by } = order;
  const run = await deps.findRun(runId);
  const looked = run?.state === 'held' ? await lookAt(run, deps) : undefined;
  if (!run || !looked) return { kind: 'refused', because: 'the run is held no more' };
  if (looked.verdict !== 'needs_human') {
    return { kind: 'refused', because: `it waits for no approval: ${looked.because}` };
  }
  if (seenCode(run, looked.blockers) !== seen) {
    await actOn(run, looked, deps);
    const because = 'what it waits for is no longer what was seen: read the comment again';
    return { kind: 'refused', because };
  }
  if (!(await deps.wasApproved(runId, seen))) {
    const facts = { seen, by, because: looked.because };
    await deps.append({ kind: 'schedule.approved', run, facts });
  }
  const kept = await actOn(run, looked, deps);
  return kept === null ? { kind: 'released' } : { kind: 'kept', because: kept };
}

/** A held run's readiness with what it was judged from. */
type Looked = Readiness & Pick<HeldWork, 'blockers'>;

async function lookAt(run: Run, deps: ScheduleDeps): Promise<Looked | undefined> {
  const { work, blockedBy } = await readGraph([run], deps);
  return withBlockers(work, blockedBy)[0];
}

async function releaseReady(held: readonly Run[], deps: ScheduleDeps): Promise<void> {
  if (held.length === 0) return;
  const { work, blockedBy } = await readGraph(held, deps);
  const runs = new Map(held.map((run) => [run.id, run]));
  for (const looked of withBlockers(work, blockedBy)) {
    const run = runs.get(looked.runId);
    if (run) await actOn(run, looked, deps);
  }
}

function withBlockers(work: readonly HeldWork[], blockedBy: BlockedBy): readonly Looked[] {
  const found = new Map(work.map((one) => [one.runId, one.blockers]));
  return findReady(work, blockedBy).map((readiness) => ({
    ...readiness,
    blockers: found.get(readiness.runId) ?? [],
  }));
}

/** Null when the run was released, else why it waits on. */
async function actOn(run: Run, looked: Looked, deps: ScheduleDeps): Promise<string | null> {
  if (looked.verdict === 'blocked') return looked.because;
  const seen = seenCode(run, looked.blockers);
  if (looked.verdict === 'needs_human' && !(await deps.wasApproved(run.id, seen))) {
    const facts = { because: looked.because, seen };
    if ((await deps.findWaiting(run.id)) !== `${seen} ${looked.because}`)
      await deps.append({ kind: 'schedule.waiting', run, facts });
    await deps.say(placeOf(run), 'waiting', renderWaiting(run, looked.because, seen));
    return looked.because;
  }
  const refusal = await deps.release(run.id);
  const kind = refusal === null ? 'schedule.released' : 'schedule.kept';
  const because = refusal ?? looked.because;
  await deps.append({ kind, run, facts: { issue: run.issue.number, because } });
  return refusal;
}
