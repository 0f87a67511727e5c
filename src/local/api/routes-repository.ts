import type { Protection } from '#local/record/protection.ts';
import type { Repository } from '#local/record/repository.ts';
import { plainProtection } from '../seed/seed.ts';
import { isAtLeast } from './access.ts';
import { changeRepository } from './change-repository.ts';
import { optionalNumber, optionalObject } from './field.ts';
import type { Reply } from './operation.ts';
import { renderProtection, renderRepository } from './render-repository.ts';
import { renderUser } from './render-user.ts';
import { type Call, HttpError, routes } from './route.ts';
import { repositoryOf } from './serve-api.ts';

const REPOSITORY = '/repos/{owner}/{repo}';
const PROTECTION = `${REPOSITORY}/branches/{branch}/protection`;

/** The repository itself: who may do what in it, and what its branches ask. */
export const repositoryRoutes = routes({
  'repos/get': {
    method: 'GET',
    path: REPOSITORY,
    access: ['metadata:read'],
    handle: (call) => {
      const repository = repositoryOf(call);
      const permissions = permissionsOf(call, repository);
      return {
        status: 200,
        body: { ...renderRepository(call.world, repository), ...(permissions && { permissions }) },
      };
    },
  },
  'repos/update': {
    method: 'PATCH',
    path: REPOSITORY,
    access: ['administration:write'],
    handle: (call) => {
      const repository = repositoryOf(call);
      changeRepository(repository, call.body);
      return { status: 200, body: renderRepository(call.world, repository) };
    },
  },
  'repos/get-collaborator-permission-level': {
    method: 'GET',
    path: `${REPOSITORY}/collaborators/{username}/permission`,
    access: ['metadata:read'],
    handle: readPermission,
  },
  'repos/check-collaborator': {
    method: 'GET',
    path: `${REPOSITORY}/collaborators/{username}`,
    access: ['metadata:read'],
    handle: (call) => {
      const repository = repositoryOf(call);
      const user = call.world.userByLogin(call.params.username ?? '');
      const isOne =
        user !== undefined &&
        (repository.ownerId === user.id ||
          repository.collaborators.has(user.id) ||
          hasTeam(call, repository, user.id) ||
          (call.world.members.get(repository.ownerId)?.has(user.id) ?? false));
      if (!isOne) throw new HttpError(404, 'Not Found');
      return { status: 204 };
    },
  },
  'repos/get-branch-protection': {
    method: 'GET',
    path: PROTECTION,
    access: ['administration:read'],
    handle: (call) => {
      const repository = repositoryOf(call);
      const protection = repository.protections.get(call.params.branch ?? '');
      if (!protection) throw new HttpError(404, 'Branch not protected');
      return { status: 200, body: renderProtection(call.world, repository, protection) };
    },
  },
  'repos/update-branch-protection': {
    method: 'PUT',
    path: PROTECTION,
    access: ['administration:write'],
    handle: (call) => {
      const repository = repositoryOf(call);
      const protection = readProtection(call);
      repository.protections.set(protection.branch, protection);
      return { status: 200, body: renderProtection(call.world, repository, protection) };
    },
  },
});

function permissionsOf(call: Call, repository: Repository) {
  if (call.principal.kind !== 'user') return undefined;
  return roleFlags(call.world.roleOf(repository, call.principal.user.id));
}

function roleFlags(role: Parameters<typeof isAtLeast>[0]) {
  return {
    admin: isAtLeast(role, 'admin'),
    maintain: isAtLeast(role, 'maintain'),
    push: isAtLeast(role, 'write'),
    triage: isAtLeast(role, 'triage'),
    pull: isAtLeast(role, 'read'),
  };
}

/** A team's repositories are its members', too. */
function hasTeam({ world }: Call, repository: Repository, userId: number): boolean {
  return [...world.teams.values()].some(
    (team) => team.members.has(userId) && team.repositories.has(repository.id),
  );
}

/** `permission` knows only the four old words; `role_name` is exact. */
function readPermission(call: Call): Reply<'repos/get-collaborator-permission-level'> {
  const repository = repositoryOf(call);
  const user = call.world.userByLogin(call.params.username ?? '');
  if (!user) throw new HttpError(404, `${(call.params.username ?? '').slice(0, 60)} is not a user`);
  const role = call.world.roleOf(repository, user.id);
  const old = {
    none: 'none',
    read: 'read',
    triage: 'read',
    write: 'write',
    maintain: 'write',
    admin: 'admin',
  };
  return {
    status: 200,
    body: {
      permission: old[role],
      role_name: role,
      user: {
        ...renderUser(call.world, user),
        permissions: roleFlags(role),
        role_name: role,
      },
    },
  };
}

/** Fields that may be null, but must be there: null is how a rule is taken away. */
const PROTECTION_FIELDS = [
  'required_status_checks',
  'enforce_admins',
  'required_pull_request_reviews',
  'restrictions',
];

function readProtection(call: Call): Protection {
  const absent = PROTECTION_FIELDS.filter((name) => !Object.hasOwn(call.body, name));
  if (absent.length > 0) {
    const names = absent.map((name) => `"${name}"`).join(', ');
    throw new HttpError(
      422,
      `Invalid request.\n\n${names} ${absent.length > 1 ? "weren't" : "wasn't"} supplied.`,
    );
  }
  const checks = optionalObject(call.body, 'required_status_checks');
  const reviews = optionalObject(call.body, 'required_pull_request_reviews');
  checkUnheld(call.body, reviews);
  const pinned = Array.isArray(checks?.checks) ? checks.checks.map(readCheck) : [];
  const named = Array.isArray(checks?.contexts) ? checks.contexts : [];
  const loose = named.filter((name): name is string => typeof name === 'string');
  return {
    ...plainProtection(call.params.branch ?? ''),
    strict: checks?.strict === true,
    requiredChecks: [
      ...pinned,
      ...loose
        .filter((name) => pinned.every((check) => check.context !== name))
        .map((context) => ({ context, appId: null })),
    ],
    pullRequired: reviews !== undefined,
    requiredApprovals: reviews ? readApprovals(reviews) : 0,
    dismissStale: reviews?.dismiss_stale_reviews === true,
    codeOwners: reviews?.require_code_owner_reviews === true,
    lastPushApproval: reviews?.require_last_push_approval === true,
    conversationResolution: call.body.required_conversation_resolution === true,
    enforceAdmins: call.body.enforce_admins === true,
    linearHistory: call.body.required_linear_history === true,
    allowForcePushes: call.body.allow_force_pushes === true,
    allowDeletions: call.body.allow_deletions === true,
  };
}

/** GitHub's own bound. */
const APPROVALS_MAX = 6;

function readApprovals(reviews: Readonly<Record<string, unknown>>): number {
  const count = optionalNumber(reviews, 'required_approving_review_count') ?? 1;
  if (count >= 0 && count <= APPROVALS_MAX) return count;
  throw refused(`required_approving_review_count must be between 0 and ${APPROVALS_MAX}.`);
}

/** What would be kept and not held to is refused: it would promise a wall that is not there. */
function checkUnheld(
  body: Readonly<Record<string, unknown>>,
  reviews: Readonly<Record<string, unknown>> = {},
): void {
  const flags = ['lock_branch', 'block_creations'].filter((name) => body[name] === true);
  const lists = ['dismissal_restrictions', 'bypass_pull_request_allowances'].filter((name) =>
    Object.values(optionalObject(reviews, name) ?? {}).some((each) => String(each) !== ''),
  );
  const restrictions = body.restrictions === null ? [] : ['restrictions'];
  const [first] = [...restrictions, ...flags, ...lists];
  if (first !== undefined) throw refused(`The local GitHub does not hold to ${first}.`);
}

/** This operation's errors are sentences, not objects. */
function refused(sentence: string): HttpError {
  return new HttpError(422, 'Validation Failed', [sentence]);
}

function readCheck(value: unknown): Protection['requiredChecks'][number] {
  if (typeof value !== 'object' || value === null || !('context' in value))
    throw refused('required_status_checks.checks must name a context each.');
  const appId = 'app_id' in value ? value.app_id : null;
  return {
    context: String(value.context).slice(0, 255),
    // -1 is GitHub's "any App".
    appId: typeof appId === 'number' && appId > 0 ? appId : null,
  };
}
