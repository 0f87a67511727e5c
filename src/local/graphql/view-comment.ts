import { toNodeId } from '../api/node-id.ts';
import { commentsOf } from '../api/render-issue.ts';
import { repositoryPage } from '../api/render-repository.ts';
import { authorAssociation } from '../api/render-user.ts';
import type { Comment, Repository } from '../world.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import type { GraphqlCall } from './graphql-call.ts';
import { viewActor } from './view-actor.ts';

/** The comments below an issue or a pull request. */
export function viewComments(
  call: GraphqlCall,
  repository: Repository,
  number: number,
  page: PageArguments,
) {
  return buildConnection(commentsOf(repository, number), page, (comment) =>
    viewComment(call, repository, comment),
  );
}

/** One comment. */
export function viewComment(call: GraphqlCall, repository: Repository, comment: Comment) {
  const { world, principal } = call;
  const isEdited = comment.updatedAt !== comment.createdAt;
  const kind = repository.pulls.has(comment.number) ? 'pull' : 'issues';
  return {
    __typename: 'IssueComment',
    id: toNodeId('IssueComment', comment.id),
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    author: viewActor(world, comment.authorId),
    authorAssociation: authorAssociation(world, repository, comment.authorId),
    body: comment.body,
    bodyText: comment.body,
    createdAt: comment.createdAt,
    updatedAt: comment.updatedAt,
    publishedAt: comment.createdAt,
    lastEditedAt: isEdited ? comment.updatedAt : null,
    includesCreatedEdit: isEdited,
    isMinimized: false,
    minimizedReason: null,
    reactionGroups: [],
    viewerDidAuthor: principal.kind === 'user' && principal.user.id === comment.authorId,
    url: `${repositoryPage(world, repository)}/${kind}/${comment.number}#issuecomment-${comment.id}`,
  };
}
