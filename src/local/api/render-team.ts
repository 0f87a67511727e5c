import type { Team } from '#local/record/account.ts';
import type { World } from '../world.ts';
import { toNodeId } from './node-id.ts';
import type { Schema } from './operation.ts';
import { userById } from './render-user.ts';

/** `team`, which has all of `team-simple`. */
export function renderTeam(world: World, team: Team) {
  const organization = userById(world, team.organizationId).login;
  const url = `${world.urls.rest}/organizations/${team.organizationId}/team/${team.id}`;
  return {
    id: team.id,
    node_id: toNodeId('Team', team.id),
    url,
    members_url: `${url}/members{/member}`,
    name: team.name,
    description: null,
    permission: 'pull',
    privacy: 'closed' as const,
    notification_setting: 'notifications_enabled' as const,
    html_url: `${world.urls.server}/orgs/${organization}/teams/${team.slug}`,
    repositories_url: `${url}/repos`,
    slug: team.slug,
    type: 'organization',
    organization_id: team.organizationId,
    parent: null,
  } satisfies Schema<'team'>;
}
