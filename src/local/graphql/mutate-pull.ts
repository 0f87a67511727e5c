import { closePull, createPull, markReady, reopenPull } from '../api/change-pull.ts';
import { createReview, REVIEW_EVENTS } from '../api/change-review.ts';
import { optionalText, requiredText, TITLE_CHARS_MAX } from '../api/field.ts';
import { actorOf } from '../api/identity.ts';
import { mergePullRequest } from '../api/merge-pull.ts';
import { pullNode, repositoryNode } from './find-node.ts';
import { checkPermission, type GraphqlCall } from './graphql-call.ts';
import { type Input, reply } from './mutate-issue.ts';
import { viewActor } from './view-actor.ts';
import { viewReview } from './view-pull.ts';

const WRITE = ['pull_requests:write'] as const;

interface NewPullInput {
  readonly repositoryId: string;
  readonly title: string;
  readonly body?: string | null;
  readonly headRefName: string;
  readonly baseRefName: string;
  readonly draft?: boolean | null;
}

interface MergeInput {
  readonly pullRequestId: string;
  readonly mergeMethod?: 'MERGE' | 'SQUASH' | 'REBASE' | null;
  readonly expectedHeadOid?: string | null;
  readonly commitHeadline?: string | null;
  readonly commitBody?: string | null;
}

interface ReviewInput {
  readonly pullRequestId: string;
  readonly event?: string | null;
  readonly body?: string | null;
  readonly commitOID?: string | null;
}

/** Mutations of pull requests and their reviews. */
export function buildPullMutations(call: GraphqlCall) {
  const { world } = call;
  const actor = () => actorOf(call.principal);
  return {
    createPullRequest: async ({ input }: Input<NewPullInput>) => {
      const repository = repositoryNode(call, input.repositoryId);
      checkPermission(call, repository, WRITE, 'write');
      const pull = await createPull(world, repository, actor(), {
        title: requiredText({ ...input }, 'title', TITLE_CHARS_MAX),
        body: optionalText({ ...input }, 'body') ?? '',
        head: input.headRefName,
        base: input.baseRefName.replace(/^refs\/heads\//, ''),
        draft: input.draft ?? false,
      });
      return reply(input, { pullRequest: call.views.pull(repository, pull) });
    },
    mergePullRequest: async ({ input }: Input<MergeInput>) => {
      const { repository, item } = pullNode(call, input.pullRequestId);
      checkPermission(call, repository, ['contents:write'], 'write');
      const methods = { MERGE: 'merge', SQUASH: 'squash', REBASE: 'rebase' } as const;
      await mergePullRequest(world, repository, actor(), item, {
        method: methods[input.mergeMethod ?? 'MERGE'],
        sha: input.expectedHeadOid ?? undefined,
        title: input.commitHeadline ?? undefined,
        message: input.commitBody ?? undefined,
      });
      return reply(input, {
        actor: viewActor(world, actor().id),
        pullRequest: call.views.pull(repository, item),
      });
    },
    addPullRequestReview: async ({ input }: Input<ReviewInput>) => {
      const { repository, item } = pullNode(call, input.pullRequestId);
      checkPermission(call, repository, WRITE);
      const review = await createReview(world, repository, actor(), item, {
        event: REVIEW_EVENTS.find((event) => event === input.event),
        commitId: input.commitOID ?? undefined,
        body: optionalText({ ...input }, 'body') ?? '',
      });
      return reply(input, {
        pullRequestReview: viewReview(call, repository, review),
        reviewEdge: null,
      });
    },
    ...buildStateMutations(call),
  };
}

function buildStateMutations(call: GraphqlCall) {
  const change = (
    input: { pullRequestId: string; clientMutationId?: string | null },
    apply: typeof closePull,
  ) => {
    const { repository, item } = pullNode(call, input.pullRequestId);
    const actor = actorOf(call.principal);
    checkPermission(call, repository, WRITE, item.authorId === actor.id ? 'read' : 'write');
    apply(call.world, repository, actor, item);
    return reply(input, { pullRequest: call.views.pull(repository, item) });
  };
  return {
    closePullRequest: ({ input }: Input<{ pullRequestId: string }>) => change(input, closePull),
    reopenPullRequest: ({ input }: Input<{ pullRequestId: string }>) => change(input, reopenPull),
    markPullRequestReadyForReview: ({ input }: Input<{ pullRequestId: string }>) =>
      change(input, markReady),
  };
}
