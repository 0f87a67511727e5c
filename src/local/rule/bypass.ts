import type { BypassActor } from '#local/record/protection.ts';
import type { Repository } from '#local/record/repository.ts';
import { isAtLeast } from '../api/access.ts';
import type { World } from '../world.ts';
import type { RuleSource } from './effective-rule.ts';

/** The ids that GitHub's API gives to roles. */
const ROLE_BY_ID = new Map([
  [2, 'maintain'],
  [4, 'write'],
  [5, 'admin'],
] as const);

/** By a push to the branch, or by merging a pull request into it. */
export type Way = 'push' | 'pull_request';

/** Whether a rule does not hold for an account: as written beside the rule. */
export function canBypass(
  world: World,
  repository: Repository,
  source: RuleSource,
  accountId: number,
  way: Way,
): boolean {
  if (source.kind === 'protection')
    return (
      !source.protection.enforceAdmins && isAtLeast(world.roleOf(repository, accountId), 'admin')
    );
  return source.ruleset.bypass
    .filter((actor) => actor.mode === 'always' || way === 'pull_request')
    .some((actor) => isActor(world, repository, actor, accountId));
}

function isActor(
  world: World,
  repository: Repository,
  { type, id }: BypassActor,
  accountId: number,
): boolean {
  switch (type) {
    case 'Integration':
      return id !== null && world.apps.get(id)?.botId === accountId;
    case 'OrganizationAdmin':
      return world.members.get(repository.ownerId)?.get(accountId) === 'admin';
    case 'Team':
      return id !== null && (world.teams.get(id)?.members.has(accountId) ?? false);
    case 'RepositoryRole': {
      const role = [...ROLE_BY_ID].find(([each]) => each === id)?.[1];
      return role !== undefined && isAtLeast(world.roleOf(repository, accountId), role);
    }
  }
}
