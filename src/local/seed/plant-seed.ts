import type { Team, User } from '#local/record/account.ts';
import { Fault } from '#model/fault.ts';
import type { World } from '../world.ts';
import { accountOf, idsOf } from './account.ts';
import { type AppCredentials, plantApp } from './plant-app.ts';
import { plantRepository } from './plant-repository.ts';
import type { Seed, SeedOrganization, SeedTeam } from './seed.ts';

/** Fill an empty world. No events are sent: what the seed says has always been so. */
export async function plantSeed(world: World, seed: Seed): Promise<AppCredentials | null> {
  for (const { login, name } of seed.users) addAccount(world, login, 'User', name);
  const organizations = seed.organizations ?? [];
  for (const organization of organizations) plantOrganization(world, organization);
  const app = seed.app ? plantApp(world, seed.app) : null;
  for (const repository of seed.repositories) await plantRepository(world, repository, app);
  for (const organization of organizations) grantTeams(world, organization);
  return app;
}

function addAccount(world: World, login: string, type: User['type'], name?: string): User {
  // The name becomes part of paths, and GitHub's own rule is as narrow.
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/.test(login))
    throw new Fault(
      'LOCAL_GITHUB',
      `expected a login of letters, digits and dashes, got "${login}"`,
    );
  if (world.userByLogin(login))
    throw new Fault('LOCAL_GITHUB', `the seed names the account "${login}" twice`);
  const user: User = { id: world.nextId(), login, type, name: name ?? null };
  world.users.set(user.id, user);
  return user;
}

function plantOrganization(world: World, organization: SeedOrganization): void {
  const account = addAccount(world, organization.login, 'Organization', organization.name);
  const members = Object.entries(organization.members);
  world.members.set(
    account.id,
    new Map(members.map(([login, role]) => [accountOf(world, login).id, role])),
  );
  for (const team of organization.teams ?? []) plantTeam(world, account, team);
}

function plantTeam(world: World, organization: User, { slug, name, members }: SeedTeam): void {
  const team: Team = {
    id: world.nextId(),
    organizationId: organization.id,
    slug,
    name: name ?? slug,
    members: new Set(idsOf(world, members)),
    repositories: new Map(),
  };
  world.teams.set(team.id, team);
}

// Rulesets name teams and teams name repositories: the teams' roles come last.
function grantTeams(world: World, { login, teams = [] }: SeedOrganization): void {
  const organization = accountOf(world, login);
  for (const { slug, repositories } of teams) {
    const team = [...world.teams.values()].find(
      (each) => each.organizationId === organization.id && each.slug === slug,
    );
    for (const [name, role] of Object.entries(repositories ?? {})) {
      const repository = world.repositoryByName(login, name);
      if (!repository)
        throw new Fault(
          'LOCAL_GITHUB',
          `the team "${slug}" names the repository "${name}", which the seed does not have`,
        );
      team?.repositories.set(repository.id, role);
    }
  }
}
