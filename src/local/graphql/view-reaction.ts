import type { Reaction } from '#local/record/issue.ts';
import type { Repository } from '#local/record/repository.ts';
import { REACTIONS, reactionsTo } from '../api/render-reaction.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import type { GraphqlCall } from './graphql-call.ts';
import { viewActor } from './view-actor.ts';

/** GraphQL's words for the emoji that REST writes as they are typed. */
const WORDS = {
  '+1': 'THUMBS_UP',
  '-1': 'THUMBS_DOWN',
  laugh: 'LAUGH',
  hooray: 'HOORAY',
  confused: 'CONFUSED',
  heart: 'HEART',
  rocket: 'ROCKET',
  eyes: 'EYES',
} as const;

/** REST's name of an emoji; undefined for a word that is none. */
export function emojiOf(word: string): Reaction['content'] | undefined {
  return REACTIONS.find((content) => WORDS[content] === word);
}

/** What can be reacted to. `view` is its own view, made when it is asked for. */
export interface ReactionSubject {
  readonly kind: Reaction['subject'];
  /** The number, or the comment's id. */
  readonly id: number;
  view(): object;
}

/** The reactions of one thing, each and in groups by emoji. */
export function viewReactions(call: GraphqlCall, repository: Repository, subject: ReactionSubject) {
  const given = () => reactionsTo(repository, subject.kind, subject.id);
  return {
    reactionGroups: () => viewReactionGroups(call, repository, subject),
    reactions: (page: PageArguments & { content?: string | null }) =>
      buildConnection(
        given().filter((each) => !page.content || WORDS[each.content] === page.content),
        page,
        (each) => viewReaction(call, each, subject),
        { viewerHasReacted: given().some((each) => isViewers(call, each)) },
      ),
  };
}

/** One group for each emoji, those that nobody gave too, as GitHub lists them. */
export function viewReactionGroups(
  call: GraphqlCall,
  repository: Repository,
  subject: ReactionSubject,
) {
  const given = reactionsTo(repository, subject.kind, subject.id);
  return REACTIONS.map((content) => {
    const same = given.filter((each) => each.content === content);
    const people = (page: PageArguments) =>
      buildConnection(same, page, (each) => viewActor(call.world, each.userId));
    return {
      content: WORDS[content],
      createdAt: same[0]?.createdAt ?? null,
      reactors: people,
      users: people,
      subject: subject.view,
      viewerHasReacted: same.some((each) => isViewers(call, each)),
    };
  });
}

/** One reaction. */
export function viewReaction(call: GraphqlCall, reaction: Reaction, subject: ReactionSubject) {
  return {
    __typename: 'Reaction',
    id: `REA_${reaction.id}`,
    databaseId: reaction.id,
    content: WORDS[reaction.content],
    createdAt: reaction.createdAt,
    reactable: subject.view,
    user: viewActor(call.world, reaction.userId),
  };
}

function isViewers({ principal }: GraphqlCall, { userId }: Reaction): boolean {
  return principal.kind === 'user' && principal.user.id === userId;
}
