import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { Fault } from '#model/fault.ts';
import type { JsonObject } from '#model/json.ts';
import type { World } from '../world.ts';
import { keepPullHead, makeTrialMerge } from './trial-merge.ts';

/** After these a pull request has another side than before. */
const MOVES = ['opened', 'synchronize', 'reopened', 'edited'];

/**
 * Keep the references of open pull requests where their branches are, from now on: `refs/pull/N/head`
 * and, unless the sides conflict, `refs/pull/N/merge`. What is there already gets its trial merge when
 * a side moves or somebody looks: a seed of hundreds is not merged before it can be used.
 */
export async function followPullRefs(world: World): Promise<{ close(): Promise<void> }> {
  const running = new Set<Promise<void>>();
  let isOpen = true;
  const keep = (repository: Repository, pulls: readonly Pull[]) => {
    const work = world.track(keepTrialMerges(world, repository, pulls, () => isOpen));
    running.add(work);
    void work.finally(() => running.delete(work));
  };
  world.onEvent((event, repository, _sender, payload) => {
    const moved = isOpen ? listMoved(event, repository, payload) : [];
    if (moved.length > 0) keep(repository, moved);
  });
  for (const repository of world.repositories.values()) {
    const open = [...repository.pulls.values()].filter(({ state }) => state === 'open');
    await Promise.all(open.map((pull) => keepPullHead(repository, pull)));
  }
  return {
    close: async () => {
      isOpen = false;
      await Promise.allSettled(running);
    },
  };
}

/** The open pull requests one of whose sides an event has moved. */
function listMoved(event: string, repository: Repository, payload: JsonObject): readonly Pull[] {
  const open = [...repository.pulls.values()].filter(({ state }) => state === 'open');
  if (event === 'push')
    return open.filter(({ baseRef }) => payload.ref === `refs/heads/${baseRef}`);
  if (event !== 'pull_request' || !MOVES.includes(String(payload.action))) return [];
  return open.filter(({ number }) => payload.number === number);
}

/** One after the other: a push to the base of two hundred does not start two hundred processes. */
async function keepTrialMerges(
  world: World,
  repository: Repository,
  pulls: readonly Pull[],
  isOpen: () => boolean,
): Promise<void> {
  for (const pull of pulls) {
    if (!isOpen() || pull.state !== 'open') continue;
    try {
      await makeTrialMerge(world, repository, pull);
    } catch (error) {
      // What git cannot read today (a branch deleted meanwhile) is tried again with the next event.
      if (!(error instanceof Fault)) throw error;
    }
  }
}
