import type { QueueEntry } from '#local/record/queue.ts';
import type { Repository } from '#local/record/repository.ts';
import { toNodeId } from '../api/node-id.ts';
import { repositoryPage } from '../api/render-repository.ts';
import { judgeGroup, listQueue, readQueueSettings } from '../queue/read-queue.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import type { GraphqlCall } from './graphql-call.ts';
import { viewActor } from './view-actor.ts';

/** The merge queue of one branch; null where none is required. */
export function viewQueue(call: GraphqlCall, repository: Repository, branch: string) {
  const settings = readQueueSettings(repository, branch);
  if (settings === undefined) return null;
  const path = `/${call.world.fullName(repository)}/queue/${branch}`;
  return {
    __typename: 'MergeQueue',
    id: toNodeId('MergeQueue', `${repository.id}:${branch}`),
    configuration: {
      checkResponseTimeout: settings.check_response_timeout_minutes,
      maximumEntriesToBuild: settings.max_entries_to_build,
      maximumEntriesToMerge: settings.max_entries_to_merge,
      mergeMethod: settings.merge_method,
      mergingStrategy: settings.grouping_strategy,
      minimumEntriesToMerge: settings.min_entries_to_merge,
      minimumEntriesToMergeWaitTime: settings.min_entries_to_merge_wait_minutes,
    },
    entries: (page: PageArguments) =>
      buildConnection(listQueue(repository, branch), page, (entry) =>
        viewQueueEntry(call, repository, entry),
      ),
    nextEntryEstimatedTimeToMerge: null,
    repository: () => call.views.repository(repository),
    resourcePath: path,
    url: `${repositoryPage(call.world, repository)}/queue/${branch}`,
  };
}

/** One pull request in the queue, also when it has just left it. */
export function viewQueueEntry(call: GraphqlCall, repository: Repository, entry: QueueEntry) {
  const { group } = entry;
  const pull = repository.pulls.get(entry.pull);
  const commit = (sha: string | undefined) => (sha ? call.views.commit(repository, sha) : null);
  return {
    __typename: 'MergeQueueEntry',
    id: toNodeId('MergeQueueEntry', entry.id),
    baseCommit: () => commit(group?.baseSha),
    headCommit: () => commit(group?.sha),
    enqueuedAt: entry.enqueuedAt,
    enqueuer: viewActor(call.world, entry.enqueuedById),
    estimatedTimeToMerge: null,
    jump: entry.jump,
    mergeQueue: () => viewQueue(call, repository, entry.branch),
    position: listQueue(repository, entry.branch).indexOf(entry) + 1,
    pullRequest: () => (pull ? call.views.pull(repository, pull) : null),
    solo: false,
    state: stateOf(repository, entry),
  };
}

function stateOf(repository: Repository, entry: QueueEntry): string {
  if (entry.conflictSha !== null) return 'UNMERGEABLE';
  if (entry.group === null) return 'QUEUED';
  const states = {
    passed: 'MERGEABLE',
    failed: 'UNMERGEABLE',
    waiting: 'AWAITING_CHECKS',
  } as const;
  return states[judgeGroup(repository, entry)];
}
