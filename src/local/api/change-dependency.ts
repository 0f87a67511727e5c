import type { Issue, Repository, User, World } from '../world.ts';
import { invalid } from './field.ts';
import { renderIssue } from './render-issue.ts';
import { renderRepository } from './render-repository.ts';
import { HttpError } from './route.ts';

/** GitHub's bound for each direction. */
const DEPENDENCIES_MAX = 50;

/** One issue with the repository it is in. */
export interface PlacedIssue {
  readonly repository: Repository;
  readonly issue: Issue;
}

/** An issue anywhere, by its database id. */
export function issueById(world: World, id: number): PlacedIssue | undefined {
  for (const repository of world.repositories.values())
    for (const issue of repository.issues.values())
      if (issue.id === id) return { repository, issue };
  return undefined;
}

/** The issues that one issue blocks, over all repositories. */
export function blockedIssuesOf(world: World, blocker: Issue): readonly PlacedIssue[] {
  return [...world.repositories.values()].flatMap((repository) =>
    [...repository.issues.values()]
      .filter((issue) => issue.blockedBy.includes(blocker.id))
      .map((issue) => ({ repository, issue })),
  );
}

/** Say that one issue waits for another. Throws 422 for itself, a double, or too many. */
export function addBlocker(
  world: World,
  actor: User,
  blocked: PlacedIssue,
  blocker: PlacedIssue,
): void {
  const { issue } = blocked;
  if (issue.id === blocker.issue.id)
    throw invalid('issue_id', 'custom', 'An issue cannot block itself');
  if (issue.blockedBy.includes(blocker.issue.id))
    throw invalid('issue_id', 'custom', 'The dependency exists already');
  if (issue.blockedBy.length >= DEPENDENCIES_MAX)
    throw invalid('issue_id', 'custom', `An issue has at most ${DEPENDENCIES_MAX} blockers`);
  issue.blockedBy.push(blocker.issue.id);
  announce(world, actor, 'added', blocked, blocker);
}

/** Take a dependency back. Throws 404 when there is none. */
export function removeBlocker(
  world: World,
  actor: User,
  blocked: PlacedIssue,
  blocker: PlacedIssue,
): void {
  const { issue } = blocked;
  if (!issue.blockedBy.includes(blocker.issue.id)) throw new HttpError(404, 'Not Found');
  issue.blockedBy = issue.blockedBy.filter((id) => id !== blocker.issue.id);
  announce(world, actor, 'removed', blocked, blocker);
}

/** GitHub tells both sides: `blocked_by_*` where it waits, `blocking_*` where it holds up. */
function announce(
  world: World,
  actor: User,
  change: 'added' | 'removed',
  blocked: PlacedIssue,
  blocker: PlacedIssue,
): void {
  const shared = {
    blocked_issue_id: blocked.issue.id,
    blocked_issue: renderIssue(world, blocked.repository, blocked.issue),
    blocking_issue_id: blocker.issue.id,
    blocking_issue: renderIssue(world, blocker.repository, blocker.issue),
  };
  world.emit('issue_dependencies', blocked.repository, actor, {
    action: `blocked_by_${change}`,
    ...shared,
    blocking_issue_repo: renderRepository(world, blocker.repository),
  });
  world.emit('issue_dependencies', blocker.repository, actor, {
    action: `blocking_${change}`,
    ...shared,
    blocked_issue_repo: renderRepository(world, blocked.repository),
  });
}
