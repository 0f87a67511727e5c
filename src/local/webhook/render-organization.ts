import type { User } from '#local/record/account.ts';
import { toNodeId } from '../api/node-id.ts';
import type { Schema } from '../api/operation.ts';
import type { World } from '../world.ts';

/** `organization-simple-webhooks`: the organization a payload is about, with its own addresses. */
export function renderOrganization(
  world: World,
  { login, id, type }: User,
): Schema<'organization-simple-webhooks'> {
  const url = `${world.urls.rest}/orgs/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: toNodeId(type, id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${world.urls.server}/_avatar/${id}`,
    description: null,
  };
}
