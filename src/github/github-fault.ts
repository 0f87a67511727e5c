import { GraphqlResponseError } from '@octokit/graphql';
import { Fault } from '#model/fault.ts';

/** GitHub answered, and not with success. */
export class GitHubFault extends Fault {
  readonly status: number;
  readonly body: unknown;

  constructor(route: string, status: number, body: unknown, options?: ErrorOptions) {
    const code = status >= 500 || status === 429 ? 'GITHUB_UNAVAILABLE' : 'GITHUB_REFUSED';
    super(code, `GitHub answered ${status} to ${route}`, options);
    this.status = status;
    this.body = body;
  }
}

const tooMany = 429;

/**
 * GitHub says "too often" with 403 as well. That is no answer to what was asked: read as "you may not see
 * it", a busy hour would look like an App that was uninstalled, and stop what runs.
 *
 * Source  docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
function isLimited(error: unknown): boolean {
  if (statusOf(error) !== 403) return false;
  const { headers = {} } = (error as { response: { headers?: Record<string, unknown> } }).response;
  if (String(headers['x-ratelimit-remaining']) === '0' || headers['retry-after']) return true;
  return /rate limit|abuse detection/i.test(JSON.stringify(bodyOf(error)) ?? '');
}

/** What GitHub refused keeps its status and body; silence and GraphQL's own errors have theirs. */
export function toFault(route: string, cause: unknown): Fault {
  if (cause instanceof GraphqlResponseError) {
    const isLimit = cause.errors?.some(({ type }) => type === 'RATE_LIMITED');
    return new GitHubFault('GraphQL', isLimit ? tooMany : 422, cause.errors, { cause });
  }
  const status = isLimited(cause) ? tooMany : statusOf(cause);
  if (status !== 0) return new GitHubFault(route, status, bodyOf(cause), { cause });
  return new Fault('GITHUB_UNAVAILABLE', `no answer from GitHub to ${route}`, { cause });
}

/**
 * GitHub has it no more, or does not let the App see it: a status, or GraphQL's NOT_FOUND or FORBIDDEN.
 * A permission that the installation has not agreed to makes the mint fail with 422.
 */
export function isGone(error: unknown): boolean {
  if (!(error instanceof GitHubFault)) return false;
  if (!Array.isArray(error.body)) return [403, 404, 410, 422].includes(error.status);
  return error.body.some((one) => ['NOT_FOUND', 'FORBIDDEN'].includes(one?.type));
}

/** The status that came back; 0 when nothing did. */
export function statusOf(error: unknown): number {
  return typeof error === 'object' && error !== null && 'status' in error && 'response' in error
    ? Number(error.status)
    : 0;
}

function bodyOf(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || !('response' in error)) return undefined;
  const { response } = error as { response?: { data?: unknown } };
  return response?.data;
}
