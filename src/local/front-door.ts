import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ActionsService } from './actions/actions-service.ts';
import type { Admin } from './admin/admin.ts';
import type { ManifestCodes } from './admin/manifest-code.ts';
import { parseInstallPath, serveInstall } from './admin/serve-install.ts';
import { parseManifestPath, serveManifest } from './admin/serve-manifest.ts';
import type { TokenRegistry } from './api/token-registry.ts';
import { isArchivePath, serveArchive } from './git/serve-archive.ts';
import { serveAccessToken } from './oauth/serve-access-token.ts';
import { authorizationsPath, serveAuthorizations } from './oauth/serve-authorizations.ts';
import { serveAuthorize } from './oauth/serve-authorize.ts';
import { isPageForm, servePage } from './page/serve-page.ts';
import { parseGitPath, serveGitPath } from './serve-git-path.ts';
import type { World } from './world.ts';

type Serve = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

export interface FrontDoorParts {
  readonly world: World;
  readonly tokens: TokenRegistry;
  readonly manifests: ManifestCodes;
  readonly admin: Pick<Admin, 'install' | 'revokeAuthorization'>;
  readonly actions: Pick<ActionsService, 'handle'>;
  readonly rest: Serve;
  readonly graphql: Serve;
}

/** First segments that are the API's when it is asked without `/api/v3`; no account may be so called. */
const REST_ROOTS = [
  'repos',
  'user',
  'users',
  'app',
  'app-manifests',
  'applications',
  'installation',
  'rate_limit',
  'meta',
  'search',
];

/** Decide whose a request is: Actions, GraphQL, REST, git, or a page for people. */
export function buildFrontDoor(
  parts: FrontDoorParts,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const url = readUrl(request);
    if (!url) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end('malformed request target\n');
      return;
    }
    if (await parts.actions.handle(request, response)) return;
    const { pathname } = url;
    if (pathname === '/graphql' || pathname === '/api/graphql')
      return parts.graphql(request, response, url);
    if (pathname === '/login/oauth/authorize') return serveAuthorize(parts, request, response, url);
    if (pathname === authorizationsPath) return serveAuthorizations(parts, request, response);
    if (pathname === '/login/oauth/access_token')
      return serveAccessToken(parts, request, response, url);
    if (isArchivePath(pathname)) return serveArchive(parts.world, request, response, url);
    const git = parseGitPath(pathname);
    if (git) return serveGitPath(parts, request, response, git);
    const organization = parseManifestPath(pathname);
    if (organization !== undefined)
      return serveManifest(parts, request, response, { url, organization });
    const installed = parseInstallPath(pathname);
    if (installed !== undefined) return serveInstall(parts, request, response, installed);
    if (request.method === 'POST' && isPageForm(pathname))
      return servePage(parts, request, response, url);
    const root = pathname.split('/')[1] ?? '';
    const isApi =
      pathname.startsWith('/api/v3') ||
      url.hostname.startsWith('api.') ||
      REST_ROOTS.includes(root) ||
      (request.method !== 'GET' && request.method !== 'HEAD');
    if (isApi || (root === '' && !wantsPage(request))) return parts.rest(request, response, url);
    return servePage(parts, request, response, url);
  };
}

/**
 * The request's address. Clients behind `HTTP_PROXY` send it whole (RFC 9112 §3.2.2); everyone
 * downstream then sees the path alone.
 */
function readUrl(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '/';
  const isAbsolute = /^https?:\/\//i.test(target);
  const whole = isAbsolute ? target : `http://${hostOf(request)}${target}`;
  if (!URL.canParse(whole)) return undefined;
  const url = new URL(whole);
  if (isAbsolute) request.url = `${url.pathname}${url.search}`;
  return url;
}

function hostOf(request: IncomingMessage): string {
  const host = request.headers.host ?? '';
  return /^[\w.:[\]-]{1,255}$/.test(host) ? host : '127.0.0.1';
}

function wantsPage(request: IncomingMessage): boolean {
  return (request.headers.accept ?? '').includes('text/html');
}
