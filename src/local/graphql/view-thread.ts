import type { ReviewComment } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { commentsOfThread } from '../api/change-review-comment.ts';
import { toNodeId } from '../api/node-id.ts';
import { repositoryPage } from '../api/render-repository.ts';
import { authorAssociation } from '../api/render-user.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import type { GraphqlCall } from './graphql-call.ts';
import { viewActor } from './view-actor.ts';

/** One conversation on a line: the thread of its first comment. */
export function viewThread(
  call: GraphqlCall,
  repository: Repository,
  first: ReviewComment,
): object {
  const resolver = repository.resolvedThreads.get(first.id);
  const pull = repository.pulls.get(first.pull);
  return {
    __typename: 'PullRequestReviewThread',
    id: toNodeId('PullRequestReviewThread', first.id),
    isResolved: resolver !== undefined,
    resolvedBy: resolver === undefined ? null : viewActor(call.world, resolver),
    // The line is still in the diff while the head is the commit it was written for.
    isOutdated: pull !== undefined && pull.headSha !== first.commitId,
    isCollapsed: resolver !== undefined,
    path: first.path,
    line: first.line,
    originalLine: first.line,
    startLine: first.startLine,
    originalStartLine: first.startLine,
    diffSide: first.side,
    startDiffSide: first.startSide,
    subjectType: first.line === null ? 'FILE' : 'LINE',
    viewerCanReply: true,
    viewerCanResolve: resolver === undefined,
    viewerCanUnresolve: resolver !== undefined,
    pullRequest: () => pull && call.views.pull(repository, pull),
    repository: () => call.views.repository(repository),
    comments: (page: PageArguments) =>
      buildConnection(commentsOfThread(repository, first), page, (comment) =>
        viewReviewComment(call, repository, comment),
      ),
  };
}

/** One comment on a line. */
export function viewReviewComment(
  call: GraphqlCall,
  repository: Repository,
  comment: ReviewComment,
): object {
  const replyTo =
    comment.inReplyTo === null ? undefined : repository.reviewComments.get(comment.inReplyTo);
  return {
    __typename: 'PullRequestReviewComment',
    id: toNodeId('PullRequestReviewComment', comment.id),
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    author: viewActor(call.world, comment.authorId),
    authorAssociation: authorAssociation(call.world, repository, comment.authorId),
    body: comment.body,
    bodyText: comment.body,
    path: comment.path,
    line: comment.line,
    originalLine: comment.line,
    startLine: comment.startLine,
    originalStartLine: comment.startLine,
    diffHunk: comment.diffHunk,
    outdated: repository.pulls.get(comment.pull)?.headSha !== comment.commitId,
    commit: call.views.commit(repository, comment.commitId),
    originalCommit: call.views.commit(repository, comment.commitId),
    replyTo: replyTo ? () => viewReviewComment(call, repository, replyTo) : null,
    createdAt: comment.createdAt,
    publishedAt: comment.createdAt,
    updatedAt: comment.updatedAt,
    lastEditedAt: comment.updatedAt === comment.createdAt ? null : comment.updatedAt,
    url: `${repositoryPage(call.world, repository)}/pull/${comment.pull}#discussion_r${comment.id}`,
  };
}
