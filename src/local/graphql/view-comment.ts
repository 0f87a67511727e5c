import type { Comment } from '#local/record/issue.ts';
import type { Repository } from '#local/record/repository.ts';
import { subjectByNumber } from '../api/change-label.ts';
import { toNodeId } from '../api/node-id.ts';
import { commentsOf, subjectPage } from '../api/render-issue.ts';
import { authorAssociation } from '../api/render-user.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import type { GraphqlCall } from './graphql-call.ts';
import { viewActor } from './view-actor.ts';
import { viewReactions } from './view-reaction.ts';
import { viewText } from './view-text.ts';

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
export function viewComment(call: GraphqlCall, repository: Repository, comment: Comment): object {
  const { world } = call;
  const url = `${subjectPage(world, repository, comment.number)}#issuecomment-${comment.id}`;
  const isEdited = comment.updatedAt !== comment.createdAt;
  const viewSelf = () => viewComment(call, repository, comment);
  return {
    __typename: 'IssueComment',
    id: toNodeId('IssueComment', comment.id),
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    author: viewActor(world, comment.authorId),
    authorAssociation: authorAssociation(world, repository, comment.authorId),
    ...viewText(call, repository, { body: comment.body, authorId: comment.authorId, url }),
    createdAt: comment.createdAt,
    updatedAt: comment.updatedAt,
    publishedAt: comment.createdAt,
    lastEditedAt: isEdited ? comment.updatedAt : null,
    includesCreatedEdit: isEdited,
    ...viewPlace(call, repository, comment),
    repository: () => call.views.repository(repository),
    isMinimized: false,
    minimizedReason: null,
    ...viewReactions(call, repository, { kind: 'comment', id: comment.id, view: viewSelf }),
  };
}

/** What a comment is below: an issue, or a pull request and then no issue. */
function viewPlace(call: GraphqlCall, repository: Repository, { number }: Comment) {
  const subject = subjectByNumber(repository, number);
  const isPull = 'headRef' in subject;
  return {
    issue: () => (isPull ? null : call.views.issue(repository, subject)),
    pullRequest: () => (isPull ? call.views.pull(repository, subject) : null),
  };
}
