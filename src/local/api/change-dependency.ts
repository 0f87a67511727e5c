import type { User } from '#local/record/account.ts';
import type { World } from '../world.ts';
import { appendEvent, timestamp } from './change-label.ts';
import { invalid } from './field.ts';
import type { Webhook } from './operation.ts';
import { blockedIssuesOf, type PlacedIssue } from './place-issue.ts';
import { renderIssue } from './render-issue.ts';
import { renderRepository } from './render-repository.ts';
import { HttpError } from './route.ts';

/** GitHub's bound for each direction. */
const DEPENDENCIES_MAX = 50;

/**
 * Say that one issue waits for another. Throws 422 for itself, a double, or too many on either
 * side; circles are for whoever schedules by them to find.
 */
export function addBlocker(
  world: World,
  actor: User,
  blocked: PlacedIssue,
  blocker: PlacedIssue,
): void {
  const { issue } = blocked;
  if (issue.id === blocker.issue.id) throw refused('An issue cannot be blocked by itself');
  if (issue.blockedBy.includes(blocker.issue.id))
    throw refused('Target issue has already been taken');
  if (
    issue.blockedBy.length >= DEPENDENCIES_MAX ||
    blockedIssuesOf(world, blocker.issue).length >= DEPENDENCIES_MAX
  )
    throw refused(`An issue cannot have more than ${DEPENDENCIES_MAX} dependencies of one kind`);
  issue.blockedBy.push(blocker.issue.id);
  announce(world, actor, 'added', blocked, blocker);
}

function refused(message: string) {
  return invalid('issue_id', 'custom', message);
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
  for (const { issue } of [blocked, blocker]) issue.updatedAt = timestamp(world);
  append(world, actor, blocked, `blocked_by_${change}`, blocker);
  append(world, actor, blocker, `blocking_${change}`, blocked);
  const shared = {
    blocked_issue_id: blocked.issue.id,
    blocked_issue: renderIssue(world, blocked.repository, blocked.issue),
    blocking_issue_id: blocker.issue.id,
    blocking_issue: renderIssue(world, blocker.repository, blocker.issue),
  };
  const waits = {
    action: `blocked_by_${change}`,
    ...shared,
    blocking_issue_repo: renderRepository(world, blocker.repository),
  } satisfies Webhook<
    'issue-dependencies-blocked-by-added' | 'issue-dependencies-blocked-by-removed'
  >;
  const holds = {
    action: `blocking_${change}`,
    ...shared,
    blocked_issue_repo: renderRepository(world, blocked.repository),
  } satisfies Webhook<'issue-dependencies-blocking-added' | 'issue-dependencies-blocking-removed'>;
  world.emit('issue_dependencies', blocked.repository, actor, waits);
  world.emit('issue_dependencies', blocker.repository, actor, holds);
}

function append(
  world: World,
  actor: User,
  { repository, issue }: PlacedIssue,
  event: `block${'ed_by' | 'ing'}_${'added' | 'removed'}`,
  other: PlacedIssue,
): void {
  const line = { number: issue.number, event, otherId: other.issue.id };
  appendEvent(world, repository, actor, line);
}
