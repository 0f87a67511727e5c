import type { Principal } from '#local/record/principal.ts';
import type { World } from '../world.ts';
import { HttpError } from './route.ts';

/** What is counted apart from the rest. Search has minutes where the others have hours. */
export type Resource = 'core' | 'graphql' | 'search';

/** Calls that one caller may make in an hour (search: in a minute). */
export type Budgets = Readonly<Record<Principal['kind'], Readonly<Record<Resource, number>>>>;

/**
 * GitHub's numbers, with two exceptions: a stranger has 60 there, which one page of a browser
 * would use up; a job's token has 1,000 unless the owner pays for more, as is assumed here.
 */
export const BUDGETS: Budgets = {
  anonymous: { core: 5_000, graphql: 0, search: 100 },
  user: { core: 5_000, graphql: 5_000, search: 30 },
  app: { core: 5_000, graphql: 0, search: 30 },
  client: { core: 5_000, graphql: 0, search: 30 },
  installation: { core: 15_000, graphql: 10_000, search: 30 },
  job: { core: 15_000, graphql: 10_000, search: 30 },
};

const WINDOW_SECONDS: Readonly<Record<Resource, number>> = {
  core: 3600,
  graphql: 3600,
  search: 60,
};

/** One line of `GET /rate_limit`; `reset` is in seconds since 1970. */
export interface Limit {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  readonly reset: number;
}

/** Counts calls by caller, whatever token it holds: two tokens of one installation share a budget. */
export interface RateLimits {
  /** Count one call. Throws GitHub's 403 when there was none left. */
  spend(principal: Principal, resource: Resource): void;
  /** Take one back: an unchanged answer (304) is free. */
  refund(principal: Principal, resource: Resource): void;
  read(principal: Principal, resource: Resource): Limit;
}

/** Open fresh budgets. */
export function openRateLimits(now: World['now'], budgets: Budgets = BUDGETS): RateLimits {
  const windows = new Map<string, { used: number; readonly reset: number }>();

  function windowOf(principal: Principal, resource: Resource) {
    const key = `${resource}/${callerOf(principal)}`;
    const seconds = Math.floor(now().getTime() / 1000);
    const open = windows.get(key);
    if (open && open.reset > seconds) return open;
    const fresh = { used: 0, reset: seconds + WINDOW_SECONDS[resource] };
    windows.set(key, fresh);
    return fresh;
  }

  return {
    spend: (principal, resource) => {
      const window = windowOf(principal, resource);
      if (window.used >= budgets[principal.kind][resource]) throw new RateLimitError(principal);
      window.used += 1;
    },
    refund: (principal, resource) => {
      const window = windowOf(principal, resource);
      window.used = Math.max(0, window.used - 1);
    },
    read: (principal, resource) => {
      const { used, reset } = windowOf(principal, resource);
      const limit = budgets[principal.kind][resource];
      return { limit, used, remaining: limit - used, reset };
    },
  };
}

/** The headers that every answer carries. */
export function limitHeaders(limit: Limit, resource: Resource): Readonly<Record<string, string>> {
  return {
    'x-ratelimit-limit': String(limit.limit),
    'x-ratelimit-remaining': String(limit.remaining),
    'x-ratelimit-reset': String(limit.reset),
    'x-ratelimit-resource': resource,
    'x-ratelimit-used': String(limit.used),
  };
}

/** A caller that has used up its budget. */
export class RateLimitError extends HttpError {
  constructor(principal: Principal) {
    super(403, `API rate limit exceeded for ${nameOf(principal)}`);
    this.documentationUrl =
      'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api';
  }
}

function nameOf(principal: Principal): string {
  switch (principal.kind) {
    case 'anonymous':
      return "127.0.0.1. (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)";
    case 'user':
      return `user ID ${principal.user.id}.`;
    case 'app':
    case 'client':
      return `app ID ${principal.app.id}.`;
    case 'installation':
      return `installation ID ${principal.installation.id}.`;
    case 'job':
      return 'installation.';
  }
}

function callerOf(principal: Principal): string {
  switch (principal.kind) {
    case 'anonymous':
      return 'anonymous';
    case 'user':
      return `user/${principal.user.id}`;
    case 'app':
    case 'client':
      return `app/${principal.app.id}`;
    case 'installation':
      return `installation/${principal.installation.id}`;
    case 'job':
      return `job/${principal.repositoryId}`;
  }
}
