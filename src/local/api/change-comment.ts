import type { User } from '#local/record/account.ts';
import type { Comment } from '#local/record/issue.ts';
import type { Principal } from '#local/record/principal.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { viaAppId } from './acting-app.ts';
import { subjectByNumber, timestamp } from './change-label.ts';
import type { Webhook } from './operation.ts';
import { renderComment } from './render-comment.ts';
import { renderIssue } from './render-issue.ts';

/** Write a comment below an issue or a pull request. */
export function createComment(
  world: World,
  repository: Repository,
  author: { readonly actor: User; readonly principal: Principal },
  number: number,
  body: string,
): Comment {
  const subject = subjectByNumber(repository, number);
  const now = timestamp(world);
  const { actor, principal } = author;
  const comment: Comment = {
    id: world.nextId(),
    number: subject.number,
    body,
    authorId: actor.id,
    viaAppId: viaAppId(principal),
    createdAt: now,
    updatedAt: now,
  };
  repository.comments.set(comment.id, comment);
  subject.updatedAt = now;
  announce(world, repository, actor, comment, { action: 'created' });
  return comment;
}

/** Change a comment's text: `issue_comment.edited` with what was before. */
export function editComment(
  world: World,
  repository: Repository,
  actor: User,
  comment: Comment,
  body: string,
): void {
  if (comment.body === body) return;
  const changes = { body: { from: comment.body } };
  comment.body = body;
  comment.updatedAt = timestamp(world);
  announce(world, repository, actor, comment, { action: 'edited', changes });
}

/** Remove a comment. */
export function deleteComment(
  world: World,
  repository: Repository,
  actor: User,
  comment: Comment,
): void {
  repository.comments.delete(comment.id);
  announce(world, repository, actor, comment, { action: 'deleted' });
}

type Change =
  | { readonly action: 'created' | 'deleted' }
  | { readonly action: 'edited'; readonly changes: { readonly body: { readonly from: string } } };

function announce(
  world: World,
  repository: Repository,
  actor: User,
  comment: Comment,
  change: Change,
): void {
  const subject = subjectByNumber(repository, comment.number);
  const payload = {
    ...change,
    issue: renderIssue(world, repository, subject),
    comment: renderComment(world, repository, comment),
  } satisfies Webhook<'issue-comment-created' | 'issue-comment-edited' | 'issue-comment-deleted'>;
  world.emit('issue_comment', repository, actor, payload);
}
