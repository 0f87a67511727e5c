import type { QueueEntry } from '#local/record/queue.ts';
import type { Repository } from '#local/record/repository.ts';
import { Fault } from '#model/fault.ts';
import { settleMerged } from '../api/merge-pull.ts';
import { deleteMergedHead } from '../api/merged-head.ts';
import { userById } from '../api/render-user.ts';
import { updateRef } from '../git/ref.ts';
import { inLine } from '../in-line.ts';
import type { MergeQueueParameters } from '../rule/rule.ts';
import type { World } from '../world.ts';
import { QUEUE_BOT_ID } from '../world-state.ts';
import { removeEntry } from './change-queue.ts';
import { buildGroup, destroyGroup, tellPush } from './merge-group.ts';
import { planStep, type Step } from './plan-queue.ts';
import { readQueueFacts } from './read-queue.ts';

/** What may let a queue go on, or stop it. */
const EVENTS = [
  'pull_request',
  'pull_request_review',
  'push',
  'check_run',
  'status',
  'repository_ruleset',
];
/** A timer cannot wait longer. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * Open the merge queues of all branches: each event that may change one lets it go on, and so does the
 * time at which its checks are due. Queues that were kept go on at once.
 */
export function openMergeQueue(world: World): { close(): Promise<void> } {
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  let isOpen = true;
  const advance = (repository: Repository): void => {
    for (const branch of new Set(repository.mergeQueue.map((entry) => entry.branch))) {
      const work = world.track(inLine(repository, () => go(repository, branch)));
      running.add(work);
      void work.finally(() => running.delete(work));
    }
  };
  const go = async (repository: Repository, branch: string): Promise<void> => {
    const until = await advanceBranch(world, repository, branch, () => isOpen).catch((error) => {
      // What git cannot read today (a branch deleted meanwhile) is tried again with the next event.
      if (!(error instanceof Fault)) throw error;
      return null;
    });
    const key = `${repository.id}:${branch}`;
    clearTimeout(timers.get(key));
    timers.delete(key);
    if (until === null || !isOpen) return;
    const delayMs = Math.min(Math.max(until - world.now().getTime(), 1), TIMER_MS_MAX);
    timers.set(key, setTimeout(() => advance(repository), delayMs).unref());
  };
  world.onEvent((event, repository) => {
    if (isOpen && EVENTS.includes(event)) advance(repository);
  });
  for (const repository of world.repositories.values()) advance(repository);
  return {
    close: async () => {
      isOpen = false;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.allSettled(running);
    },
  };
}

/** Step by step until the queue of a branch waits; returns until when at most. */
async function advanceBranch(
  world: World,
  repository: Repository,
  branch: string,
  isOpen: () => boolean,
): Promise<number | null> {
  while (isOpen()) {
    const facts = await readQueueFacts(world, repository, branch);
    const step = planStep(facts);
    if (step.kind === 'wait') return step.until;
    // Another writer was faster: the push it tells of lets the queue go on.
    if (!(await take(world, repository, branch, step, facts.settings))) return null;
  }
  return null;
}

// biome-ignore lint/complexity/useMaxParams: one step, and the four things it is taken on.
async function take(
  world: World,
  repository: Repository,
  branch: string,
  step: Exclude<Step, { kind: 'wait' }>,
  settings: MergeQueueParameters | undefined,
): Promise<boolean> {
  const bot = userById(world, QUEUE_BOT_ID);
  switch (step.kind) {
    case 'settle':
      await settle(world, repository, branch, step.entries);
      return true;
    case 'remove':
      await removeEntry(world, repository, bot, step.entry, step.reason);
      return true;
    case 'invalidate':
      for (const entry of step.entries) await destroyGroup(world, repository, entry, 'invalidated');
      return true;
    case 'build': {
      if (!settings) return false;
      const { entry, parentSha } = step;
      const outcome = await buildGroup(world, repository, entry, parentSha, settings);
      if (outcome === 'conflict') entry.conflictSha = parentSha;
      if (outcome === 'nothing') await removeEntry(world, repository, bot, entry, 'ALREADY_MERGED');
      return true;
    }
    case 'merge': {
      const ref = `refs/heads/${branch}`;
      return (await updateRef(repository.gitDir, ref, step.sha, step.baseSha)) === 'done';
    }
  }
}

/** Close what the base holds now, as the person who added it, and tell of the push. */
async function settle(
  world: World,
  repository: Repository,
  branch: string,
  entries: readonly QueueEntry[],
): Promise<void> {
  const before = entries[0]?.group?.baseSha;
  const after = entries.at(-1)?.group?.sha;
  for (const entry of entries) {
    const actor = userById(world, entry.enqueuedById);
    const pull = repository.pulls.get(entry.pull);
    await removeEntry(world, repository, userById(world, QUEUE_BOT_ID), entry, 'MERGE');
    if (pull?.state === 'open' && entry.group)
      settleMerged(world, repository, actor, pull, entry.group.sha);
  }
  if (before !== undefined && after !== undefined)
    await tellPush(world, repository, { ref: `refs/heads/${branch}`, before, after });
  for (const entry of entries) {
    await destroyGroup(world, repository, entry, 'merged');
    const pull = repository.pulls.get(entry.pull);
    const actor = userById(world, entry.enqueuedById);
    if (pull?.merged) await deleteMergedHead(world, repository, actor, pull);
  }
}
