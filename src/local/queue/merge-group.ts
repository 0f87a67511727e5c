import type { Pull } from '#local/record/pull.ts';
import type { MergeGroup, QueueEntry } from '#local/record/queue.ts';
import type { Repository } from '#local/record/repository.ts';
import { readCommitFacts } from '../api/commit-facts.ts';
import { buildMessage } from '../api/merge-message.ts';
import { mergeAuthor } from '../api/merge-pull.ts';
import type { Schema, Webhook } from '../api/operation.ts';
import { buildPushPayload, type RefChange } from '../api/push-payload.ts';
import { userById } from '../api/render-user.ts';
import { moveTo, writeMerge } from '../git/merge.ts';
import { ZERO_SHA } from '../git/name.ts';
import { deleteRef, readRef } from '../git/ref.ts';
import { QUEUE_REFS } from '../rule/judge-push.ts';
import type { MergeQueueParameters } from '../rule/rule.ts';
import type { World } from '../world.ts';
import { QUEUE_BOT_ID } from '../world-state.ts';

const METHODS = { MERGE: 'merge', SQUASH: 'squash', REBASE: 'rebase' } as const;

/**
 * Merge an entry on top of `parentSha`, on a branch of its own, and ask for the checks of it. Returns
 * `conflict` when git cannot, `nothing` when the parent holds the head already.
 */
export async function buildGroup(
  world: World,
  repository: Repository,
  entry: QueueEntry,
  parentSha: string,
  settings: MergeQueueParameters,
): Promise<'built' | 'conflict' | 'nothing'> {
  const pull = repository.pulls.get(entry.pull);
  if (!pull) return 'nothing';
  const merged = await merge(
    world,
    repository,
    pull,
    entry,
    parentSha,
    METHODS[settings.merge_method],
  );
  if (!merged.ok) return merged.reason === 'conflict' ? 'conflict' : 'nothing';
  const ref = `${QUEUE_REFS}${entry.branch}/pr-${pull.number}-${parentSha}`;
  // What a crash has left there is of an older try. The branch begins at the merge: at no time does
  // it hold what somebody else could have put there.
  const left = (await readRef(repository.gitDir, ref))?.sha ?? null;
  if ((await moveTo(repository.gitDir, { ref, sha: left }, merged.sha)).ok === false)
    return 'conflict';
  const builtAt = world.now().toISOString();
  const group: MergeGroup = { ref, sha: merged.sha, baseSha: parentSha, builtAt };
  entry.group = group;
  entry.conflictSha = null;
  await tellPush(world, repository, { ref, before: ZERO_SHA, after: group.sha });
  const payload: Webhook<'merge-group-checks-requested'> = {
    action: 'checks_requested',
    merge_group: await renderGroup(repository, entry.branch, group),
  };
  world.emit('merge_group', repository, userById(world, QUEUE_BOT_ID), payload);
  return 'built';
}

// biome-ignore lint/complexity/useMaxParams: one merge, six independent facts about it.
async function merge(
  world: World,
  repository: Repository,
  pull: Pull,
  entry: QueueEntry,
  parentSha: string,
  method: 'merge' | 'squash' | 'rebase',
) {
  const enqueuer = userById(world, entry.enqueuedById);
  const message = { method, title: undefined, message: undefined };
  return writeMerge(repository.gitDir, parentSha, {
    headSha: entry.headSha,
    method,
    message: await buildMessage(world, repository, pull, message),
    author: mergeAuthor(world, enqueuer, pull, method),
  });
}

/** Take a group's branch away and tell why; nothing happens when it has none. */
export async function destroyGroup(
  world: World,
  repository: Repository,
  entry: QueueEntry,
  reason: NonNullable<Webhook<'merge-group-destroyed'>['reason']>,
): Promise<void> {
  const { group } = entry;
  if (group === null) return;
  entry.group = null;
  const payload: Webhook<'merge-group-destroyed'> = {
    action: 'destroyed',
    reason,
    merge_group: await renderGroup(repository, entry.branch, group),
  };
  const outcome = await deleteRef(repository.gitDir, group.ref, group.sha);
  world.emit('merge_group', repository, userById(world, QUEUE_BOT_ID), payload);
  if (outcome === 'done')
    await tellPush(world, repository, { ref: group.ref, before: group.sha, after: ZERO_SHA });
}

/** The `push` event of what the queue itself moves. */
export async function tellPush(
  world: World,
  repository: Repository,
  change: RefChange,
): Promise<void> {
  const bot = userById(world, QUEUE_BOT_ID);
  world.emit('push', repository, bot, await buildPushPayload(world, repository, bot, change));
}

async function renderGroup(
  repository: Repository,
  branch: string,
  { ref, sha, baseSha }: MergeGroup,
): Promise<Schema<'merge-group'>> {
  const { tree, message, date, author, committer } = await readCommitFacts(repository, sha);
  return {
    head_sha: sha,
    head_ref: ref,
    base_sha: baseSha,
    base_ref: `refs/heads/${branch}`,
    head_commit: { id: sha, tree_id: tree, message, timestamp: date, author, committer },
  };
}
