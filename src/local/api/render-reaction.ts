import type { Reaction } from '#local/record/issue.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import type { Schema } from './operation.ts';
import { renderUserById } from './render-user.ts';

type Content = Schema<'reaction'>['content'];

/** The emoji GitHub has for reactions. */
export const REACTIONS: readonly Content[] = [
  '+1',
  '-1',
  'laugh',
  'hooray',
  'confused',
  'heart',
  'rocket',
  'eyes',
];

/** `reaction`. */
export function renderReaction(world: World, reaction: Reaction): Schema<'reaction'> {
  return {
    id: reaction.id,
    node_id: `REA_${reaction.id}`,
    user: renderUserById(world, reaction.userId),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}

/** `reaction-rollup`: how often each emoji was given. `url` is the subject's own. */
export function renderReactionCounts(
  repository: Repository,
  url: string,
  subject: Reaction['subject'],
  subjectId: number,
): Schema<'reaction-rollup'> {
  const given = reactionsTo(repository, subject, subjectId);
  const count = (content: Content) => given.filter((each) => each.content === content).length;
  return {
    url: `${url}/reactions`,
    total_count: given.length,
    '+1': count('+1'),
    '-1': count('-1'),
    laugh: count('laugh'),
    hooray: count('hooray'),
    confused: count('confused'),
    heart: count('heart'),
    rocket: count('rocket'),
    eyes: count('eyes'),
  };
}

/** The reactions to one thing, oldest first. */
export function reactionsTo(
  repository: Repository,
  subject: Reaction['subject'],
  subjectId: number,
): readonly Reaction[] {
  return repository.reactions.filter(
    (each) => each.subject === subject && each.subjectId === subjectId,
  );
}
