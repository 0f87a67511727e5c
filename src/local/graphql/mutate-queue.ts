import { AccessError } from '../api/access.ts';
import { actorOf } from '../api/identity.ts';
import { changesWorkflows } from '../api/merge-pull.ts';
import { canWriteWorkflows } from '../git/git-call.ts';
import { dequeuePull, enqueuePull } from '../queue/change-queue.ts';
import { pullNode } from './find-node.ts';
import { checkPermission, type GraphqlCall } from './graphql-call.ts';
import { type Input, reply } from './mutate-issue.ts';
import { viewQueueEntry } from './view-queue.ts';

const WRITE = ['contents:write'] as const;

interface EnqueueInput {
  readonly pullRequestId: string;
  readonly expectedHeadOid?: string | null;
  readonly jump?: boolean | null;
}

/** Mutations of the merge queue. */
export function buildQueueMutations(call: GraphqlCall) {
  const { world } = call;
  const enqueue = async ({ pullRequestId, expectedHeadOid, jump }: EnqueueInput) => {
    const { repository, item } = pullNode(call, pullRequestId);
    checkPermission(call, repository, WRITE, 'write');
    if (!canWriteWorkflows(call) && (await changesWorkflows(repository, item)))
      throw new AccessError(['workflows:write']);
    const options = {
      jump: jump ?? false,
      ...(expectedHeadOid ? { expectedHead: expectedHeadOid } : {}),
    };
    const entry = await enqueuePull(world, repository, actorOf(call.principal), item, options);
    return { repository, entry };
  };
  return {
    enqueuePullRequest: async ({ input }: Input<EnqueueInput>) => {
      const { repository, entry } = await enqueue(input);
      return reply(input, { mergeQueueEntry: viewQueueEntry(call, repository, entry) });
    },
    dequeuePullRequest: async ({ input }: Input<{ id: string }>) => {
      const { repository, item } = pullNode(call, input.id);
      checkPermission(call, repository, WRITE, 'write');
      const entry = await dequeuePull(world, repository, actorOf(call.principal), item);
      return reply(input, { mergeQueueEntry: viewQueueEntry(call, repository, entry) });
    },
  };
}
