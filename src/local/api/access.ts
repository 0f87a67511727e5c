import type { Principal } from '#local/record/principal.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { permissionsVia } from './acting-app.ts';
import { type Access, HttpError, type Route } from './route.ts';

type Role = ReturnType<World['roleOf']>;
const ROLES: readonly Role[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];
const LEVELS = ['none', 'read', 'write', 'admin'];

/**
 * Operations whose role differs from the rule "reading needs read, writing needs write,
 * administration needs admin". Handlers with `read` ask further themselves (authors may edit).
 */
const ROLE_BY_OPERATION: Readonly<Record<string, Role>> = {
  'issues/create': 'read',
  'issues/create-comment': 'read',
  'issues/update': 'read',
  'issues/update-comment': 'read',
  'issues/delete-comment': 'read',
  'issues/add-labels': 'triage',
  'issues/set-labels': 'triage',
  'issues/remove-label': 'triage',
  'issues/remove-all-labels': 'triage',
  'issues/add-assignees': 'triage',
  'issues/add-blocked-by-dependency': 'triage',
  'issues/add-sub-issue': 'triage',
  'issues/remove-sub-issue': 'triage',
  'issues/reprioritize-sub-issue': 'triage',
  'issues/remove-dependency-blocked-by': 'triage',
  'reactions/create-for-issue': 'read',
  'reactions/create-for-issue-comment': 'read',
  'reactions/create-for-pull-request-review-comment': 'read',
  'reactions/delete-for-issue': 'read',
  'pulls/create': 'read',
  'pulls/update': 'read',
  'pulls/create-review': 'read',
  'pulls/submit-review': 'read',
  'pulls/request-reviewers': 'triage',
  'repos/get-collaborator-permission-level': 'read',
};

/** Whether the first role is at least the second. */
export function isAtLeast(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** What a permission error names, and the header that names it. */
export class AccessError extends HttpError {
  readonly accepted: string;

  constructor(access: readonly string[]) {
    super(403, 'Resource not accessible by integration');
    this.accepted = acceptedPermissions(access);
  }
}

/** Alternatives as the header `X-Accepted-GitHub-Permissions` names them. */
export function acceptedPermissions(access: readonly string[]): string {
  return access.map((each) => each.replace(':', '=')).join('; ');
}

/** Refuse a call that its principal may not make: 401, 403, or 404 for what it must not see. */
export function checkAccess(
  world: World,
  route: Route,
  principal: Principal,
  repository: Repository | undefined,
): void {
  if (repository && !canSee(world, repository, principal)) throw new HttpError(404, 'Not Found');
  if (Array.isArray(route.access)) checkPermissions(world, route, principal, repository);
  else checkKind(route.access, principal);
}

function checkKind(access: Access, principal: Principal): void {
  if (access === 'anyone') return;
  if (principal.kind === 'anonymous') throw new HttpError(401, 'Requires authentication');
  if (access === 'app-jwt' && principal.kind !== 'app')
    throw new HttpError(401, 'A JSON web token could not be decoded');
  if (access === 'user' && principal.kind !== 'user') throw new AccessError([]);
  if (access === 'client' && principal.kind !== 'client')
    throw new HttpError(401, 'Bad credentials');
  const isToken = principal.kind !== 'app' && principal.kind !== 'client';
  if (access === 'any-token' && !isToken) throw new AccessError([]);
}

function checkPermissions(
  world: World,
  route: Route,
  principal: Principal,
  repository: Repository | undefined,
): void {
  const wanted = Array.isArray(route.access) ? route.access : [];
  if (principal.kind === 'anonymous') {
    if (repository && wanted.every(isRead)) return;
    throw new HttpError(401, 'Requires authentication');
  }
  if (principal.kind === 'user') {
    checkVia(world, wanted, principal, repository);
    checkRole(world, route, principal.user.id, repository);
    return;
  }
  if (principal.kind === 'app' || principal.kind === 'client') throw new AccessError(wanted);
  if (!wanted.some((each) => hasPermission(principal, each))) throw new AccessError(wanted);
  if (repository && !isWithinReach(repository, principal) && !wanted.every(isRead))
    throw new AccessError(wanted);
}

/** What an App does for a person, it must be allowed to itself; the person's role comes on top. */
function checkVia(
  world: World,
  wanted: readonly string[],
  principal: Extract<Principal, { kind: 'user' }>,
  repository: Repository | undefined,
): void {
  if (repository && !repository.private && wanted.every(isRead)) return;
  if (!isAllowedVia(world, wanted, principal, repository)) throw new AccessError(wanted);
}

/** Whether the App that acts for a person, if any, may do one of these in the repository. */
export function isAllowedVia(
  world: World,
  wanted: readonly string[],
  { via }: Extract<Principal, { kind: 'user' }>,
  repository: Repository | undefined,
): boolean {
  if (!via) return true;
  const permissions = repository && permissionsVia(world, via, repository);
  return permissions !== undefined && wanted.some((each) => hasPermission({ permissions }, each));
}

function checkRole(
  world: World,
  route: Route,
  userId: number,
  repository: Repository | undefined,
): void {
  if (!repository) return;
  const role = world.roleOf(repository, userId);
  const needed = neededRole(route);
  if (isAtLeast(role, needed)) return;
  throw new HttpError(
    403,
    needed === 'admin'
      ? 'Must have admin rights to Repository.'
      : `Must have ${needed === 'write' ? 'push' : needed} access to repository`,
  );
}

function neededRole(route: Route): Role {
  const exception = ROLE_BY_OPERATION[route.operation];
  if (exception) return exception;
  const wanted = Array.isArray(route.access) ? route.access : [];
  if (wanted.every((each) => each.startsWith('administration:'))) return 'admin';
  return wanted.every(isRead) ? 'read' : 'write';
}

function isRead(permission: string): boolean {
  return permission.endsWith(':read');
}

/** Whether a token carries `name:level` or more. */
export function hasPermission(
  principal: { readonly permissions: Readonly<Record<string, string>> },
  wanted: string,
): boolean {
  const [name = '', level = ''] = wanted.split(':');
  const held = principal.permissions[name] ?? (name === 'metadata' ? 'read' : 'none');
  return LEVELS.indexOf(held) >= LEVELS.indexOf(level);
}

/** Whether a token was minted for this repository. */
export function isWithinReach(repository: Repository, principal: Principal): boolean {
  if (principal.kind === 'job') return principal.repositoryId === repository.id;
  if (principal.kind !== 'installation') return false;
  const { accountId, repositoryIds } = principal.installation;
  if (accountId !== repository.ownerId) return false;
  if (repositoryIds && !repositoryIds.includes(repository.id)) return false;
  return principal.repositoryIds?.includes(repository.id) ?? true;
}

/** Private repositories do not exist for those who may not read them. */
export function canSee(world: World, repository: Repository, principal: Principal): boolean {
  if (!repository.private) return true;
  switch (principal.kind) {
    case 'anonymous':
      return false;
    case 'user':
      return (
        world.roleOf(repository, principal.user.id) !== 'none' &&
        (!principal.via || permissionsVia(world, principal.via, repository) !== undefined)
      );
    case 'client':
      return false;
    case 'app':
      return [...world.installations.values()].some(
        (each) =>
          each.appId === principal.app.id &&
          each.accountId === repository.ownerId &&
          (each.repositoryIds?.includes(repository.id) ?? true),
      );
    default:
      return isWithinReach(repository, principal);
  }
}
