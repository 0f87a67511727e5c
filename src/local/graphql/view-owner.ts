import { canSee, hasPermission } from '../api/access.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import { type GraphqlCall, typedError } from './graphql-call.ts';
import { viewActor } from './view-actor.ts';
import { type TeamsArguments, viewTeams } from './view-team.ts';

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
    teams: (asked: TeamsArguments) => {
      // An App sees who is in an organization only with a permission of its own.
      if ('permissions' in principal && !hasPermission(principal, 'members:read'))
        throw typedError('FORBIDDEN', 'Resource not accessible by integration');
      return viewTeams(world, id, asked);
    },
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
