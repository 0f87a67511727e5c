import type { User } from '#local/record/account.ts';
import type { App, Installation } from '#local/record/app.ts';
import type { Repository } from '#local/record/repository.ts';
import type { JsonObject } from '#model/json.ts';
import { repositoriesOf } from '../api/narrow-token.ts';
import { toNodeId } from '../api/node-id.ts';
import type { Schema } from '../api/operation.ts';
import { renderInstallation } from '../api/render-app.ts';
import { renderUser } from '../api/render-user.ts';
import type { Webhooks } from '../webhook/webhooks.ts';
import type { World } from '../world.ts';

/** What a change of an installation acts on, and the person who makes it. */
export interface ChangeParts {
  readonly world: World;
  readonly webhooks: Pick<Webhooks, 'deliverTo'>;
  readonly sender: User;
}

/** Install an App on an account: on all repositories, or with a list on those. */
export function installApp(
  parts: ChangeParts,
  app: App,
  account: User,
  repositoryIds: readonly number[] | null,
): Installation {
  const installation: Installation = {
    id: parts.world.nextId(),
    appId: app.id,
    accountId: account.id,
    repositoryIds,
    permissions: app.permissions,
    suspendedAt: null,
    suspendedById: null,
  };
  parts.world.installations.set(installation.id, installation);
  announce(parts, installation, 'created');
  return installation;
}

/** Remove an installation; its tokens die with it. */
export function removeInstallation(parts: ChangeParts, installation: Installation): void {
  announce(parts, installation, 'deleted');
  parts.world.installations.delete(installation.id);
}

/** Suspend an installation: the App hears of this, and then of nothing more. */
export function suspendInstallation(parts: ChangeParts, installation: Installation): void {
  if (installation.suspendedAt !== null) return;
  installation.suspendedAt = `${parts.world.now().toISOString().slice(0, 19)}Z`;
  installation.suspendedById = parts.sender.id;
  announce(parts, installation, 'suspend');
}

/** End a suspension. */
export function unsuspendInstallation(parts: ChangeParts, installation: Installation): void {
  if (installation.suspendedAt === null) return;
  installation.suspendedAt = null;
  installation.suspendedById = null;
  announce(parts, installation, 'unsuspend');
}

/** Agree to what the App asks for by now. */
export function acceptPermissions(parts: ChangeParts, installation: Installation): void {
  const app = parts.world.apps.get(installation.appId);
  if (app) installation.permissions = app.permissions;
  announce(parts, installation, 'new_permissions_accepted');
}

/** Choose the repositories that an installation reaches; null chooses all. */
export function chooseRepositories(
  parts: ChangeParts,
  installation: Installation,
  repositoryIds: readonly number[] | null,
): void {
  const before = repositoriesOf(parts.world, installation);
  installation.repositoryIds = repositoryIds;
  const after = repositoriesOf(parts.world, installation);
  const added = after.filter((each) => !before.includes(each)).map((each) => brief(parts, each));
  const removed = before.filter((each) => !after.includes(each)).map((each) => brief(parts, each));
  const common = {
    installation: renderInstallation(parts.world, installation),
    repository_selection: repositoryIds ? 'selected' : 'all',
    requester: null,
    sender: renderUser(parts.world, parts.sender),
  } as const;
  const tell = (payload: JsonObject) =>
    parts.webhooks.deliverTo(installation, 'installation_repositories', payload);
  if (added.length > 0)
    tell({
      action: 'added',
      ...common,
      repositories_added: added,
      repositories_removed: [],
    } satisfies AboutAdded);
  if (removed.length > 0)
    tell({
      action: 'removed',
      ...common,
      repositories_added: [],
      repositories_removed: removed,
    } satisfies AboutRemoved);
}

type AboutAdded = Schema<'webhook-installation-repositories-added'>;
type AboutRemoved = Schema<'webhook-installation-repositories-removed'>;
type Action = 'created' | 'deleted' | 'suspend' | 'unsuspend' | 'new_permissions_accepted';

function announce(parts: ChangeParts, installation: Installation, action: Action): void {
  parts.webhooks.deliverTo(installation, 'installation', {
    action,
    installation: renderInstallation(parts.world, installation),
    repositories: repositoriesOf(parts.world, installation).map((each) => brief(parts, each)),
    requester: null,
    sender: renderUser(parts.world, parts.sender),
  } satisfies About[Action]);
}

interface About {
  readonly created: Schema<'webhook-installation-created'>;
  readonly deleted: Schema<'webhook-installation-deleted'>;
  readonly suspend: Schema<'webhook-installation-suspend'>;
  readonly unsuspend: Schema<'webhook-installation-unsuspend'>;
  readonly new_permissions_accepted: Schema<'webhook-installation-new-permissions-accepted'>;
}

function brief({ world }: ChangeParts, repository: Repository) {
  return {
    id: repository.id,
    node_id: toNodeId('Repository', repository.id),
    name: repository.name,
    full_name: world.fullName(repository),
    private: repository.private,
  };
}
