import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { pullByNumber } from '../api/change-pull.ts';
import { createReview } from '../api/change-review.ts';
import {
  announceReviewComment,
  findHunks,
  keepReviewComment,
  replyToComment,
  resolveThread,
} from '../api/change-review-comment.ts';
import { requiredText } from '../api/field.ts';
import { actorOf } from '../api/identity.ts';
import { pullNode, threadNode } from './find-node.ts';
import { checkPermission, type GraphqlCall, typedError } from './graphql-call.ts';
import { type Input, reply } from './mutate-issue.ts';
import { viewReviewComment, viewThread } from './view-thread.ts';

const WRITE = ['pull_requests:write'] as const;

interface ThreadInput {
  readonly pullRequestId?: string | null;
  readonly pullRequestReviewId?: string | null;
  readonly path: string;
  readonly body: string;
  readonly line?: number | null;
  readonly side?: 'LEFT' | 'RIGHT' | null;
  readonly startLine?: number | null;
  readonly startSide?: 'LEFT' | 'RIGHT' | null;
  readonly subjectType?: 'LINE' | 'FILE' | null;
}

interface ReplyInput {
  readonly pullRequestReviewThreadId: string;
  readonly body: string;
}

/** Mutations of the conversations on lines. */
export function buildThreadMutations(call: GraphqlCall) {
  const { world } = call;
  const actor = () => actorOf(call.principal);
  const settle = (input: Input<{ readonly threadId: string }>['input'], isResolved: boolean) => {
    const { repository, item } = threadNode(call, input.threadId);
    const pull = pullByNumber(repository, item.pull);
    const isOwn = pull.authorId === actor().id;
    checkPermission(call, repository, WRITE, isOwn ? 'read' : 'write');
    resolveThread(world, repository, actor(), item, isResolved);
    return reply(input, { thread: viewThread(call, repository, item) });
  };
  return {
    resolveReviewThread: ({ input }: Input<{ threadId: string }>) => settle(input, true),
    unresolveReviewThread: ({ input }: Input<{ threadId: string }>) => settle(input, false),
    addPullRequestReviewThread: async ({ input }: Input<ThreadInput>) => {
      if (!input.pullRequestId)
        throw typedError(
          'UNPROCESSABLE',
          'pullRequestId is needed: threads open a review of their own',
        );
      const { repository, item: pull } = pullNode(call, input.pullRequestId);
      checkPermission(call, repository, WRITE);
      const first = await openThread(call, repository, pull, input);
      return reply(input, { thread: viewThread(call, repository, first) });
    },
    addPullRequestReviewThreadReply: async ({ input }: Input<ReplyInput>) => {
      const { repository, item: to } = threadNode(call, input.pullRequestReviewThreadId);
      checkPermission(call, repository, WRITE);
      const pull = pullByNumber(repository, to.pull);
      const body = requiredText({ ...input }, 'body');
      const { id: reviewId } = await holdComment(call, repository, pull, to.commitId);
      const kept = replyToComment(world, repository, actor(), pull, { to, reviewId, body });
      return reply(input, { comment: viewReviewComment(call, repository, kept) });
    },
  };
}

async function openThread(
  call: GraphqlCall,
  repository: Repository,
  pull: Pull,
  input: ThreadInput,
) {
  const actor = actorOf(call.principal);
  const isFile = input.subjectType === 'FILE';
  if (!isFile && !input.line) throw typedError('UNPROCESSABLE', 'A line is needed.');
  const place = {
    path: input.path,
    line: isFile ? null : (input.line ?? null),
    side: input.side ?? 'RIGHT',
    startLine: input.startLine ?? null,
    startSide: input.startSide ?? null,
  } as const;
  const body = requiredText({ ...input }, 'body');
  const [diffHunk = ''] = await findHunks(repository, pull, [place]);
  const { id: reviewId } = await holdComment(call, repository, pull, pull.headSha);
  const fields = { ...place, body, reviewId, diffHunk, commitId: pull.headSha };
  const first = keepReviewComment(call.world, repository, actor, pull, fields);
  announceReviewComment(call.world, repository, actor, pull, first);
  return first;
}

function holdComment(call: GraphqlCall, repository: Repository, pull: Pull, commitId: string) {
  const fields = { event: 'COMMENT', commitId, body: '', isForComment: true } as const;
  return createReview(call.world, repository, actorOf(call.principal), pull, fields);
}
