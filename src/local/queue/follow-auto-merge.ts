import type { User } from '#local/record/account.ts';
import type { AutoMerge, Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { Fault } from '#model/fault.ts';
import { hasPermission, isAtLeast } from '../api/access.ts';
import { dropAutoMerge } from '../api/change-auto-merge.ts';
import { mergePullRequest } from '../api/merge-pull.ts';
import { userById } from '../api/render-user.ts';
import { HttpError } from '../api/route.ts';
import type { World } from '../world.ts';
import { ACTIONS_BOT_ID } from '../world-state.ts';
import { enqueuePull } from './change-queue.ts';
import { readQueueSettings } from './read-queue.ts';

/** What may meet a requirement, or change what is required. */
const EVENTS = [
  'pull_request',
  'pull_request_review',
  'pull_request_review_thread',
  'push',
  'check_run',
  'status',
  'repository_ruleset',
];

/**
 * Merge what waits for its requirements, from now on: each event that may meet one lets all that wait
 * in the repository be tried. What was kept is tried at once.
 */
export function followAutoMerges(world: World): { close(): Promise<void> } {
  const running = new Set<Promise<void>>();
  let isOpen = true;
  const attempt = (repository: Repository): void => {
    for (const pull of repository.pulls.values()) {
      const { autoMerge } = pull;
      if (autoMerge === undefined || pull.state !== 'open') continue;
      const work = world.track(tryMerge(world, repository, pull, autoMerge));
      running.add(work);
      void work.finally(() => running.delete(work));
    }
  };
  world.onEvent((event, repository) => {
    if (isOpen && EVENTS.includes(event)) attempt(repository);
  });
  for (const repository of world.repositories.values()) attempt(repository);
  return {
    close: async () => {
      isOpen = false;
      await Promise.allSettled(running);
    },
  };
}

/** Merge it as who asked for it, or leave it for the next event. */
async function tryMerge(
  world: World,
  repository: Repository,
  pull: Pull,
  wish: AutoMerge,
): Promise<void> {
  const actor = userById(world, wish.enabledById);
  if (!mayWrite(world, repository, actor, 'contents:write')) {
    dropAutoMerge(world, repository, actor, pull, 'Who enabled it may not write any more');
    return;
  }
  try {
    if (readQueueSettings(repository, pull.baseRef) !== undefined) {
      await enqueuePull(world, repository, actor, pull, { isAutomatic: true });
      delete pull.autoMerge;
      return;
    }
    const { method, title, message } = wish;
    const mayWriteWorkflows = mayWrite(world, repository, actor, 'workflows:write');
    const words = { method, title, message, sha: undefined };
    const request = { ...words, mayWriteWorkflows, isAutomatic: true };
    await mergePullRequest(world, repository, actor, pull, request);
  } catch (error) {
    // A requirement is still open (an HttpError), or git cannot read something today.
    if (!(error instanceof HttpError) && !(error instanceof Fault)) throw error;
  }
}

/** Whether an account may still write: rights that are gone merge nothing later. */
function mayWrite(
  world: World,
  repository: Repository,
  actor: User,
  permission: 'contents:write' | 'workflows:write',
): boolean {
  if (actor.type !== 'Bot') return isAtLeast(world.roleOf(repository, actor.id), 'write');
  // The token of a job never writes workflows.
  if (actor.id === ACTIONS_BOT_ID) return permission === 'contents:write';
  return [...world.installations.values()].some(
    (each) =>
      world.apps.get(each.appId)?.botId === actor.id &&
      each.accountId === repository.ownerId &&
      each.suspendedAt === null &&
      (each.repositoryIds?.includes(repository.id) ?? true) &&
      hasPermission(each, permission),
  );
}
