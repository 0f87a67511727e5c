import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal, Repository, World } from '../world.ts';
import { AccessError, checkAccess } from './access.ts';
import { identify } from './identity.ts';
import { compileRoutes, type Match } from './match-route.ts';
import { BODY_BYTES_MAX, parseBody, readBody } from './read-body.ts';
import { nameOf, type RequestLog } from './request-log.ts';
import { type Answer, HttpError, type Route } from './route.ts';
import type { TokenRegistry } from './token-registry.ts';

const DOCUMENTATION_URL = 'https://docs.github.com/rest';
const API_VERSIONS = ['2022-11-28', '2026-03-10'];
/** GitHub's hourly budget of an installation; the local one never runs out, but says so. */
const RATE_LIMIT = 15_000;

export interface ApiParts {
  readonly world: World;
  readonly tokens: TokenRegistry;
  readonly routes: readonly Route[];
  readonly log: RequestLog;
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
    let principal: Principal = { kind: 'anonymous' };
    let answer: Answer;
    try {
      principal = await identify(parts.world, parts.tokens, request.headers.authorization);
      answer = await answerCall(parts.world, { request, url, path, method, match, principal });
    } catch (error) {
      answer = toErrorAnswer(error);
    }
    parts.log.append({
      method,
      path,
      status: answer.status,
      principal: nameOf(principal),
      route: match ? `${method} ${match.route.path}` : null,
    });
    send(request, response, answer, parts.world.now());
  };
}

interface Incoming {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly path: string;
  readonly method: string;
  readonly match: Match | undefined;
  readonly principal: Principal;
}

async function answerCall(world: World, incoming: Incoming): Promise<Answer> {
  const { request, url, path, method, match, principal } = incoming;
  if (!match) return unknownRoute(world, path, method);
  const { owner, repo } = match.params;
  const repository = owner && repo ? world.repositoryByName(owner, repo) : undefined;
  if (match.route.path.startsWith('/repos/{owner}/{repo}') && !repository)
    throw new HttpError(404, 'Not Found');
  checkAccess(world, match.route, principal, repository);
  const bytes = await readBody(request, BODY_BYTES_MAX);
  return match.route.handle({
    world,
    principal,
    params: match.params,
    query: url.searchParams,
    path,
    body: parseBody(bytes),
    headers: request.headers,
    repository,
  });
}

/** "Not built here" must not look like GitHub's 404: 501 says which operation is missing. */
function unknownRoute(world: World, path: string, method: string): Answer {
  const [, first, owner, repo] = path.split('/');
  if (first === 'repos' && owner && repo && !world.repositoryByName(owner, repo))
    throw new HttpError(404, 'Not Found');
  // A line break in a header would end it, and the path is the caller's.
  const name = `${method} ${encodeURI(path).slice(0, 500)}`;
  return {
    status: 501,
    headers: { 'x-local-unimplemented': name },
    body: {
      message: `The local GitHub has no ${name}`,
      documentation_url: DOCUMENTATION_URL,
      status: '501',
    },
  };
}

function toErrorAnswer(error: unknown): Answer {
  if (!(error instanceof HttpError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: 500, body: { message: `Server Error: ${message}`, status: '500' } };
  }
  return {
    status: error.status,
    headers:
      error instanceof AccessError && error.accepted !== ''
        ? { 'x-accepted-github-permissions': error.accepted }
        : {},
    body: {
      message: error.message,
      ...(error.errors ? { errors: error.errors } : {}),
      documentation_url: DOCUMENTATION_URL,
      status: String(error.status),
    },
  };
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer, now: Date): void {
  const bytes = answer.bytes ?? toBytes(answer.body);
  const etag = `W/"${createHash('sha256').update(bytes).digest('hex').slice(0, 40)}"`;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const fresh = isRead && answer.status === 200 && request.headers['if-none-match'] === etag;
  response.writeHead(fresh ? 304 : answer.status, {
    ...(bytes.length > 0 && !fresh ? { 'content-type': 'application/json; charset=utf-8' } : {}),
    ...(isRead && answer.status === 200 ? { etag } : {}),
    ...commonHeaders(request, now),
    ...answer.headers,
  });
  response.end(fresh || request.method === 'HEAD' ? undefined : bytes);
}

function toBytes(body: unknown): Uint8Array {
  return body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body));
}

function commonHeaders(request: IncomingMessage, now: Date): Record<string, string> {
  const asked = String(request.headers['x-github-api-version'] ?? '');
  return {
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': API_VERSIONS.includes(asked) ? asked : '2022-11-28',
    'x-ratelimit-limit': String(RATE_LIMIT),
    'x-ratelimit-remaining': String(RATE_LIMIT - 1),
    'x-ratelimit-used': '1',
    'x-ratelimit-resource': 'core',
    'x-ratelimit-reset': String(Math.floor(now.getTime() / 1000) + 3600),
    'x-content-type-options': 'nosniff',
  };
}

/** The repository of a call; routes below `/repos/{owner}/{repo}` always have one. */
export function repositoryOf(call: { readonly repository: Repository | undefined }): Repository {
  if (!call.repository) throw new HttpError(404, 'Not Found');
  return call.repository;
}
