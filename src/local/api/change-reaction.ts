import type { User } from '#local/record/account.ts';
import type { Reaction } from '#local/record/issue.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { timestamp } from './change-label.ts';
import { reactionsTo } from './render-reaction.ts';

/** What is reacted to, with which emoji. */
export type NewReaction = Pick<Reaction, 'subject' | 'subjectId' | 'content'>;

/** React once: a second reaction of the same kind by the same account is the first one again. */
export function addReaction(
  world: World,
  repository: Repository,
  user: User,
  wanted: NewReaction,
): { readonly reaction: Reaction; readonly isNew: boolean } {
  const found = findReaction(repository, user, wanted);
  if (found) return { reaction: found, isNew: false };
  const { subject, subjectId, content } = wanted;
  const reaction: Reaction = {
    id: world.nextId(),
    subject,
    subjectId,
    userId: user.id,
    content,
    createdAt: timestamp(world),
  };
  repository.reactions.push(reaction);
  return { reaction, isNew: true };
}

/** An account's own reaction of one kind to one thing. */
export function findReaction(
  repository: Repository,
  user: User,
  { subject, subjectId, content }: NewReaction,
): Reaction | undefined {
  return reactionsTo(repository, subject, subjectId).find(
    (each) => each.userId === user.id && each.content === content,
  );
}

/** Take a reaction back. */
export function removeReaction(repository: Repository, reaction: Reaction): void {
  const index = repository.reactions.indexOf(reaction);
  if (index >= 0) repository.reactions.splice(index, 1);
}
