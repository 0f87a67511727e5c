import { renderRepository } from '#local/api/render-repository.ts';
import { renderUser } from '#local/api/render-user.ts';
import type { User } from '#local/record/account.ts';
import type { Repository } from '#local/record/repository.ts';
import { renderOrganization } from '#local/webhook/render-organization.ts';
import type { World } from '#local/world.ts';
import type { JsonObject } from '#model/json.ts';

/** `github.event`: the webhook as a repository's own receiver gets it, without an installation. */
export function completeEvent(
  world: World,
  repository: Repository,
  sender: User,
  payload: JsonObject,
): JsonObject {
  const owner = world.users.get(repository.ownerId);
  return {
    ...payload,
    repository: renderRepository(world, repository),
    ...(owner?.type === 'Organization' ? { organization: renderOrganization(world, owner) } : {}),
    sender: renderUser(world, sender),
  };
}
