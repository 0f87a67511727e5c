import type { ApiRequest } from '#github/requester.ts';
import type { Measurement } from './measurement.ts';
import { walkJourney, withShop } from './shop-journey.ts';
import { ratio } from './statistics.ts';

/** Count the App's requests to GitHub for one issue of the shop, from its label to its merge. */
export function measureRequests(): Promise<Measurement> {
  return withShop(async (stage) => {
    const { app } = stage.factory;
    // Who the App is, and the comparison at its start, are not the issue's.
    await app.reconcile();
    const before = app.edges.github.requests().length;
    await walkJourney(stage);
    return summarizeRequests(app.edges.github.requests().slice(before));
  });
}

/**
 * Requests by stage, by route and by kind. The baseline is what must be asked of GitHub at the very
 * least: the calls that change something there. The rest reads state again and mints tokens.
 */
export function summarizeRequests(requests: readonly ApiRequest[]): Measurement {
  const total = requests.length;
  const tokens = requests.filter(isToken).length;
  const writes = requests.filter((call) => call.method !== 'GET' && isChange(call)).length;
  const byStage = countBy(requests, ({ stage }) => stage);
  const byRoute = countBy(requests, ({ stage, method, route }) => `${stage}: ${method} ${route}`);
  const refused = requests.filter(({ status }) => status < 200 || status >= 400).length;
  return {
    figures: { total, reads: total - tokens - writes, writes, tokens, refused },
    baseline: { writes },
    ratios: { totalToWrites: ratio(total, writes) },
    more: { total, byStage, byRoute },
  };
}

function isToken({ route }: ApiRequest): boolean {
  return route.endsWith('/access_tokens') || route === '/installation/token';
}

/** The App's GraphQL documents only read. */
function isChange(call: ApiRequest): boolean {
  return !isToken(call) && call.route !== '/graphql';
}

function countBy(
  requests: readonly ApiRequest[],
  name: (request: ApiRequest) => string,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const request of requests) counts[name(request)] = (counts[name(request)] ?? 0) + 1;
  return counts;
}
