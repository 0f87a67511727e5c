import { GraphQLError } from 'graphql';
import type { Issue } from '#local/record/issue.ts';
import type { Principal } from '#local/record/principal.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { canSee, hasPermission, isAllowedVia, isAtLeast, isWithinReach } from '../api/access.ts';
import type { World } from '../world.ts';

/** Who asks, of which world; every view is made for one call. */
export interface GraphqlCall {
  readonly world: World;
  readonly principal: Principal;
  /** The views refer to each other, so they meet here instead of importing each other. */
  readonly views: Views;
}

/** Plain objects that graphql-js reads field by field; a field that takes arguments is a function. */
export interface Views {
  repository(repository: Repository): object;
  issue(repository: Repository, issue: Issue): object;
  pull(repository: Repository, pull: Pull): object;
  commit(repository: Repository, sha: string): object;
}

/** An issue or a pull request, each as what it is. */
export function viewIssueOrPull(
  { views }: GraphqlCall,
  repository: Repository,
  item: Issue | Pull,
): object {
  return 'headRef' in item ? views.pull(repository, item) : views.issue(repository, item);
}

/** An error with GitHub's `type` beside its message. */
export function typedError(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}

/** Refuse what the caller may not do, in GraphQL's words for REST's 403. */
export function checkPermission(
  call: GraphqlCall,
  repository: Repository,
  permissions: readonly `${string}:${'read' | 'write'}`[],
  role: 'read' | 'triage' | 'write' = 'read',
): void {
  const { principal, world } = call;
  const isRead = permissions.every((each) => each.endsWith(':read'));
  if (principal.kind === 'user') {
    if (
      !(isRead && !repository.private) &&
      !isAllowedVia(world, permissions, principal, repository)
    )
      throw typedError('FORBIDDEN', 'Resource not accessible by integration');
    if (isAtLeast(world.roleOf(repository, principal.user.id), role)) return;
    const { login } = principal.user;
    throw typedError('FORBIDDEN', `${login} does not have the correct permissions to execute this`);
  }
  const isAllowed =
    (principal.kind === 'installation' || principal.kind === 'job') &&
    permissions.some((each) => hasPermission(principal, each)) &&
    (isWithinReach(repository, principal) || isRead);
  if (!isAllowed) throw typedError('FORBIDDEN', 'Resource not accessible by integration');
}

/** A repository the caller may see. Throws GitHub's NOT_FOUND. */
export function visibleRepository(call: GraphqlCall, owner: string, name: string): Repository {
  const repository = call.world.repositoryByName(owner, name);
  if (repository && canSee(call.world, repository, call.principal)) return repository;
  throw typedError(
    'NOT_FOUND',
    `Could not resolve to a Repository with the name '${owner}/${name}'.`,
  );
}
