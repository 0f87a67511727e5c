import type { IncomingMessage, ServerResponse } from 'node:http';
import type { User } from '#local/record/account.ts';
import type { TokenRegistry } from '../api/token-registry.ts';
import { renderLoginForm } from '../page/form.ts';
import { html, type Part } from '../page/html.ts';
import { pageHeaders, renderPage } from '../page/render-page.ts';
import { identifyViewer, isOwnForm, readForm } from '../page/session.ts';
import type { World } from '../world.ts';
import { type AuthorizeRequest, readAuthorizeRequest } from './authorize-request.ts';

export interface AuthorizeParts {
  readonly world: World;
  readonly tokens: TokenRegistry;
}

/**
 * `/login/oauth/authorize`: the page on which a person lets an App act for them, and is sent back
 * with a code. Who did so before is not asked again.
 */
export async function serveAuthorize(
  { world, tokens }: AuthorizeParts,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const principal = await identifyViewer(world, tokens, request).catch(() => undefined);
  const viewer = principal?.kind === 'user' && !principal.via ? principal.user : undefined;
  const send = (status: number, ...body: readonly Part[]) => {
    const page = renderPage({ world, viewer }, 'Authorize a GitHub App', ...body);
    // Browsers hold a form to its policy also where the answer sends them.
    const formTo = asked.ok ? new URL(asked.value.redirectUri).origin : '';
    response.writeHead(status, pageHeaders(world, formTo)).end(page);
  };
  const asked = readAuthorizeRequest(world, url.searchParams);
  if (!asked.ok) return send(400, html`<h1>${asked.refusal}</h1>`);
  const { app, challenge, redirectUri } = asked.value;
  const sendBack = (answer: Readonly<Record<string, string>>) => {
    const location = backTo(asked.value, answer);
    response.writeHead(302, { location, 'cache-control': 'no-store' }).end();
  };
  if (!viewer) return send(200, renderLoginForm(null, `${url.pathname}${url.search}`));
  const consent = { appId: app.id, userId: viewer.id };
  const grant = () =>
    sendBack({ code: tokens.grants.authorize({ ...consent, redirectUri, challenge }) });
  if (request.method !== 'POST') {
    if (tokens.grants.hasConsent(consent)) return grant();
    return send(200, renderConsent(asked.value, viewer));
  }
  if (!isOwnForm(request)) return send(403, html`<h1>This form is of another page.</h1>`);
  const form = await readForm(request);
  if (form?.get('authorize') === '1') return grant();
  sendBack({
    error: 'access_denied',
    error_description: 'The user has denied your application access.',
    error_uri:
      'https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-authorization-request-errors#access-denied',
  });
}

function backTo(
  { redirectUri, state }: AuthorizeRequest,
  answer: Readonly<Record<string, string>>,
): string {
  const target = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) target.searchParams.set(name, value);
  if (state !== null) target.searchParams.set('state', state);
  return target.href;
}

function renderConsent({ app, redirectUri }: AuthorizeRequest, viewer: User): Part {
  const asks = Object.entries(app.permissions).map(([area, level]) => `${area}: ${level}`);
  return html`<h1>Authorize ${app.name}</h1>
<p>${app.name} wants to act on your behalf, ${viewer.login}: where it is installed and you have access, with ${asks.join(', ')}.</p>
<p class="soft">You will be sent to ${new URL(redirectUri).origin}.</p>
<form method="post"><button id="authorize" name="authorize" value="1">Authorize ${app.name}</button> <button class="plain" name="authorize" value="0">Cancel</button></form>`;
}
