import type { Principal } from '#local/record/principal.ts';
import { acceptedPermissions } from './access.ts';
import type { Route } from './route.ts';

/** Scopes of a personal token here: all that `gh` asks for. */
const SCOPES = 'gist, read:org, repo, workflow';

/**
 * Which permission a route wanted, on every answer to a token that has permissions; which scopes,
 * on every answer to one that has those (`gh auth status` reads them).
 */
export function describeAccess(
  route: Route,
  principal: Principal,
): Readonly<Record<string, string>> {
  if (principal.kind === 'user' && !principal.via)
    return {
      'x-oauth-scopes': SCOPES,
      'x-accepted-oauth-scopes': route.path.startsWith('/repos/') ? 'repo' : '',
    };
  const hasPermissions = ['installation', 'job', 'user'].includes(principal.kind);
  if (!hasPermissions || !Array.isArray(route.access)) return {};
  return { 'x-accepted-github-permissions': acceptedPermissions(route.access) };
}

/** Operations that answer one thing which knows when it changed. */
const DATED = [
  'issues/get',
  'pulls/get',
  'repos/get',
  'users/get-authenticated',
  'users/get-by-username',
];

/** `Last-Modified`, where GitHub sends it and the body says it. */
export function lastModified(operation: string, body: unknown): Readonly<Record<string, string>> {
  if (!DATED.includes(operation) || typeof body !== 'object' || body === null) return {};
  const { updated_at: changedAt } = body as { readonly updated_at?: unknown };
  return typeof changedAt === 'string'
    ? { 'last-modified': new Date(changedAt).toUTCString() }
    : {};
}
