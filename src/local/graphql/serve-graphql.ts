import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  execute,
  GraphQLError,
  type GraphQLFormattedError,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import type { Principal } from '#local/record/principal.ts';
import { identify } from '../api/identity.ts';
import { type Limit, limitHeaders, RateLimitError, type RateLimits } from '../api/rate-limit.ts';
import { parseBody, readBody } from '../api/read-body.ts';
import { nameOf, type RequestLog } from '../api/request-log.ts';
import { HttpError } from '../api/route.ts';
import { requestId } from '../api/send-answer.ts';
import type { TokenRegistry } from '../api/token-registry.ts';
import { recordExchange } from '../recording.ts';
import type { World } from '../world.ts';
import { checkNesting, checkSize } from './check-size.ts';
import { findNode } from './find-node.ts';
import { type GraphqlCall, typedError, type Views, visibleRepository } from './graphql-call.ts';
import { buildCommentMutations } from './mutate-comment.ts';
import { buildCommitMutation } from './mutate-commit.ts';
import { buildIssueMutations } from './mutate-issue.ts';
import { buildLabelMutations } from './mutate-label.ts';
import { buildPullMutations } from './mutate-pull.ts';
import { buildQueueMutations } from './mutate-queue.ts';
import { buildRelationMutations } from './mutate-relation.ts';
import { resolveField } from './resolve-field.ts';
import { readSchema } from './schema.ts';
import { viewActor } from './view-actor.ts';
import { viewComment } from './view-comment.ts';
import { viewCommit } from './view-commit.ts';
import { viewIssue } from './view-issue.ts';
import { viewEventLabel } from './view-label.ts';
import { viewOwner } from './view-owner.ts';
import { viewProjectItem } from './view-project-item.ts';
import { viewPull, viewReview } from './view-pull.ts';
import { viewRepository } from './view-repository.ts';
import { viewSearch } from './view-search.ts';
import { viewThread } from './view-thread.ts';

const DOCUMENTATION = 'https://docs.github.com/graphql';
/** A document with its variables; file contents of createCommitOnBranch are the large part. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;
/** A longer document is an attack on the parser. */
const DOCUMENT_TOKENS_MAX = 10_000;

// Overlapping-field checks take quadratic time in the size of a hostile document.
const RULES = specifiedRules.filter((rule) => rule.name !== 'OverlappingFieldsCanBeMergedRule');

export interface GraphqlParts {
  readonly world: World;
  readonly tokens: TokenRegistry;
  readonly limits: RateLimits;
  readonly log: RequestLog;
}

/** Build the GraphQL endpoint: graphql-js on GitHub's schema, over plain views of the state. */
export function buildGraphql(
  parts: GraphqlParts,
): (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> {
  return async (request, response, url) => {
    const { world, tokens, limits } = parts;
    let principal: Principal = { kind: 'anonymous' };
    let status = 200;
    let body: unknown;
    try {
      principal = await identify(world, tokens, request.headers.authorization);
      if (principal.kind === 'anonymous') throw authenticationRequired();
      limits.spend(principal, 'graphql');
      const document = parseBody(await readBody(request, BODY_BYTES_MAX));
      body = await run(world, principal, limits.read(principal, 'graphql'), document);
    } catch (error) {
      ({ status, body } = toRefusal(error));
    }
    const { method = 'POST' } = request;
    const principalName = nameOf(principal);
    const path = url.pathname.replace(/^\/api/, '');
    parts.log.append({ method, path, status, principal: principalName, route: 'POST /graphql' });
    const bytes = Buffer.from(JSON.stringify(body));
    const call = { method, path, query: '', version: '', operation: null, route: null };
    recordExchange(request, { kind: 'graphql', ...call, status, type: 'application/json', bytes });
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'x-github-media-type': 'github.v4; format=json',
      'x-github-request-id': requestId(),
      ...limitHeaders(limits.read(principal, 'graphql'), 'graphql'),
      ...(status === 413 ? { connection: 'close' } : {}),
    });
    response.end(bytes);
  };
}

function authenticationRequired(): HttpError {
  const error = new HttpError(401, 'This endpoint requires you to be authenticated.');
  error.documentationUrl = `${DOCUMENTATION}/guides/forming-calls-with-graphql#authenticating-with-graphql`;
  return error;
}

/** What is refused before the document is looked at has a body of REST's kind. */
function toRefusal(error: unknown): { readonly status: number; readonly body: object } {
  if (error instanceof RateLimitError)
    return { status: 200, body: { errors: [{ type: 'RATE_LIMITED', message: error.message }] } };
  if (!(error instanceof HttpError))
    return { status: 500, body: { message: `Server Error: ${String(error)}`, status: '500' } };
  const { status, message, documentationUrl = DOCUMENTATION } = error;
  return {
    status,
    body: { message, documentation_url: documentationUrl, status: String(status) },
  };
}

async function run(
  world: World,
  principal: Principal,
  limit: Limit,
  body: Readonly<Record<string, unknown>>,
) {
  const { query, variables, operationName } = body;
  if (typeof query !== 'string')
    return { errors: [{ message: 'A query attribute must be specified and must be a string.' }] };
  const schema = readSchema();
  let document: ReturnType<typeof parse>;
  try {
    checkNesting(query);
    document = parse(query, { maxTokens: DOCUMENT_TOKENS_MAX });
  } catch (error) {
    return { errors: [toWireError(error)] };
  }
  const problems = validate(schema, document, RULES, { maxErrors: 20 });
  if (problems.length > 0) return { errors: problems.map(toValidationError) };
  const variableValues = isRecord(variables) ? variables : {};
  try {
    checkSize(document, variableValues);
  } catch (error) {
    return { errors: [toWireError(error)] };
  }
  const result = await execute({
    schema,
    document,
    rootValue: buildRoot(buildCall(world, principal), limit),
    fieldResolver: resolveField,
    variableValues,
    operationName: typeof operationName === 'string' ? operationName : null,
  });
  return {
    data: result.data ?? null,
    ...(result.errors ? { errors: result.errors.map(toWireError) } : {}),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function buildCall(world: World, principal: Principal): GraphqlCall {
  const views: Views = {
    repository: (repository) => viewRepository(call, repository),
    issue: (repository, issue) => viewIssue(call, repository, issue),
    pull: (repository, pull) => viewPull(call, repository, pull),
    commit: (repository, sha) => viewCommit(call, repository, sha),
  };
  const call: GraphqlCall = { world, principal, views };
  return call;
}

function buildRoot(call: GraphqlCall, limit: Limit) {
  return {
    viewer: () => {
      const { principal } = call;
      if (principal.kind === 'user') return viewActor(call.world, principal.user.id);
      if (principal.kind === 'installation' || principal.kind === 'job')
        return { ...viewActor(call.world, principal.bot.id), __typename: 'User' };
      throw typedError('FORBIDDEN', 'Resource not accessible by integration');
    },
    rateLimit: {
      limit: limit.limit,
      cost: 1,
      remaining: limit.remaining,
      used: limit.used,
      nodeCount: 0,
      resetAt: new Date(limit.reset * 1000).toISOString(),
    },
    repository: ({ owner, name }: { owner: string; name: string }) =>
      call.views.repository(visibleRepository(call, owner, name)),
    repositoryOwner: ({ login }: { login: string }) => {
      const user = call.world.userByLogin(login);
      return user ? viewOwner(call, user.id) : null;
    },
    organization: ({ login }: { login: string }) => {
      const user = call.world.userByLogin(login);
      if (user?.type === 'Organization') return viewOwner(call, user.id);
      throw typedError(
        'NOT_FOUND',
        `Could not resolve to an Organization with the login of '${login}'.`,
      );
    },
    user: ({ login }: { login: string }) => {
      const user = call.world.userByLogin(login);
      if (user?.type === 'User') return viewOwner(call, user.id);
      throw typedError('NOT_FOUND', `Could not resolve to a User with the login of '${login}'.`);
    },
    node: ({ id }: { id: string }) => viewNode(call, id),
    nodes: ({ ids }: { ids: readonly string[] }) => ids.map((id) => viewNode(call, id)),
    search: (query: Parameters<typeof viewSearch>[1]) => viewSearch(call, query),
    ...buildIssueMutations(call),
    ...buildLabelMutations(call),
    ...buildCommentMutations(call),
    ...buildRelationMutations(call),
    ...buildPullMutations(call),
    ...buildQueueMutations(call),
    ...buildCommitMutation(call),
  };
}

function viewNode(call: GraphqlCall, id: string): object | null {
  const item = viewProjectItem(call, id);
  if (item) return item;
  const node = findNode(call, id);
  switch (node.type) {
    case 'Repository':
      return call.views.repository(node.repository);
    case 'Issue':
      return call.views.issue(node.repository, node.item);
    case 'PullRequest':
      return call.views.pull(node.repository, node.item);
    case 'IssueComment':
      return viewComment(call, node.repository, node.item);
    case 'PullRequestReview':
      return viewReview(call, node.repository, node.item);
    case 'PullRequestReviewThread':
      return viewThread(call, node.repository, node.item);
    case 'Label':
      return viewEventLabel(node.repository, node.name);
  }
}

/** Errors carry `type` beside the message; REST's refusals get GraphQL's names for them. */
function toWireError(error: unknown): GraphQLFormattedError & { type?: string } {
  if (!(error instanceof GraphQLError)) return { message: wentWrong() };
  const { locations, path, extensions } = error.toJSON();
  const cause = error.originalError;
  // A field that is not built says so by its name; anything else unforeseen stays inside.
  const isKnown = cause instanceof HttpError || cause instanceof GraphQLError;
  const isOurs = cause && !isKnown && !error.message.startsWith('Cannot return null for');
  const message = isOurs ? wentWrong() : error.message;
  const type = cause instanceof HttpError ? restType(cause.status) : extensions?.type;
  return {
    ...(typeof type === 'string' ? { type } : {}),
    ...(path ? { path } : {}),
    ...(locations ? { locations } : {}),
    message,
  };
}

/** GitHub's own sentence for what is no fault of the caller's. */
function wentWrong(): string {
  return `Something went wrong while executing your query. Please include \`${requestId()}\` when reporting this issue.`;
}

function restType(status: number): string {
  if (status === 404) return 'NOT_FOUND';
  return status === 401 || status === 403 ? 'FORBIDDEN' : 'UNPROCESSABLE';
}

function toValidationError(error: GraphQLError) {
  const [, field = '', type = ''] =
    /^Cannot query field "(\w+)" on type "(\w+)"/.exec(error.message) ?? [];
  if (field === '') return { path: ['query'], locations: error.locations, message: error.message };
  return {
    path: ['query'],
    extensions: { code: 'undefinedField', typeName: type, fieldName: field },
    locations: error.locations,
    message: `Field '${field}' doesn't exist on type '${type}'`,
  };
}
