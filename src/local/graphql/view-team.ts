import { toNodeId } from '../api/node-id.ts';
import type { World } from '../world.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import { viewActor } from './view-actor.ts';

export interface TeamsArguments extends PageArguments {
  readonly query?: string | null;
  readonly userLogins?: readonly string[] | null;
  readonly orderBy?: { readonly direction: 'ASC' | 'DESC' } | null;
}

/** The teams of an organization by name. */
export function viewTeams(world: World, organizationId: number, asked: TeamsArguments) {
  const { query, userLogins, orderBy, ...page } = asked;
  const wanted = userLogins?.map((login) => world.userByLogin(login)?.id ?? 0);
  const sign = orderBy?.direction === 'DESC' ? -1 : 1;
  const teams = [...world.teams.values()]
    .filter((team) => team.organizationId === organizationId)
    .filter((team) => !query || team.name.toLowerCase().includes(query.toLowerCase()))
    .filter((team) => wanted?.some((id) => team.members.has(id)) ?? true)
    .sort((a, b) => sign * a.name.localeCompare(b.name));
  return buildConnection(teams, page, ({ id }) => viewTeam(world, id));
}

/** A team, or the ghost of one that is gone. */
export function viewTeam(world: World, id: number) {
  const team = world.teams.get(id);
  const organization = team && world.users.get(team.organizationId);
  return {
    __typename: 'Team',
    id: toNodeId('Team', id),
    databaseId: id,
    name: team?.name ?? 'ghost',
    slug: team?.slug ?? 'ghost',
    combinedSlug: `${organization?.login ?? 'ghost'}/${team?.slug ?? 'ghost'}`,
    organization: organization ? viewActor(world, organization.id) : null,
  };
}
