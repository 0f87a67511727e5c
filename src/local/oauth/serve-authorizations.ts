import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Admin } from '../admin/admin.ts';
import type { TokenRegistry } from '../api/token-registry.ts';
import { renderLoginForm } from '../page/form.ts';
import { html, type Part } from '../page/html.ts';
import { pageHeaders, renderPage } from '../page/render-page.ts';
import { identifyViewer, isOwnForm, readForm } from '../page/session.ts';
import type { World } from '../world.ts';

export interface AuthorizationsParts {
  readonly world: World;
  readonly tokens: TokenRegistry;
  readonly admin: Pick<Admin, 'revokeAuthorization'>;
}

/** Where the page is. */
export const authorizationsPath = '/settings/apps/authorizations';

/** The page on which a person sees the Apps that may act for them, and takes that back. */
export async function serveAuthorizations(
  { world, tokens, admin }: AuthorizationsParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const principal = await identifyViewer(world, tokens, request).catch(() => undefined);
  const viewer = principal?.kind === 'user' && !principal.via ? principal.user : undefined;
  const send = (status: number, ...body: readonly Part[]) => {
    const page = renderPage({ world, viewer }, 'Authorized GitHub Apps', ...body);
    response.writeHead(status, pageHeaders(world)).end(page);
  };
  if (!viewer) return send(200, renderLoginForm(null, authorizationsPath));
  if (request.method === 'POST') {
    if (!isOwnForm(request)) return send(403, html`<h1>This form is of another page.</h1>`);
    const slug = (await readForm(request))?.get('revoke');
    const app = [...world.apps.values()].find((each) => each.slug === slug);
    if (!app) return send(404, html`<h1>There is no such App.</h1>`);
    admin.revokeAuthorization(app.slug, viewer.login);
  }
  const apps = tokens.grants
    .consentsOf(viewer.id)
    .flatMap(({ appId }) => world.apps.get(appId) ?? []);
  send(
    200,
    html`<h1>Authorized GitHub Apps</h1>
${apps.length === 0 && html`<p class="soft">No App may act on your behalf.</p>`}
${apps.map(({ name, slug }) => html`<form method="post"><p>${name} may act on your behalf. <button class="plain" name="revoke" value="${slug}">Revoke</button></p></form>`)}`,
  );
}
