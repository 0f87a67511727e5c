import type { User } from '#local/record/account.ts';
import type { AutoMerge, Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { AccessError } from '../api/access.ts';
import { setAutoMerge } from '../api/change-auto-merge.ts';
import { type MergeWords, readWords } from '../api/merge-message.ts';
import { changesWorkflows, headModified } from '../api/merge-pull.ts';
import { isMethodAllowed } from '../api/merge-rules.ts';
import { readMergeState } from '../api/pull-detail.ts';
import { HttpError } from '../api/route.ts';
import { METHOD_NAMES } from '../rule/check-pull.ts';
import type { World } from '../world.ts';
import { enqueuePull } from './change-queue.ts';
import { findEntry, readQueueSettings } from './read-queue.ts';

/** How auto-merge is asked for. */
export interface AutoMergeRequest extends MergeWords {
  /** The head that the caller has seen; nothing is noted when it has moved. */
  readonly sha: string | undefined;
  /** The caller may write workflows; otherwise nothing that changes one may wait to be merged. */
  readonly mayWriteWorkflows: boolean;
}

/**
 * Merge a pull request when its requirements are met. Throws 409 when its head has moved, 422 when it
 * could be merged at once or never, and where the repository does not allow it. Where a merge queue is
 * required, it is added to the queue then, or now if it is ready.
 */
export async function enableAutoMerge(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  request: AutoMergeRequest,
): Promise<void> {
  if (request.sha !== undefined && request.sha !== pull.headSha) throw headModified();
  const hasQueue = readQueueSettings(repository, pull.baseRef) !== undefined;
  checkAllowed(repository, pull, request.method, hasQueue);
  if (!request.mayWriteWorkflows && (await changesWorkflows(repository, pull)))
    throw new AccessError(['workflows:write']);
  const { mergeableState: state } = await readMergeState(world, repository, pull);
  if (hasQueue && READY.includes(state)) {
    await enqueuePull(world, repository, actor, pull);
    return;
  }
  // Nothing is left to wait for, or nothing that comes by itself.
  if (!WAITING.includes(state)) throw refused(`Pull request is in ${state} status`);
  const words = await readWords(world, repository, pull, request);
  if (pull.state === 'open')
    setAutoMerge(world, repository, actor, pull, { ...words, method: request.method });
}

/** Requirements that may still be met; all others are met, or cannot be. */
const WAITING = ['blocked', 'behind'];
const READY = ['clean', 'unstable', 'behind'];

function checkAllowed(
  repository: Repository,
  pull: Pull,
  method: AutoMerge['method'],
  hasQueue: boolean,
): void {
  if (pull.state !== 'open') throw refused('Pull request is closed');
  if (hasQueue && findEntry(repository, pull.number))
    throw refused('Pull request is already in the merge queue');
  if (!hasQueue && !repository.merging.allow_auto_merge)
    throw refused('Auto merge is not allowed for this repository');
  if (!hasQueue && !isMethodAllowed(repository, method))
    throw refused(`${METHOD_NAMES[method]} are not allowed on this repository.`);
}

// GitHub writes the subject of its sentences before each of them.
function refused(sentence: string): HttpError {
  return new HttpError(422, `Pull request ${sentence}`);
}
