import type { IncomingMessage, ServerResponse } from 'node:http';
import type { User } from '#local/record/account.ts';
import type { App } from '#local/record/app.ts';
import type { TokenRegistry } from '../api/token-registry.ts';
import { html, type Part } from '../page/html.ts';
import { pageHeaders, renderPage } from '../page/render-page.ts';
import { identifyViewer, isOwnForm, readForm } from '../page/session.ts';
import type { World } from '../world.ts';
import type { Admin } from './admin.ts';

export interface InstallParts {
  readonly world: World;
  readonly tokens: TokenRegistry;
  readonly admin: Pick<Admin, 'install'>;
}

/** The App's slug in `/apps/SLUG/installations/new`; undefined for any other path. */
export function parseInstallPath(pathname: string): string | undefined {
  return /^\/apps\/([\w-]{1,100})\/installations\/new$/.exec(pathname)?.[1];
}

/**
 * The page on which a person who signed in installs an App: on the own account, or on an
 * organization that they administer; on all its repositories, or on one.
 */
export async function serveInstall(
  { world, tokens, admin }: InstallParts,
  request: IncomingMessage,
  response: ServerResponse,
  slug: string,
): Promise<void> {
  const principal = await identifyViewer(world, tokens, request).catch(() => undefined);
  const viewer = principal?.kind === 'user' ? principal.user : undefined;
  const send = (status: number, ...body: readonly Part[]) => {
    const page = renderPage({ world, viewer }, 'Install a GitHub App', ...body);
    response.writeHead(status, pageHeaders(world)).end(page);
  };
  const app = [...world.apps.values()].find((each) => each.slug === slug);
  if (!app) return send(404, html`<h1>There is no such App.</h1>`);
  if (!viewer) {
    return send(
      401,
      html`<h1>Sign in to install ${app.name}</h1><p>Then open this page again.</p>`,
    );
  }
  const accounts = listAccounts(world, viewer);
  if (request.method !== 'POST') return send(200, renderForm(world, app, accounts));
  if (!isOwnForm(request)) return send(403, html`<h1>This form is of another page.</h1>`);
  const form = await readForm(request);
  const account = accounts.find(({ login }) => login === form?.get('account'));
  if (!account) return send(403, html`<h1>You cannot install an App there.</h1>`);
  if (isInstalled(world, app, account)) return send(422, html`<h1>It is installed there.</h1>`);
  const repository = form?.get('repository') ?? '';
  const chosen = repositoriesOf(world, [account]).includes(repository) ? [repository] : undefined;
  if (repository !== '' && !chosen) return send(422, html`<h1>There is no such repository.</h1>`);
  const only = chosen ? { repositories: chosen } : {};
  admin.install({ app: slug, account: account.login, by: viewer.login, ...only });
  send(200, html`<h1>${app.name} is installed on ${account.login}</h1>`);
}

/** Where a person may install Apps: an organization asks its owners. */
function listAccounts(world: World, viewer: User): readonly User[] {
  const owned = [...world.users.values()].filter(
    ({ id }) => world.members.get(id)?.get(viewer.id) === 'admin',
  );
  return [viewer, ...owned];
}

function repositoriesOf(world: World, accounts: readonly User[]): readonly string[] {
  const ids = accounts.map(({ id }) => id);
  return [...world.repositories.values()]
    .filter((repository) => ids.includes(repository.ownerId))
    .map((repository) => world.fullName(repository));
}

function isInstalled(world: World, app: App, account: User): boolean {
  return [...world.installations.values()].some(
    ({ appId, accountId }) => appId === app.id && accountId === account.id,
  );
}

function renderForm(world: World, app: App, accounts: readonly User[]): Part {
  const asks = Object.entries(app.permissions).map(([area, level]) => `${area}: ${level}`);
  const names = repositoriesOf(world, accounts);
  return html`<h1>Install ${app.name}</h1><p>It asks for ${asks.join(', ')}.</p>
<form method="post"><p><label>On <select name="account">${accounts.map(({ login }) => html`<option>${login}</option>`)}</select></label></p>
<p><label>Repositories <select name="repository"><option value="">all of them</option>${names.map((name) => html`<option>${name}</option>`)}</select></label></p>
<button id="install">Install</button></form>`;
}
