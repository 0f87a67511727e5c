import { clientOf, originOf } from './client-address.ts';
import type { FailureLimit } from './failure-limit.ts';
import type { HttpRoute } from './server.ts';
import { sendJson } from './server.ts';

/** A door that closes, for a while, to who only fails at it. */
export interface Door {
  readonly limit: FailureLimit;
  /** Proxies of ours between the client and us. */
  readonly proxies: number;
}

/** What was asked wrongly, or without the right to. What may succeed when it is asked again is none. */
const failures = new Set([400, 401, 403, 410, 413, 415, 422]);

/**
 * The same route, which answers 429 with `Retry-After` (RFC 6585 §4), before it reads anything, to a client
 * that failed too often. One that leaves before its answer is sent has failed too.
 */
export function limitRoute(route: HttpRoute, { limit, proxies }: Door): HttpRoute {
  return {
    ...route,
    serve: async (exchange) => {
      const { request, response, requestId } = exchange;
      const client = clientOf(originOf(request), proxies);
      if (client === null) return route.serve(exchange);
      const waitMs = limit.waitOf(client);
      if (waitMs > 0) {
        request.resume();
        const headers = { 'retry-after': String(Math.ceil(waitMs / 1000)) };
        const body = { error: 'rate_limited', request_id: requestId };
        return sendJson(response, 429, body, headers);
      }
      response.once('close', () => {
        if (!response.writableFinished || failures.has(response.statusCode)) limit.note(client);
      });
      return route.serve(exchange);
    },
  };
}
