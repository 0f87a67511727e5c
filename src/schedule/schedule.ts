import type { JsonObject } from '#model/json.ts';
import type { Run, RunEvent, RunId } from '#model/run.ts';
import { isEnded } from '#model/run.ts';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { BlockedBy, IssueKey } from './find-cycle.ts';
import type { BlockerState, HeldWork, Readiness, Unsettled } from './find-ready.ts';
import { findReady } from './find-ready.ts';
import type { ClosedPull } from './judge-merge.ts';
import { judgeMerge } from './judge-merge.ts';

/** Where an issue is, and under which installation it is read. */
export interface IssuePlace {
  readonly installationId: number;
  readonly repository: RepositoryRef;
  readonly issue: number;
}

/** One step of a run, recorded with it. */
export interface Step {
  readonly event: RunEvent;
  readonly kind: `schedule.${string}`;
  readonly because: string | null;
  readonly facts: JsonObject;
}

export interface ScheduleDeps {
  readonly findRun: (id: RunId) => Promise<Run | undefined>;
  /** Cold: the pull request and our check on its head. */
  readonly readPull: (run: Run, pull: number) => Promise<ClosedPull>;
  /** False when the run was moved meanwhile: somebody else did this already. */
  readonly move: (run: Run, step: Step) => Promise<boolean>;
  /** Issues that this one blocks, in repositories of the installation. */
  readonly listDependents: (place: IssuePlace) => Promise<readonly IssuePlace[]>;
  readonly listBlockers: (place: IssuePlace) => Promise<readonly BlockerState[]>;
  /** Where our newest run of an issue stands, unless it is done or there was none. */
  readonly findUnsettled: (place: IssuePlace) => Promise<Unsettled | null>;
  /** Whether any run of an installation is held: without one, GitHub is asked nothing. */
  readonly hasHeld: (installationId: number) => Promise<boolean>;
  /** The held runs of these issues. */
  readonly findHeld: (places: readonly IssuePlace[]) => Promise<readonly Run[]>;
  /** Every run of the repository that waits for its turn. */
  readonly findHeldIn: (repositoryId: number) => Promise<readonly Run[]>;
  /** Ask policy again and admit; null when it was released, else why not. */
  readonly release: (runId: RunId) => Promise<string | null>;
  readonly append: (entry: {
    readonly kind: `schedule.${string}`;
    readonly run: Run;
    readonly facts: JsonObject;
  }) => Promise<void>;
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
  if (isEnded(run.state)) return reconsider(placeOf(run), deps);
  const judgement = judgeMerge(run, await deps.readPull(run, run.pull));
  const facts = { pull: run.pull, headSha: run.headSha };
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
      await deps.say(
        placeOf(run),
        'ungoverned',
        `**Sallyport: not counted.** ${judgement.because}. What this issue blocks stays held.`,
      );
      return reconsider(placeOf(run), deps);
    case 'governed':
      await deps.move(run, { event: 'merge', kind: 'schedule.merged', because: null, facts });
      await deps.move(run, { event: 'settle', kind: 'schedule.settled', because: null, facts });
      await reconsider(placeOf(run), deps);
      await reconsiderAll(run.repository.id, deps);
  }
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
  const { work, blockedBy } = await readGraph([run], deps);
  const [readiness] = findReady(work, blockedBy);
  return readiness ? actOn(run, readiness, deps) : null;
}

async function releaseReady(held: readonly Run[], deps: ScheduleDeps): Promise<void> {
  if (held.length === 0) return;
  const { work, blockedBy } = await readGraph(held, deps);
  const runs = new Map(held.map((run) => [run.id, run]));
  for (const readiness of findReady(work, blockedBy)) {
    const run = runs.get(readiness.runId);
    if (run) await actOn(run, readiness, deps);
  }
}

/** Null when the run was released, else why it waits on. */
async function actOn(run: Run, readiness: Readiness, deps: ScheduleDeps): Promise<string | null> {
  if (readiness.verdict === 'blocked') return readiness.because;
  if (readiness.verdict === 'needs_human') {
    await deps.append({ kind: 'schedule.waiting', run, facts: { because: readiness.because } });
    await deps.say(placeOf(run), 'waiting', `**Sallyport: needs a person.** ${readiness.because}.`);
    return readiness.because;
  }
  const refusal = await deps.release(run.id);
  const kind = refusal === null ? 'schedule.released' : 'schedule.kept';
  const because = refusal ?? readiness.because;
  await deps.append({ kind, run, facts: { issue: run.issue.number, because } });
  return refusal;
}

/** Issues asked about in one go; what lies further keeps its dependents blocked, cycle or not. */
const followedMax = 100;

/** The held issues' blockers, and the open blockers of those, so that a cycle is told as one. */
async function readGraph(held: readonly Run[], deps: ScheduleDeps) {
  const blockedBy = new Map<IssueKey, readonly IssueKey[]>();
  const work: HeldWork[] = [];
  const open: IssuePlace[] = [];
  const ask = async (place: IssuePlace): Promise<readonly BlockerState[]> => {
    const blockers = await deps.listBlockers(place);
    blockedBy.set(
      keyOf(place),
      blockers.map((blocker) => blocker.key),
    );
    for (const blocker of blockers) {
      const there = placeIn(place, blocker.key);
      if (blocker.state === 'open' && there) open.push(there);
    }
    return blockers;
  };
  for (const run of held) {
    const place = placeOf(run);
    const blockers = await Promise.all(
      (await ask(place)).map((blocker) => withUnsettled(place, blocker, deps)),
    );
    work.push({ runId: run.id, key: keyOf(place), blockers });
  }
  for (let next = open.shift(); next && blockedBy.size < followedMax; next = open.shift()) {
    if (!blockedBy.has(keyOf(next))) await ask(next);
  }
  return { work, blockedBy: blockedBy as BlockedBy };
}

/** A closed issue with what our own run says about it: GitHub's `completed` is not yet governed. */
async function withUnsettled(
  place: IssuePlace,
  blocker: BlockerState,
  deps: ScheduleDeps,
): Promise<BlockerState> {
  const there = placeIn(place, blocker.key);
  if (!there || blocker.state === 'open') return blocker;
  return { ...blocker, unsettled: await deps.findUnsettled(there) };
}

/** The place of an issue in the same repository; null for another, which is not ours to read. */
function placeIn(place: IssuePlace, key: IssueKey): IssuePlace | null {
  const issue = Number(key.replace(/^.*#/, ''));
  return keyOf({ ...place, issue }) === key ? { ...place, issue } : null;
}

/** `owner/name#number`. */
export function keyOf({ repository, issue }: Pick<IssuePlace, 'repository' | 'issue'>): IssueKey {
  return `${repository.owner}/${repository.name}#${issue}`;
}

function placeOf(run: Run): IssuePlace {
  return {
    installationId: run.installationId,
    repository: run.repository,
    issue: run.issue.number,
  };
}
