import type { Route } from './route.ts';

/** Path parameters that may hold slashes, as on GitHub. */
const SWALLOWING = new Set(['path', 'ref', 'basehead', 'branch']);

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** Build the lookup of one table of routes: the pattern with most literal segments wins. */
export function compileRoutes(
  routes: readonly Route[],
): (method: string, path: string) => Match | undefined {
  const table = routes
    .map((route) => ({ route, pattern: toPattern(route.path), weight: countLiterals(route.path) }))
    .sort((a, b) => b.weight - a.weight);
  return (method, path) => {
    for (const { route, pattern } of table) {
      if (route.method !== method) continue;
      const groups = pattern.exec(path)?.groups;
      if (groups === undefined) continue;
      const params = decodeParams(groups);
      if (params) return { route, params };
    }
    return undefined;
  };
}

function toPattern(path: string): RegExp {
  const source = path.replace(/[.]/g, '\\.').replace(/\/\{(\w+)\}/g, (_, name: string) => {
    if (name === 'path') return '(?:/(?<path>.*))?';
    return SWALLOWING.has(name) ? `/(?<${name}>.+)` : `/(?<${name}>[^/]+)`;
  });
  // An empty named group makes `groups` exist for paths without parameters.
  return new RegExp(`^${source}(?<end_>)/?$`);
}

function countLiterals(path: string): number {
  return path.split('/').filter((segment) => segment !== '' && !segment.startsWith('{')).length;
}

function decodeParams(
  groups: Record<string, string | undefined>,
): Record<string, string> | undefined {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value ?? '')]),
    );
  } catch {
    // A malformed percent sequence names nothing.
    return undefined;
  }
}
