import type { User } from '#local/record/account.ts';
import type { AutoMerge, Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { announcePull } from './announce-pull.ts';
import { appendEvent, timestamp } from './change-label.ts';

/** Note that a pull request is to be merged when it can be: `pull_request.auto_merge_enabled`. */
export function setAutoMerge(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  wish: Pick<AutoMerge, 'method' | 'title' | 'message'>,
): void {
  pull.autoMerge = { ...wish, enabledById: actor.id, enabledAt: timestamp(world) };
  pull.updatedAt = timestamp(world);
  appendEvent(world, repository, actor, { number: pull.number, event: 'auto_merge_enabled' });
  announcePull(world, repository, actor, pull, { action: 'auto_merge_enabled' });
}

/** Take the wish back, if there is one: `pull_request.auto_merge_disabled` with the reason. */
export function dropAutoMerge(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  reason: string,
): void {
  if (pull.autoMerge === undefined) return;
  delete pull.autoMerge;
  pull.updatedAt = timestamp(world);
  appendEvent(world, repository, actor, { number: pull.number, event: 'auto_merge_disabled' });
  announcePull(world, repository, actor, pull, { action: 'auto_merge_disabled', reason });
}
