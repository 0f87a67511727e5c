import type { User } from '#local/record/account.ts';
import type { Pull } from '#local/record/pull.ts';
import type { QueueEntry } from '#local/record/queue.ts';
import type { Repository } from '#local/record/repository.ts';
import { announcePull } from '../api/announce-pull.ts';
import { appendEvent, timestamp } from '../api/change-label.ts';
import { findQueueRefusal } from '../api/merge-rules.ts';
import { HttpError } from '../api/route.ts';
import { inLine } from '../in-line.ts';
import type { World } from '../world.ts';
import { destroyGroup } from './merge-group.ts';
import type { RemovalReason } from './plan-queue.ts';
import { findEntry, readQueueSettings } from './read-queue.ts';

/** How a place in the queue is asked for. */
export interface EnqueueRequest {
  /** Before all others. */
  readonly jump?: boolean;
  readonly expectedHead?: string;
  /** Nobody presses the button: what the account could pass by holds, too. */
  readonly isAutomatic?: boolean;
}

/**
 * Add a pull request to the queue of its base branch. Throws 422 when there is no queue, when it waits
 * already, or with what the rules still ask; 409 when the head is another than expected.
 */
export async function enqueuePull(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  { jump = false, expectedHead, isAutomatic = false }: EnqueueRequest = {},
): Promise<QueueEntry> {
  if (expectedHead !== undefined && expectedHead !== pull.headSha)
    throw new HttpError(409, 'Head branch was modified. Review and try the merge again.');
  if (readQueueSettings(repository, pull.baseRef) === undefined)
    throw new HttpError(422, `A merge queue is not enabled for ${pull.baseRef}`);
  const { headSha, baseRef } = pull;
  const refusal = await findQueueRefusal(world, repository, pull, isAutomatic ? undefined : actor);
  if (refusal !== undefined) throw new HttpError(422, refusal);
  // Two may ask at once: the second finds the first here.
  if (findEntry(repository, pull.number))
    throw new HttpError(422, 'Pull request is already in the merge queue');
  const entry: QueueEntry = {
    id: world.nextId(),
    pull: pull.number,
    branch: baseRef,
    headSha,
    enqueuedById: actor.id,
    enqueuedAt: timestamp(world),
    jump,
    group: null,
    conflictSha: null,
  };
  if (jump) repository.mergeQueue.unshift(entry);
  else repository.mergeQueue.push(entry);
  appendEvent(world, repository, actor, { number: pull.number, event: 'added_to_merge_queue' });
  announcePull(world, repository, actor, pull, { action: 'enqueued' });
  return entry;
}

/** Take a pull request out of the queue because somebody asks for it. Throws 422 when it is not in it. */
export function dequeuePull(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
): Promise<QueueEntry> {
  // Not while the queue builds or merges: what it was about to merge must not be half gone.
  return inLine(repository, async () => {
    const entry = findEntry(repository, pull.number);
    if (!entry) throw new HttpError(422, 'Pull request is not in the merge queue');
    await removeEntry(world, repository, actor, entry, 'MANUAL');
    return entry;
  });
}

/** Take an entry out, tell why, and take its group away. Only in the queue's line. */
export async function removeEntry(
  world: World,
  repository: Repository,
  actor: User,
  entry: QueueEntry,
  reason: RemovalReason,
): Promise<void> {
  const at = repository.mergeQueue.indexOf(entry);
  if (at < 0) return;
  repository.mergeQueue.splice(at, 1);
  const pull = repository.pulls.get(entry.pull);
  if (pull) {
    appendEvent(world, repository, actor, {
      number: entry.pull,
      event: 'removed_from_merge_queue',
    });
    announcePull(world, repository, actor, pull, { action: 'dequeued', reason });
  }
  if (reason !== 'MERGE') await destroyGroup(world, repository, entry, 'dequeued');
}
