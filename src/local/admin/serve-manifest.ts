import type { IncomingMessage, ServerResponse } from 'node:http';
import type { User } from '#local/record/account.ts';
import type { TokenRegistry } from '../api/token-registry.ts';
import { html } from '../page/html.ts';
import { pageHeaders, renderPage } from '../page/render-page.ts';
import { identifyViewer, readForm } from '../page/session.ts';
import type { World } from '../world.ts';
import type { ManifestCodes } from './manifest-code.ts';
import { type Manifest, parseManifest } from './parse-manifest.ts';

export interface ManifestParts {
  readonly world: World;
  readonly tokens: TokenRegistry;
  readonly manifests: ManifestCodes;
}

interface Visit {
  readonly url: URL;
  /** The organization's login; null for the person's own settings. */
  readonly organization: string | null;
}

/** `/settings/apps/new`, or the same of an organization. Undefined for any other path. */
export function parseManifestPath(pathname: string): string | null | undefined {
  if (pathname === '/settings/apps/new') return null;
  return /^\/organizations\/([\w-]{1,39})\/settings\/apps\/new$/.exec(pathname)?.[1];
}

/**
 * The page that makes an App from a manifest. A POST, from whichever page the setup shows, registers
 * it and sends the browser to `redirect_url` with a code; GET with `?manifest=` shows what would be
 * registered. GitHub asks the person once more before it registers; here nothing can be lost by it.
 */
export async function serveManifest(
  parts: ManifestParts,
  request: IncomingMessage,
  response: ServerResponse,
  { url, organization }: Visit,
): Promise<void> {
  const isPost = request.method === 'POST';
  const form = isPost ? await readForm(request) : url.searchParams;
  const manifest = parseManifest(form?.get('manifest') ?? '');
  const owner = await findOwner(parts, request, organization);
  const say = (status: number, text: string) => {
    const page = renderPage(
      { world: parts.world, viewer: undefined },
      'New GitHub App',
      html`<h1>${text}</h1>`,
    );
    response.writeHead(status, pageHeaders(parts.world)).end(page);
  };
  if (!owner) return say(404, 'There is no such account.');
  if (!manifest) return say(422, 'The manifest is not valid.');
  if (!isPost) return say(200, describe(manifest, owner));
  const state = url.searchParams.get('state') ?? form?.get('state');
  const target = new URL(manifest.redirectUrl ?? `${parts.world.urls.origin}/`);
  target.searchParams.set('code', parts.manifests.issue(manifest, owner));
  if (state) target.searchParams.set('state', state);
  response.writeHead(302, { location: target.href, 'cache-control': 'no-store' }).end();
}

function describe({ name, permissions, events }: Manifest, owner: User): string {
  const asks = Object.entries(permissions).map(([area, level]) => `${area}: ${level}`);
  return `${name}, an App of ${owner.login}, asks for ${asks.join(', ') || 'nothing'} and hears of ${events.join(', ') || 'nothing'}. Send the form to register it.`;
}

/** Whose the App is to be: the organization, who signed in, or the first person there is. */
async function findOwner(
  { world, tokens }: ManifestParts,
  request: IncomingMessage,
  organization: string | null,
): Promise<User | undefined> {
  if (organization !== null) {
    const account = world.userByLogin(organization);
    return account?.type === 'Organization' ? account : undefined;
  }
  const viewer = await identifyViewer(world, tokens, request).catch(() => undefined);
  if (viewer?.kind === 'user') return viewer.user;
  return [...world.users.values()].find((user) => user.type === 'User');
}
