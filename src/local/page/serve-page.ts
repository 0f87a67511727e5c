import type { IncomingMessage, ServerResponse } from 'node:http';
import type { User } from '#local/record/account.ts';
import type { Principal } from '#local/record/principal.ts';
import type { Repository } from '#local/record/repository.ts';
import { canSee } from '../api/access.ts';
import { HttpError } from '../api/route.ts';
import type { TokenRegistry } from '../api/token-registry.ts';
import type { World } from '../world.ts';
import { ACTS, act, planCall } from './act.ts';
import { renderAvatar } from './avatar.ts';
import { renderRepositoryPage } from './find-page.ts';
import { renderLoginForm } from './form.ts';
import { html } from './html.ts';
import { renderHomePage } from './list-page.ts';
import { pageHeaders, renderPage } from './render-page.ts';
import { sendFile } from './send-file.ts';
import {
  identifyToken,
  identifyViewer,
  isOwnForm,
  readForm,
  readToken,
  sessionCookie,
} from './session.ts';
import { subjectPath } from './view.ts';

interface PageParts {
  readonly world: World;
  readonly tokens: TokenRegistry;
}

interface Visit extends PageParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly segments: readonly string[];
  readonly principal: Principal;
  readonly viewer: User | undefined;
}

/**
 * Pages for people: what is public, to anyone who reaches loopback; a private repository only to
 * those who may read it. A person who signed in can comment, label, review and merge.
 */
export async function servePage(
  parts: PageParts,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  let viewer: User | undefined;
  try {
    const principal = await identifyViewer(parts.world, parts.tokens, request);
    viewer = principal.kind === 'user' ? principal.user : undefined;
    const segments = readSegments(url.pathname);
    const visit = { ...parts, request, response, url, segments, principal, viewer };
    await (request.method === 'POST' ? change(visit) : show(visit));
  } catch (error) {
    const status = error instanceof HttpError ? error.status : 500;
    const text = error instanceof HttpError ? error.message : 'Something went wrong.';
    const page = renderPage({ world: parts.world, viewer }, String(status), html`<h1>${text}</h1>`);
    response.writeHead(status, pageHeaders(parts.world)).end(page);
  }
}

/** Whether a POST is a form of a page: the rest is the API's. */
export function isPageForm(pathname: string): boolean {
  const segments = pathname.split('/').filter(Boolean);
  if (segments.length === 1) return segments[0] === 'login';
  const [, , kind, , what] = segments;
  return (
    segments.length === 5 &&
    (kind === 'issues' || kind === 'pull') &&
    ACTS.some((each) => each === what) &&
    segments[0] !== 'repos'
  );
}

async function show(visit: Visit): Promise<void> {
  const { world, response, url, segments, principal, viewer } = visit;
  const send = (page: string) => void response.writeHead(200, pageHeaders(world)).end(page);
  const [first, second, ...rest] = segments;
  if (first === '_avatar' && second !== undefined) return sendAvatar(response, second);
  if (first === 'login')
    return send(renderPage({ world, viewer }, 'Sign in', renderLoginForm(null)));
  if (first === 'logout') return redirect(response, '/', sessionCookie(null));
  if (second === undefined) {
    const seen = [...world.repositories.values()].filter(
      (each) =>
        canSee(world, each, principal) &&
        (first === undefined || world.fullName(each).startsWith(`${first}/`)),
    );
    if (first !== undefined && seen.length === 0)
      throw new HttpError(404, 'There is no such page.');
    return send(renderHomePage({ world, viewer }, seen));
  }
  const repository = findRepository(visit);
  const [kind, revision = '', ...path] = rest;
  const isRaw = kind === 'raw' || (kind === 'blob' && url.searchParams.get('raw') === 'true');
  if (isRaw) return sendFile(repository, response, revision, path.join('/'));
  send(await renderRepositoryPage({ world, viewer, repository }, rest));
}

function findRepository({ world, segments, principal }: Visit): Repository {
  const [owner = '', name = ''] = segments;
  const repository = world.repositoryByName(owner, name);
  if (!repository || !canSee(world, repository, principal))
    throw new HttpError(404, 'There is no such page.');
  return repository;
}

async function change(visit: Visit): Promise<void> {
  const { world, request, response, segments } = visit;
  const form = await readForm(request);
  if (!form || !isOwnForm(request)) throw new HttpError(403, 'A form of these pages was expected.');
  if (segments[0] === 'login') return signIn(visit, form);
  const token = readToken(request);
  if (token === undefined || !visit.viewer) throw new HttpError(401, 'Sign in first.');
  const repository = findRepository(visit);
  const [, , , number, what] = segments;
  const subject = repository.issues.get(Number(number)) ?? repository.pulls.get(Number(number));
  const asked = ACTS.find((each) => each === what);
  if (!subject || !asked) throw new HttpError(404, 'There is no such page.');
  const name = world.fullName(repository);
  const because = await act(world, token, planCall(asked, name, subject, form));
  if (because === null) return redirect(response, subjectPath(`/${name}`, subject));
  const refused = { act: asked, because, form };
  const place = { world, viewer: visit.viewer, repository, refused };
  const page = await renderRepositoryPage(place, segments.slice(2, 4));
  response.writeHead(422, pageHeaders(world)).end(page);
}

async function signIn(visit: Visit, form: URLSearchParams): Promise<void> {
  const { world, tokens, response } = visit;
  const token = (form.get('token') ?? '').trim();
  const principal = await identifyToken(world, tokens, token);
  if (principal.kind === 'user' && !principal.via)
    return redirect(response, ownPath(form.get('return_to')), sessionCookie(token));
  const because = 'That is no personal token of this GitHub.';
  const page = renderPage({ world, viewer: undefined }, 'Sign in', renderLoginForm(because));
  response.writeHead(401, pageHeaders(world)).end(page);
}

/** A path of these pages to go on to; another site's address leads home. */
function ownPath(path: string | null): string {
  return path !== null && /^\/(?![/\\])[\x21-\x7e]*$/.test(path) ? path : '/';
}

function redirect(response: ServerResponse, location: string, cookie?: string): void {
  response
    .writeHead(303, { location, ...(cookie === undefined ? {} : { 'set-cookie': cookie }) })
    .end();
}

function sendAvatar(response: ServerResponse, id: string): void {
  response
    .writeHead(200, {
      'content-type': 'image/svg+xml',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'max-age=3600',
    })
    .end(renderAvatar(id));
}

function readSegments(pathname: string): readonly string[] {
  try {
    return pathname
      .split('/')
      .filter((segment) => segment !== '')
      .map((segment) => decodeURIComponent(segment));
  } catch {
    throw new HttpError(404, 'There is no such page.');
  }
}
