import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '#local/record/principal.ts';
import type { Repository } from '#local/record/repository.ts';
import { recordExchange } from '../recording.ts';
import type { World } from '../world.ts';
import { canSee, checkAccess } from './access.ts';
import { type ApiVersion, readVersion, toVersion } from './api-version.ts';
import { toErrorAnswer, unknownRoute } from './error-answer.ts';
import { identify } from './identity.ts';
import { compileRoutes, type Match } from './match-route.ts';
import { type MediaForm, mediaTypeHeader, readMediaForm } from './media-type.ts';
import { limitHeaders, type RateLimits, type Resource } from './rate-limit.ts';
import { BODY_BYTES_MAX, CONTENT_BYTES_MAX, parseBody, readBody } from './read-body.ts';
import { nameOf, type RequestLog } from './request-log.ts';
import { type Answer, HttpError, type Route } from './route.ts';
import { describeAccess, lastModified } from './route-headers.ts';
import { prepareAnswer, sendAnswer } from './send-answer.ts';
import { toTextForm } from './text-form.ts';
import type { TokenRegistry } from './token-registry.ts';

/** Operations whose body may be a list instead of an object. */
const LIST_BODIES = ['issues/add-labels', 'issues/set-labels'];
/** Operations without a field that must be there, but which are nothing without a body. */
const REQUIRED_BODIES = ['apps/update-webhook-config-for-app'];
/** Operations that carry a file. */
const CONTENT_BODIES = [
  'git/create-blob',
  'git/create-tree',
  'repos/create-or-update-file-contents',
];

export interface ApiParts {
  readonly world: World;
  readonly tokens: TokenRegistry;
  readonly limits: RateLimits;
  readonly routes: readonly Route[];
  readonly log: RequestLog;
}

interface Incoming {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly path: string;
  readonly method: string;
  readonly match: Match | undefined;
  readonly resource: Resource;
}

/** What is known of a call so far; errors are answered with as much as was found out. */
interface Seen {
  principal: Principal;
  version: ApiVersion;
  form: MediaForm;
}

/** Build the REST API: one table of routes behind authentication, access and GitHub's headers. */
export function buildApi(
  parts: ApiParts,
): (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> {
  const find = compileRoutes(parts.routes);
  return async (request, response, url) => {
    const path = url.pathname.replace(/^\/api\/v3(?=\/|$)/, '') || '/';
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
    const match = find(method, path);
    const resource = path.startsWith('/search/') ? 'search' : 'core';
    const incoming = { request, url, path, method, match, resource } as const;
    const seen: Seen = { principal: { kind: 'anonymous' }, version: '2022-11-28', form: 'json' };
    let answer: Answer;
    try {
      answer = await answerCall(parts, incoming, seen);
    } catch (error) {
      answer = toErrorAnswer(error, match?.route.operation);
    }
    const prepared = prepareAnswer(request, answer);
    if (prepared.isFresh) parts.limits.refund(seen.principal, resource);
    parts.log.append({
      method,
      path,
      status: answer.status,
      principal: nameOf(seen.principal),
      route: match ? `${method} ${match.route.path}` : null,
    });
    recordExchange(request, {
      kind: 'rest',
      operation: match?.route.operation ?? null,
      route: match?.route.path ?? null,
      method,
      path,
      query: url.search,
      version: seen.version,
      status: answer.status,
      type: answer.headers?.['content-type'] ?? 'application/json',
      bytes: prepared.bytes,
    });
    sendAnswer(request, response, prepared, {
      'x-github-media-type': mediaTypeHeader(seen.form),
      'x-github-api-version-selected': seen.version,
      ...limitHeaders(parts.limits.read(seen.principal, resource), resource),
      ...(match ? describeAccess(match.route, seen.principal) : {}),
    });
  };
}

async function answerCall(parts: ApiParts, incoming: Incoming, seen: Seen): Promise<Answer> {
  const { request, match, resource } = incoming;
  seen.version = readVersion(header(request, 'x-github-api-version'));
  seen.principal = await identify(parts.world, parts.tokens, request.headers.authorization);
  // Asking how much is left costs nothing.
  if (match?.route.operation !== 'rate-limit/get') parts.limits.spend(seen.principal, resource);
  seen.form = readMediaForm(request.headers.accept);
  const answer = await handleCall(parts.world, incoming, seen.principal);
  if (!match || answer.body === undefined) return answer;
  const { operation } = match.route;
  const { owner = '', repo = '' } = match.params;
  const written = toTextForm(seen.form, operation, answer.body, `/${owner}/${repo}`);
  return {
    ...answer,
    body: toVersion(seen.version, operation, written),
    headers: { ...lastModified(operation, answer.body), ...answer.headers },
  };
}

async function handleCall(world: World, incoming: Incoming, principal: Principal): Promise<Answer> {
  const { request, url, path, method, match } = incoming;
  const [, first, ownerSegment = '', repoSegment = ''] = path.split('/');
  const { owner = ownerSegment, repo = repoSegment } = match?.params ?? {};
  const isBelow = first === 'repos' && repo !== '';
  const repository = isBelow ? world.repositoryByName(owner, repo) : undefined;
  if (isBelow && !(repository && canSee(world, repository, principal)))
    throw new HttpError(404, 'Not Found');
  if (!match) return unknownRoute(path, method);
  checkAccess(world, match.route, principal, repository);
  return match.route.handle({
    world,
    principal,
    params: match.params,
    query: url.searchParams,
    path,
    body: await readCallBody(request, match.route),
    headers: request.headers,
    repository,
  });
}

async function readCallBody(request: IncomingMessage, route: Route) {
  // What comes with a reading call has no meaning (RFC 9110 §9.3.1).
  if (route.method === 'GET') return {};
  const isContent = CONTENT_BODIES.includes(route.operation);
  const bytes = await readBody(request, isContent ? CONTENT_BYTES_MAX : BODY_BYTES_MAX);
  if (bytes.length === 0 && REQUIRED_BODIES.includes(route.operation))
    throw new HttpError(422, "Invalid request.\n\nFor 'links/0/schema', nil is not an object.");
  return parseBody(bytes, LIST_BODIES.includes(route.operation));
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The repository of a call; routes below `/repos/{owner}/{repo}` always have one. */
export function repositoryOf(call: { readonly repository: Repository | undefined }): Repository {
  if (!call.repository) throw new HttpError(404, 'Not Found');
  return call.repository;
}
