import type { IncomingMessage } from 'node:http';
import { pageHeaders } from '#dashboard/page.ts';
import { styleSheet } from '#dashboard/style.ts';
import type { Exchange, HttpRoute } from '#http/server.ts';
import { sendJson } from '#http/server.ts';
import type { Result } from '#model/result.ts';
import { buildManifest } from '#setup/build-manifest.ts';
import type { AppCredentials } from '#setup/credentials.ts';
import { judgeHost } from '#setup/judge-host.ts';
import { renderSetupDone, renderSetupForm, renderSetupRefusal } from '#setup/render-page.ts';
import type { Return } from '#setup/setup.ts';
import type { StateBook } from '#setup/state-book.ts';
import { signInDonePath } from '../people.ts';

/** What the page shows and leads to. */
export interface SetupParts {
  readonly publicUrl: string;
  readonly serverUrl: string;
  readonly hookUrl: string;
  /** The text of `app.yml`. */
  readonly appYml: string;
  readonly book: StateBook;
  readonly finish: (back: Return) => Promise<Result<AppCredentials, string>>;
  /** Told when the credentials are kept and the page that says so is sent. */
  readonly done: () => void;
}

type Serve = (exchange: Exchange, origin: string, query: URLSearchParams) => Promise<void>;

const organizationName = /^(?:[A-Za-z0-9][A-Za-z0-9-]{0,38})?$/;
const cookieName = 'sallyport_setup';

/** The routes before there is an App: its first page, and nothing that takes or tells anything else. */
export function setupRoutes(parts: SetupParts): readonly HttpRoute[] {
  const behindHost = (path: string, serve: Serve): HttpRoute => ({
    method: 'GET',
    path,
    serve: async (exchange) => {
      const { host } = exchange.request.headers;
      const { remoteAddress } = exchange.request.socket;
      const origin = judgeHost({ host, remoteAddress }, parts.publicUrl);
      if (origin === null) return sendJson(exchange.response, 403, { error: 'host_not_allowed' });
      const query = new URLSearchParams(exchange.request.url?.split('?')[1] ?? '');
      await serve(exchange, origin, query);
    },
  });
  return [
    behindHost('/setup', async (exchange, origin, query) => {
      const key = query.get('key');
      if (key === null) return showForm(parts, exchange, origin, query.get('organization') ?? '');
      admit(parts, exchange, origin, key);
    }),
    behindHost('/setup/done', (exchange, _origin, query) => finish(parts, exchange, query)),
    behindHost('/style.css', async ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/css; charset=utf-8' }).end(styleSheet);
    }),
    {
      method: 'GET',
      path: '/healthz',
      serve: async ({ response }) => sendJson(response, 200, { ok: true }),
    },
    {
      method: 'GET',
      path: '/readyz',
      serve: async ({ response }) => sendJson(response, 503, { ok: false, error: 'not_set_up' }),
    },
  ];
}

/** The key leaves the address at once; from here on the browser is known by a cookie. */
function admit(parts: SetupParts, { response }: Exchange, origin: string, key: string): void {
  const session = parts.book.admit(key);
  if (session === null) {
    sendRefusal(response, 'This is not the key that the App printed.');
    return;
  }
  const secure = origin.startsWith('https:') ? '; Secure' : '';
  // Lax, not Strict: the browser comes back from GitHub with it.
  const cookie = `${cookieName}=${session}; Path=/; HttpOnly; SameSite=Lax${secure}`;
  response.writeHead(303, { ...pageHeaders, 'set-cookie': cookie, location: '/setup' }).end();
}

async function showForm(
  parts: SetupParts,
  { request, response }: Exchange,
  origin: string,
  organization: string,
): Promise<void> {
  const state = parts.book.issue(readSession(request));
  if (state === null) return sendRefusal(response, 'Open the address that the App printed.');
  if (!organizationName.test(organization)) {
    return sendRefusal(response, 'The name of an organization has letters, digits and dashes.');
  }
  const manifest = buildManifest(parts.appYml, {
    hookUrl: parts.hookUrl,
    redirectUrl: `${origin}/setup/done`,
    callbackUrl: `${parts.publicUrl}${signInDonePath}`,
  });
  const { serverUrl, hookUrl } = parts;
  const page = renderSetupForm({ serverUrl, organization, manifest, state, hookUrl });
  const policy = pageHeaders['content-security-policy'].replace(
    "form-action 'none'",
    `form-action 'self' ${new URL(serverUrl).origin}`,
  );
  response.writeHead(200, { ...pageHeaders, 'content-security-policy': policy }).end(page);
}

async function finish(
  parts: SetupParts,
  { request, response }: Exchange,
  query: URLSearchParams,
): Promise<void> {
  const outcome = await parts.finish({
    session: readSession(request),
    state: query.get('state') ?? '',
    code: query.get('code') ?? '',
  });
  if (!outcome.ok) return sendRefusal(response, outcome.refusal);
  const { slug, page } = outcome.value;
  response.once('close', parts.done);
  response
    .writeHead(200, { ...pageHeaders, connection: 'close' })
    .end(renderSetupDone(slug, `${page}/installations/new`));
}

function readSession(request: IncomingMessage): string {
  const pattern = new RegExp(`(?:^|;\\s*)${cookieName}=([\\w-]{1,100})(?:;|$)`);
  return pattern.exec(request.headers.cookie ?? '')?.[1] ?? '';
}

function sendRefusal(response: Exchange['response'], sentence: string): void {
  response.writeHead(403, pageHeaders).end(renderSetupRefusal(sentence));
}
