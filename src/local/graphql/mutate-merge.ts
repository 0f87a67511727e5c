import { dropAutoMerge } from '../api/change-auto-merge.ts';
import { actorOf } from '../api/identity.ts';
import { updateBranch } from '../api/update-branch.ts';
import { canWriteWorkflows } from '../git/git-call.ts';
import { enableAutoMerge } from '../queue/auto-merge.ts';
import { pullNode } from './find-node.ts';
import { checkPermission, type GraphqlCall, typedError } from './graphql-call.ts';
import { type Input, reply } from './mutate-issue.ts';
import { viewActor } from './view-actor.ts';

interface AutoMergeInput {
  readonly pullRequestId: string;
  readonly mergeMethod?: 'MERGE' | 'SQUASH' | 'REBASE' | null;
  readonly commitHeadline?: string | null;
  readonly commitBody?: string | null;
  readonly expectedHeadOid?: string | null;
}

const METHODS = { MERGE: 'merge', SQUASH: 'squash', REBASE: 'rebase' } as const;

interface UpdateBranchInput {
  readonly pullRequestId: string;
  readonly expectedHeadOid?: string | null;
  readonly updateMethod?: 'MERGE' | 'REBASE' | null;
}

/** Mutations on the way of a pull request into its base. */
export function buildMergeMutations(call: GraphqlCall) {
  const { world } = call;
  const actor = () => actorOf(call.principal);
  // Who merges later must be able to merge now.
  const find = (id: string) => {
    const { repository, item } = pullNode(call, id);
    checkPermission(call, repository, ['pull_requests:write'], 'write');
    checkPermission(call, repository, ['contents:write'], 'write');
    return { repository, item };
  };
  return {
    enablePullRequestAutoMerge: async ({ input }: Input<AutoMergeInput>) => {
      const { repository, item } = find(input.pullRequestId);
      await enableAutoMerge(world, repository, actor(), item, {
        method: METHODS[input.mergeMethod ?? 'MERGE'],
        title: input.commitHeadline ?? undefined,
        message: input.commitBody ?? undefined,
        sha: input.expectedHeadOid ?? undefined,
        mayWriteWorkflows: canWriteWorkflows(call),
      });
      const pullRequest = call.views.pull(repository, item);
      return reply(input, { actor: viewActor(world, actor().id), pullRequest });
    },
    disablePullRequestAutoMerge: ({ input }: Input<{ pullRequestId: string }>) => {
      const { repository, item } = find(input.pullRequestId);
      if (item.autoMerge === undefined)
        throw typedError('UNPROCESSABLE', "Can't disable auto-merge for this pull request.");
      dropAutoMerge(world, repository, actor(), item, 'Auto-merge was disabled by hand');
      const pullRequest = call.views.pull(repository, item);
      return reply(input, { actor: viewActor(world, actor().id), pullRequest });
    },
    updatePullRequestBranch: async ({ input }: Input<UpdateBranchInput>) => {
      const { repository, item } = pullNode(call, input.pullRequestId);
      checkPermission(call, repository, ['pull_requests:write'], 'write');
      await updateBranch(call.world, repository, actorOf(call.principal), item, {
        method: input.updateMethod === 'REBASE' ? 'rebase' : 'merge',
        expectedHead: input.expectedHeadOid ?? undefined,
      });
      return reply(input, { pullRequest: call.views.pull(repository, item) });
    },
  };
}
