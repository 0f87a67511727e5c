import { actorOf } from '../api/identity.ts';
import { updateBranch } from '../api/update-branch.ts';
import { pullNode } from './find-node.ts';
import { checkPermission, type GraphqlCall } from './graphql-call.ts';
import { type Input, reply } from './mutate-issue.ts';

interface UpdateBranchInput {
  readonly pullRequestId: string;
  readonly expectedHeadOid?: string | null;
  readonly updateMethod?: 'MERGE' | 'REBASE' | null;
}

/** Mutations on the way of a pull request into its base. */
export function buildMergeMutations(call: GraphqlCall) {
  return {
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
