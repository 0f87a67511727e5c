import type { Environment } from '#local/record/environment.ts';
import type { Repository } from '#local/record/repository.ts';
import { isProtected } from '#local/rule/effective-rule.ts';
import type { World } from '#local/world.ts';
import type { RunRecord } from './run-record.ts';
import { refPatternMatches } from './trigger.ts';

/** The environment a job names; it comes into being with the first job that does, as on GitHub. */
export function ensureEnvironment(world: World, repository: Repository, name: string): Environment {
  // Names of environments compare without case.
  const key = name.toLowerCase();
  const known = repository.environments.get(key);
  if (known !== undefined) return known;
  const environment = newEnvironment(world, name);
  repository.environments.set(key, environment);
  return environment;
}

/** An environment without any rule. */
export function newEnvironment(world: World, name: string): Environment {
  return {
    id: world.nextId(),
    name,
    reviewers: [],
    preventSelfReview: false,
    waitMinutes: 0,
    branches: null,
    secrets: new Map(),
    variables: new Map(),
    createdAt: world.now().toISOString(),
  };
}

/** Why a run's branch or tag may not deploy there, in GitHub's words; undefined when it may. */
export function refuseBranch(environment: Environment, run: RunRecord): string | undefined {
  const [, kind = '', name = ''] = /^refs\/(heads|tags|pull)\/(.+)$/.exec(run.ref) ?? [];
  const { branches } = environment;
  if (branches === null) return undefined;
  const allowed =
    branches === 'protected'
      ? kind === 'heads' && isProtected(run.repository, name)
      : branches.some((pattern) => refPatternMatches(name, pattern));
  if (allowed) return undefined;
  const what = kind === 'tags' ? 'Tag' : 'Branch';
  return `${what} "${name}" is not allowed to deploy to ${environment.name} due to environment protection rules.`;
}

/** Names and values, as the `secrets` and `vars` contexts hold them. */
export function valuesOf(
  items: ReadonlyMap<string, { readonly name: string; readonly value: string }>,
): Readonly<Record<string, string>> {
  return Object.fromEntries([...items.values()].map(({ name, value }) => [name, value]));
}
