import type { App, Installation } from '#local/record/app.ts';
import type { World } from '../world.ts';
import { toNodeId } from './node-id.ts';
import type { Schema } from './operation.ts';
import { renderUserById } from './render-user.ts';

/** Apps and installations of the local GitHub are as old as itself. */
const CREATED_AT = '2026-01-01T00:00:00Z';

/** `integration`. */
export function renderApp(world: World, app: App) {
  const own = [...world.installations.values()].filter((each) => each.appId === app.id);
  return {
    id: app.id,
    slug: app.slug,
    node_id: toNodeId('App', app.id),
    client_id: app.clientId,
    owner: renderUserById(world, app.ownerId ?? own[0]?.accountId ?? app.botId),
    name: app.name,
    description: '',
    external_url: world.urls.server,
    html_url: `${world.urls.server}/apps/${app.slug}`,
    created_at: CREATED_AT,
    updated_at: CREATED_AT,
    permissions: { ...app.permissions },
    events: [...app.events],
    installations_count: own.length,
  } satisfies Schema<'integration'>;
}

/** `installation`. */
export function renderInstallation(
  world: World,
  installation: Installation,
): Schema<'installation'> {
  const app = world.apps.get(installation.appId);
  const account = renderUserById(world, installation.accountId);
  const url = `${world.urls.rest}/app/installations/${installation.id}`;
  const settings =
    account.type === 'Organization' ? `organizations/${account.login}/settings` : 'settings';
  return {
    id: installation.id,
    account,
    repository_selection: installation.repositoryIds ? 'selected' : 'all',
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${world.urls.rest}/installation/repositories`,
    html_url: `${world.urls.server}/${settings}/installations/${installation.id}`,
    app_id: installation.appId,
    app_slug: app?.slug ?? '',
    client_id: app?.clientId ?? '',
    target_id: installation.accountId,
    target_type: account.type,
    permissions: renderPermissions(installation.permissions),
    events: [...(app?.events ?? [])],
    created_at: CREATED_AT,
    updated_at: CREATED_AT,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by:
      installation.suspendedById === null
        ? null
        : renderUserById(world, installation.suspendedById),
    suspended_at: installation.suspendedAt,
  };
}

/** `app-permissions`; empty when a level is not one of GitHub's. */
export function renderPermissions(
  held: Readonly<Record<string, string>>,
): Schema<'app-permissions'> {
  return isPermissions(held) ? { ...held } : {};
}

function isPermissions(
  held: Readonly<Record<string, string>>,
): held is Schema<'app-permissions'> & Readonly<Record<string, string>> {
  return Object.values(held).every((level) => ['read', 'write', 'admin'].includes(level));
}
