import type { Run } from '#model/run.ts';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { BlockedBy, IssueKey } from './find-cycle.ts';
import type { BlockerState, HeldWork, Unsettled } from './find-ready.ts';

/** Where an issue is, and under which installation it is read. */
export interface IssuePlace {
  readonly installationId: number;
  readonly repository: RepositoryRef;
  readonly issue: number;
}

export interface GraphDeps {
  readonly listBlockers: (place: IssuePlace) => Promise<readonly BlockerState[]>;
  /** Where our newest run of an issue stands, unless it is done or there was none. */
  readonly findUnsettled: (place: IssuePlace) => Promise<Unsettled | null>;
}

/** Issues asked about in one go; what lies further keeps its dependents blocked, cycle or not. */
const followedMax = 100;

/** The held issues' blockers, and the open blockers of those, so that a cycle is told as one. */
export async function readGraph(held: readonly Run[], deps: GraphDeps) {
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
  deps: GraphDeps,
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
function keyOf({ repository, issue }: Pick<IssuePlace, 'repository' | 'issue'>): IssueKey {
  return `${repository.owner}/${repository.name}#${issue}`;
}

/** Where a run's issue is. */
export function placeOf(run: Run): IssuePlace {
  return {
    installationId: run.installationId,
    repository: run.repository,
    issue: run.issue.number,
  };
}
