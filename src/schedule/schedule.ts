import type { JsonObject } from '#model/json.ts';
import type { Run, RunEvent, RunId } from '#model/run.ts';
import { isEnded } from '#model/run.ts';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { BlockedBy, IssueKey } from './find-cycle.ts';
import type { BlockerState, HeldWork, Readiness } from './find-ready.ts';
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
      return;
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
      return;
    case 'governed':
      await deps.move(run, { event: 'merge', kind: 'schedule.merged', because: null, facts });
      await deps.move(run, { event: 'settle', kind: 'schedule.settled', because: null, facts });
      await reconsider(placeOf(run), deps);
      await reconsiderAll(run.repository.id, deps);
  }
}

/** Look at everything an issue blocks, and release what nothing blocks any more. */
export async function reconsider(place: IssuePlace, deps: ScheduleDeps): Promise<void> {
  const dependents = await deps.listDependents(place);
  await releaseReady(await deps.findHeld([...dependents, place]), deps);
}

/** A settled run leaves its place to others that were held by a limit. */
async function reconsiderAll(repositoryId: number, deps: ScheduleDeps): Promise<void> {
  await releaseReady(await deps.findHeldIn(repositoryId), deps);
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

async function actOn(run: Run, readiness: Readiness, deps: ScheduleDeps): Promise<void> {
  if (readiness.verdict === 'blocked') return;
  if (readiness.verdict === 'needs_human') {
    await deps.append({ kind: 'schedule.waiting', run, facts: { because: readiness.because } });
    await deps.say(placeOf(run), 'waiting', `**Sallyport: needs a person.** ${readiness.because}.`);
    return;
  }
  const refusal = await deps.release(run.id);
  const kind = refusal === null ? 'schedule.released' : 'schedule.kept';
  const because = refusal ?? readiness.because;
  await deps.append({ kind, run, facts: { issue: run.issue.number, because } });
}

/** The held issues' blockers, and the blockers of those, as far as cycles could go. */
async function readGraph(held: readonly Run[], deps: ScheduleDeps) {
  const blockedBy = new Map<IssueKey, readonly IssueKey[]>();
  const work: HeldWork[] = [];
  for (const run of held) {
    const place = placeOf(run);
    const blockers = await deps.listBlockers(place);
    blockedBy.set(
      keyOf(place),
      blockers.map((blocker) => blocker.key),
    );
    work.push({ runId: run.id, key: keyOf(place), blockers });
  }
  return { work, blockedBy: blockedBy as BlockedBy };
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
