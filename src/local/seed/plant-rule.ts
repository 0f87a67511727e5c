import type { BypassActor } from '#local/record/protection.ts';
import type { Repository } from '#local/record/repository.ts';
import { Fault } from '#model/fault.ts';
import { timestamp } from '../api/change-label.ts';
import type { World } from '../world.ts';
import type { AppCredentials } from './plant-app.ts';
import { plainProtection, type SeedBypass, type SeedProtection, type SeedRuleset } from './seed.ts';

/** GitHub's own numbers for the roles that may bypass. */
const ROLE_IDS = { maintain: 2, write: 4, admin: 5 } as const;

/** Protect a branch. */
export function plantProtection(
  repository: Repository,
  { branch, checks, approvals, ...settings }: SeedProtection,
  app: AppCredentials | null,
): void {
  repository.protections.set(branch, {
    ...plainProtection(branch),
    ...settings,
    requiredChecks: checks.map(({ context, app: isPinned }) => ({
      context,
      appId: isPinned && app ? app.id : null,
    })),
    requiredApprovals: approvals,
  });
}

/** Add a ruleset. */
export function plantRuleset(
  world: World,
  repository: Repository,
  seed: SeedRuleset,
  app: AppCredentials | null,
): void {
  const id = world.nextId();
  const now = timestamp(world);
  repository.rulesets.set(id, {
    id,
    name: seed.name,
    target: 'branch',
    enforcement: seed.enforcement ?? 'active',
    include: seed.include ?? ['~DEFAULT_BRANCH'],
    exclude: seed.exclude ?? [],
    rules: seed.rules,
    bypass: (seed.bypass ?? []).map((each) => bypassOf(world, repository, each, app)),
    createdAt: now,
    updatedAt: now,
  });
}

function bypassOf(
  world: World,
  repository: Repository,
  { who, team: slug, mode = 'always' }: SeedBypass,
  app: AppCredentials | null,
): BypassActor {
  if (who === 'organization-admins') return { type: 'OrganizationAdmin', id: null, mode };
  if (who === 'app') return { type: 'Integration', id: app?.id ?? null, mode };
  if (who !== 'team') return { type: 'RepositoryRole', id: ROLE_IDS[who], mode };
  const team = [...world.teams.values()].find(
    (each) => each.organizationId === repository.ownerId && each.slug === slug,
  );
  if (!team)
    throw new Fault('LOCAL_GITHUB', `a ruleset names the team "${slug}", got none: add it`);
  return { type: 'Team', id: team.id, mode };
}
