import type { World } from '../world.ts';
import { canSee } from './access.ts';
import { invalid, numberParam, optionalNumber } from './field.ts';
import { paginate } from './paginate.ts';
import { issueById, type PlacedIssue } from './place-issue.ts';
import { renderIssue } from './render-issue.ts';
import { renderRepository } from './render-repository.ts';
import { type Call, HttpError } from './route.ts';
import { repositoryOf } from './serve-api.ts';

/** The issue that a path names; a pull request is none. Throws 404. */
export function findIssue(call: Call): PlacedIssue {
  const repository = repositoryOf(call);
  const issue = repository.issues.get(numberParam(call.params, 'issue_number'));
  if (!issue) throw new HttpError(404, 'Not Found');
  return { repository, issue };
}

/**
 * The other issue, which the body names by its database id. Throws 404 for one the caller may not
 * see, 422 when the field is missing or names a pull request.
 */
export function findOther(call: Call, field: string): PlacedIssue {
  const id = optionalNumber(call.body, field);
  if (id === undefined) throw invalid(field, 'missing_field');
  const placed = issueById(call.world, id);
  if (placed && canSee(call.world, placed.repository, call.principal)) return placed;
  if (isPull(call.world, call, id))
    throw invalid(field, 'custom', 'Target issue may only be an issue');
  throw new HttpError(404, 'Not Found');
}

function isPull(world: World, { principal }: Call, id: number): boolean {
  return [...world.repositories.values()].some(
    (repository) =>
      canSee(world, repository, principal) &&
      [...repository.pulls.values()].some((pull) => pull.id === id),
  );
}

/** One page of issues of any repository, as far as the caller may see. */
export function listPlaced(call: Call, issues: readonly PlacedIssue[]) {
  const visible = issues.filter((each) => canSee(call.world, each.repository, call.principal));
  return paginate(call, visible, (each) => renderPlaced(call, each));
}

/** `issue` with its repository, as lists over repositories show it. */
export function renderPlaced(call: Call, { repository, issue }: PlacedIssue) {
  return {
    ...renderIssue(call.world, repository, issue),
    repository: renderRepository(call.world, repository),
  };
}
