import type { Pull } from '#local/record/pull.ts';
import { viaAppId } from '../api/acting-app.ts';
import {
  closePull,
  createPull,
  editPull,
  markDraft,
  markReady,
  pullByNumber,
  reopenPull,
} from '../api/change-pull.ts';
import {
  createReview,
  REVIEW_EVENTS,
  requestReviewers,
  submitReview,
} from '../api/change-review.ts';
import { optionalText, requiredText, TITLE_CHARS_MAX } from '../api/field.ts';
import { actorOf } from '../api/identity.ts';
import { mergePullRequest } from '../api/merge-pull.ts';
import { parseNodeId } from '../api/node-id.ts';
import { canWriteWorkflows } from '../git/git-call.ts';
import { accountNode, pullNode, repositoryNode, reviewNode } from './find-node.ts';
import { checkPermission, type GraphqlCall, typedError } from './graphql-call.ts';
import { type Input, reply } from './mutate-issue.ts';
import { buildMergeMutations } from './mutate-merge.ts';
import { buildThreadMutations } from './mutate-thread.ts';
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

interface SubmitInput {
  readonly pullRequestReviewId?: string | null;
  readonly event: string;
  readonly body?: string | null;
}

interface RequestInput {
  readonly pullRequestId: string;
  readonly userIds?: readonly string[] | null;
  readonly teamIds?: readonly string[] | null;
  /** Add to those who are asked already; otherwise replace them. */
  readonly union?: boolean | null;
}

interface UpdateInput {
  readonly pullRequestId: string;
  readonly title?: string | null;
  readonly body?: string | null;
  readonly baseRefName?: string | null;
  readonly state?: 'OPEN' | 'CLOSED' | null;
}

/** Whoever is not asked for any more is taken off the list. */
function keepRequested(
  pull: Pull,
  asked: { readonly people: readonly number[]; readonly teams: readonly number[] },
): void {
  pull.requestedReviewers = pull.requestedReviewers.filter((id) => asked.people.includes(id));
  pull.requestedTeams = pull.requestedTeams.filter((id) => asked.teams.includes(id));
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
        viaAppId: viaAppId(call.principal),
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
        mayWriteWorkflows: canWriteWorkflows(call),
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
    submitPullRequestReview: ({ input }: Input<SubmitInput>) => {
      const { repository, item: review } = reviewNode(call, input.pullRequestReviewId ?? '');
      checkPermission(call, repository, WRITE);
      const event = REVIEW_EVENTS.find((each) => each === input.event);
      if (!event) throw typedError('UNPROCESSABLE', 'Can not submit a review as DISMISS');
      const body = optionalText({ ...input }, 'body');
      const pull = pullByNumber(repository, review.pull);
      submitReview(world, repository, actor(), pull, review, { event, body });
      return reply(input, { pullRequestReview: viewReview(call, repository, review) });
    },
    requestReviews: ({ input }: Input<RequestInput>) => {
      const { repository, item } = pullNode(call, input.pullRequestId);
      checkPermission(call, repository, WRITE, 'triage');
      const people = (input.userIds ?? []).map((id) => accountNode(call, id).id);
      const teams = (input.teamIds ?? []).map((id) => Number(parseNodeId(id)?.id));
      if (!input.union) keepRequested(item, { people, teams });
      requestReviewers(world, repository, actor(), item, { people, teams });
      return reply(input, {
        actor: viewActor(world, actor().id),
        pullRequest: call.views.pull(repository, item),
        requestedReviewersEdge: null,
      });
    },
    updatePullRequest: async ({ input }: Input<UpdateInput>) => {
      const { repository, item } = pullNode(call, input.pullRequestId);
      const isOwn = item.authorId === actor().id;
      checkPermission(call, repository, WRITE, isOwn ? 'read' : 'write');
      await editPull(world, repository, actor(), item, {
        title: input.title ?? undefined,
        body: input.body ?? undefined,
        base: input.baseRefName ?? undefined,
      });
      if (input.state === 'CLOSED') closePull(world, repository, actor(), item);
      if (input.state === 'OPEN') await reopenPull(world, repository, actor(), item);
      return reply(input, {
        actor: viewActor(world, actor().id),
        pullRequest: call.views.pull(repository, item),
      });
    },
    ...buildStateMutations(call),
    ...buildMergeMutations(call),
    ...buildThreadMutations(call),
  };
}

function buildStateMutations(call: GraphqlCall) {
  const change = async (
    input: { pullRequestId: string; clientMutationId?: string | null },
    apply: (...args: Parameters<typeof closePull>) => void | Promise<void>,
  ) => {
    const { repository, item } = pullNode(call, input.pullRequestId);
    const actor = actorOf(call.principal);
    checkPermission(call, repository, WRITE, item.authorId === actor.id ? 'read' : 'write');
    await apply(call.world, repository, actor, item);
    return reply(input, { pullRequest: call.views.pull(repository, item) });
  };
  return {
    closePullRequest: ({ input }: Input<{ pullRequestId: string }>) => change(input, closePull),
    reopenPullRequest: ({ input }: Input<{ pullRequestId: string }>) => change(input, reopenPull),
    markPullRequestReadyForReview: ({ input }: Input<{ pullRequestId: string }>) =>
      change(input, markReady),
    convertPullRequestToDraft: ({ input }: Input<{ pullRequestId: string }>) =>
      change(input, markDraft),
  };
}
