import type { User } from '#local/record/account.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { ZERO_SHA } from '../git/name.ts';
import { deleteRef } from '../git/ref.ts';
import { findMoveRefusal } from '../rule/find-move-refusal.ts';
import type { World } from '../world.ts';
import { editPull } from './change-pull.ts';
import { buildPushPayload } from './push-payload.ts';

/**
 * Delete the head branch of a pull request that was just merged, where the repository wants that. What
 * the rules keep stays, and so does a branch that has moved on. Pull requests into the branch go into
 * the base instead.
 */
export async function deleteMergedHead(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
): Promise<void> {
  if (!repository.merging.delete_branch_on_merge) return;
  if (pull.headRef === repository.defaultBranch) return;
  const change = { ref: `refs/heads/${pull.headRef}`, before: pull.headSha, after: ZERO_SHA };
  if ((await findMoveRefusal(world, repository, actor, change)) !== undefined) return;
  for (const each of repository.pulls.values())
    if (each.state === 'open' && each.baseRef === pull.headRef && each.headRef !== pull.baseRef)
      await editPull(world, repository, actor, each, { base: pull.baseRef });
  if ((await deleteRef(repository.gitDir, change.ref, change.before)) !== 'done') return;
  world.emit('push', repository, actor, await buildPushPayload(world, repository, actor, change));
}
