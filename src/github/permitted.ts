import { assert } from '#model/fault.ts';

/** Permissions of a token, by name. */
export type Permissions = Readonly<Record<string, 'read' | 'write'>>;

/** What tokens for reading are minted with. They change nothing, whatever they are used for. */
export const readings = {
  read: {
    actions: 'read',
    checks: 'read',
    contents: 'read',
    issues: 'read',
    metadata: 'read',
    pull_requests: 'read',
  },
  project: { issues: 'read', metadata: 'read', organization_projects: 'read' },
} as const satisfies Record<string, Permissions>;
export type Reading = keyof typeof readings;

/**
 * Every way in which the App changes something in a repository: the routes of one kind of write, and
 * the least that a token for them is minted with. No token holds two writing permissions, so what can
 * push cannot pass the gate, and what speaks can do neither. What is not here is not sent.
 */
export const writings = {
  commit: {
    permissions: { contents: 'write', metadata: 'read' },
    routes: [
      'POST /repos/{owner}/{repo}/git/blobs',
      'POST /repos/{owner}/{repo}/git/trees',
      'POST /repos/{owner}/{repo}/git/commits',
      'POST /repos/{owner}/{repo}/git/refs',
      'PATCH /repos/{owner}/{repo}/git/refs/{ref}',
    ],
  },
  pull: {
    permissions: { metadata: 'read', pull_requests: 'write' },
    routes: ['POST /repos/{owner}/{repo}/pulls', 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}'],
  },
  check: {
    permissions: { checks: 'write', metadata: 'read' },
    routes: [
      'POST /repos/{owner}/{repo}/check-runs',
      'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}',
    ],
  },
  comment: {
    permissions: { issues: 'write', metadata: 'read' },
    routes: [
      'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
      'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
    ],
  },
  issue: {
    permissions: { issues: 'write', metadata: 'read' },
    routes: [
      'POST /repos/{owner}/{repo}/issues',
      'PATCH /repos/{owner}/{repo}/issues/{issue_number}',
    ],
  },
  start: {
    permissions: { actions: 'write', metadata: 'read' },
    routes: ['POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches'],
  },
  cancel: {
    permissions: { actions: 'write', metadata: 'read' },
    routes: [
      'POST /repos/{owner}/{repo}/actions/runs/{run_id}/cancel',
      'POST /repos/{owner}/{repo}/actions/runs/{run_id}/force-cancel',
    ],
  },
} as const satisfies Record<string, { permissions: Permissions; routes: readonly string[] }>;
export type WriteRoute = (typeof writings)[keyof typeof writings]['routes'][number];

/** What the App does about itself, by its own JWT, by the token it ends, or by a one-time code. */
export const ownRoutes = [
  'POST /app/installations/{installation_id}/access_tokens',
  'DELETE /installation/token',
  'POST /app/hook/deliveries/{delivery_id}/attempts',
  'POST /app-manifests/{code}/conversions',
] as const;

/**
 * What is done in the name of a person who let the App act for them: nothing but opening a pull
 * request, by a token narrowed to one repository and the permission of that kind of write.
 */
export const personRoutes = [
  'POST /repos/{owner}/{repo}/pulls',
] as const satisfies readonly WriteRoute[];
export type PersonRoute = (typeof personRoutes)[number];

/** What the App does about the tokens of people, by its client secret. */
export const clientRoutes = [
  'POST /login/oauth/access_token',
  'POST /applications/{client_id}/token/scoped',
  'DELETE /applications/{client_id}/token',
  'DELETE /applications/{client_id}/grant',
] as const;
export type ClientRoute = (typeof clientRoutes)[number];

/**
 * The permissions that a write by this route is sent with.
 *
 * Fails  with a Fault for a route that is not in the table, before anything is asked of GitHub.
 */
export function permissionsToWrite(route: string): Permissions {
  const kind = Object.values(writings).find(({ routes }) => routes.some((one) => one === route));
  assert(kind, `expected a route of the table of writes (src/github/permitted.ts), got ${route}`);
  return kind.permissions;
}

/** Reading is a GET, or a GraphQL document without a mutation. */
export function assertReads(request: string): void {
  const isRead = request.startsWith('GET /') || isQuery(request);
  assert(isRead, `expected a GET or a GraphQL query, got ${request.slice(0, 100)}`);
}

/** The same for what goes out by the App's JWT, where its own few routes are open too. */
export function assertOwn(route: string): void {
  const isOwn = route.startsWith('GET /') || ownRoutes.some((one) => one === route);
  assert(isOwn, `expected a GET or one of the App’s own routes, got ${route}`);
}

function isQuery(document: string): boolean {
  return /^\s*query\b/.test(document) && !/\b(?:mutation|subscription)\b/.test(document);
}
