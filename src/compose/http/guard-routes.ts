import { limitFailures } from '#http/failure-limit.ts';
import { limitRoute } from '#http/limit-route.ts';
import type { HttpRoute } from '#http/server.ts';
import type { Edges } from '../edges.ts';

/** Of wrong tokens and passwords, a client: what a fleet of honest jobs behind one address never comes near. */
const allowed = { atOnce: 300, everyMs: 200, clientsMax: 20_000 };

/** Every route that asks for a token or a password, behind one limit (identity A1, T-M7). */
export function guardRoutes(
  { settings, now }: Edges,
  routes: readonly HttpRoute[],
): readonly HttpRoute[] {
  const door = {
    limit: limitFailures(allowed, () => now().getTime()),
    proxies: settings.trustedProxies,
  };
  return routes.map((route) => limitRoute(route, door));
}
