import type { QueueEntry } from '#local/record/queue.ts';
import type { Repository } from '#local/record/repository.ts';
import { findQueueRefusal } from '../api/merge-rules.ts';
import { userById } from '../api/render-user.ts';
import { resolveCommit } from '../git/object.ts';
import { judgeChecks } from '../rule/check-status.ts';
import { listEffectiveRules, listRequiredChecks } from '../rule/effective-rule.ts';
import { readCheckFacts } from '../rule/read-pull-facts.ts';
import type { MergeQueueParameters } from '../rule/rule.ts';
import type { World } from '../world.ts';
import type { QueuedPull, QueueFacts, RemovalReason } from './plan-queue.ts';

/** The parameters of a branch's merge queue; undefined when it has none. */
export function readQueueSettings(
  repository: Repository,
  branch: string,
): MergeQueueParameters | undefined {
  return listEffectiveRules(repository, branch).flatMap(({ rule }) =>
    rule.type === 'merge_queue' ? [rule.parameters] : [],
  )[0];
}

/** The entries of one branch, the first to be merged first. */
export function listQueue(repository: Repository, branch: string): readonly QueueEntry[] {
  return repository.mergeQueue.filter((entry) => entry.branch === branch);
}

/** The entry of a pull request, if it waits. */
export function findEntry(repository: Repository, pull: number): QueueEntry | undefined {
  return repository.mergeQueue.find((entry) => entry.pull === pull);
}

/** Everything that decides what the queue of a branch does next. */
export async function readQueueFacts(
  world: World,
  repository: Repository,
  branch: string,
): Promise<QueueFacts> {
  const queue: QueuedPull[] = [];
  for (const entry of listQueue(repository, branch))
    queue.push({
      entry,
      departure: await findDeparture(world, repository, entry),
      verdict: judgeGroup(repository, entry),
    });
  return {
    queue,
    settings: readQueueSettings(repository, branch),
    baseSha: await resolveCommit(repository.gitDir, `refs/heads/${branch}`),
    now: world.now().getTime(),
  };
}

/** A push, a new base, a draft or a review that asks for changes: it must be added anew. */
async function findDeparture(
  world: World,
  repository: Repository,
  entry: QueueEntry,
): Promise<RemovalReason | null> {
  const pull = repository.pulls.get(entry.pull);
  if (pull === undefined || pull.state === 'closed')
    return pull?.merged ? 'ALREADY_MERGED' : 'MANUAL';
  if (pull.headSha !== entry.headSha || pull.baseRef !== entry.branch || pull.draft)
    return 'MANUAL';
  // The checks of the head were looked at when it was added; those of the group count from then on.
  const refusal = await findQueueRefusal(
    world,
    repository,
    pull,
    userById(world, entry.enqueuedById),
    { only: (name) => name !== 'required_status_checks' },
  );
  return refusal === undefined ? null : 'BRANCH_PROTECTIONS';
}

/** All required checks of the branch on the group's head; without any it has passed. */
export function judgeGroup(repository: Repository, entry: QueueEntry): QueuedPull['verdict'] {
  if (entry.group === null) return 'waiting';
  const required = listRequiredChecks(repository, entry.branch);
  return judgeChecks(required, readCheckFacts(repository, entry.group.sha));
}
