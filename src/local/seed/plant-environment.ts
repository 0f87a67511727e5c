import type { Environment } from '#local/record/environment.ts';
import type { Repository } from '#local/record/repository.ts';
import { timestamp } from '../api/change-label.ts';
import type { World } from '../world.ts';
import type { SeedEnvironment, SeedRepository } from './seed.ts';

/** Put a repository's secrets, variables and environments where the seed wants them. */
export function plantEnvironments(
  world: World,
  repository: Repository,
  seed: SeedRepository,
): void {
  plantValues(world, repository.secrets, seed.secrets);
  plantValues(world, repository.variables, seed.variables);
  for (const each of seed.environments ?? [])
    repository.environments.set(each.name.toLowerCase(), plant(world, each));
}

function plant(world: World, seed: SeedEnvironment): Environment {
  const environment: Environment = {
    id: world.nextId(),
    name: seed.name,
    reviewers: (seed.reviewers ?? []).flatMap((login) => world.userByLogin(login)?.id ?? []),
    preventSelfReview: seed.preventSelfReview ?? false,
    waitMinutes: seed.waitMinutes ?? 0,
    branches: seed.branches ?? null,
    secrets: new Map(),
    variables: new Map(),
    createdAt: timestamp(world),
  };
  plantValues(world, environment.secrets, seed.secrets);
  plantValues(world, environment.variables, seed.variables);
  return environment;
}

function plantValues(
  world: World,
  into: Environment['secrets'],
  values: Readonly<Record<string, string>> = {},
): void {
  const now = timestamp(world);
  for (const [written, value] of Object.entries(values)) {
    const name = written.toUpperCase();
    into.set(name, { name, value, createdAt: now, updatedAt: now });
  }
}
