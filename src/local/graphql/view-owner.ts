import { canSee } from '../api/access.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import type { GraphqlCall } from './graphql-call.ts';
import { viewActor } from './view-actor.ts';

interface RepositoriesArguments extends PageArguments {
  readonly privacy?: 'PUBLIC' | 'PRIVATE' | null;
  readonly isFork?: boolean | null;
  readonly isArchived?: boolean | null;
}

/** A person or an organization, with the repositories of theirs that the caller may see. */
export function viewOwner(call: GraphqlCall, id: number) {
  const { world, principal } = call;
  return {
    ...viewActor(world, id),
    repositories: ({ privacy, isFork, isArchived, ...page }: RepositoriesArguments) => {
      const found = [...world.repositories.values()]
        .filter((each) => each.ownerId === id && canSee(world, each, principal))
        .filter((each) => !privacy || each.private === (privacy === 'PRIVATE'))
        // Nothing here is a fork or archived.
        .filter(() => !isFork && !isArchived);
      return buildConnection(found, page, (each) => call.views.repository(each));
    },
  };
}
