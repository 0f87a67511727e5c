import type { Comment } from '#local/record/issue.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { toNodeId } from './node-id.ts';
import type { Schema } from './operation.ts';
import { renderApp } from './render-app.ts';
import { issueUrl, subjectPage } from './render-issue.ts';
import { renderReactionCounts } from './render-reaction.ts';
import { repositoryUrl } from './render-repository.ts';
import { authorAssociation, renderUserById } from './render-user.ts';

/** `issue-comment`, as narrow as the webhooks' own copy of it. */
export function renderComment(world: World, repository: Repository, comment: Comment) {
  const url = `${repositoryUrl(world, repository)}/issues/comments/${comment.id}`;
  const page = subjectPage(world, repository, comment.number);
  const app = comment.viaAppId === null ? undefined : world.apps.get(comment.viaAppId);
  return {
    id: comment.id,
    node_id: toNodeId('IssueComment', comment.id),
    url,
    html_url: `${page}#issuecomment-${comment.id}`,
    issue_url: issueUrl(world, repository, comment.number),
    user: renderUserById(world, comment.authorId),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: authorAssociation(world, repository, comment.authorId),
    performed_via_github_app: app ? renderApp(world, app) : null,
    reactions: renderReactionCounts(repository, url, 'comment', comment.id),
    pin: null,
    minimized: null,
  } satisfies Schema<'issue-comment'>;
}
