import type { ActingApp, Principal } from '#local/record/principal.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';

const LEVELS = ['none', 'read', 'write', 'admin'];

/**
 * What an App may do in a repository for a person who authorized it: what its installation there
 * may, and no more than its token was narrowed to. Undefined where it is not installed.
 */
export function permissionsVia(
  world: World,
  { app, repositoryIds, permissions }: ActingApp,
  repository: Repository,
): Readonly<Record<string, string>> | undefined {
  const installation = [...world.installations.values()].find(
    (each) => each.appId === app.id && each.accountId === repository.ownerId,
  );
  if (!installation || installation.suspendedAt !== null) return undefined;
  const isReached = [installation.repositoryIds, repositoryIds].every(
    (ids) => ids?.includes(repository.id) ?? true,
  );
  if (!isReached) return undefined;
  return permissions ? lesserOf(installation.permissions, permissions) : installation.permissions;
}

/** The App that a thing was made through; null for what a person or a job did by itself. */
export function viaAppId(principal: Principal): number | null {
  if (principal.kind === 'installation') return principal.app.id;
  return principal.kind === 'user' ? (principal.via?.app.id ?? null) : null;
}

function lesserOf(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const both = Object.entries(other).map(([name, level]) => {
    const levels = [LEVELS.indexOf(one[name] ?? 'none'), LEVELS.indexOf(level)];
    return [name, LEVELS[Math.min(...levels)] ?? 'none'] as const;
  });
  return Object.fromEntries(both);
}
