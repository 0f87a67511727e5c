import type { User } from '#local/record/account.ts';
import type { World } from '../world.ts';
import { appendEvent, timestamp } from './change-label.ts';
import type { Webhook } from './operation.ts';
import { type PlacedIssue, parentOf, subIssuesOf } from './place-issue.ts';
import { renderIssue } from './render-issue.ts';
import { renderRepository } from './render-repository.ts';
import { HttpError } from './route.ts';

/** GitHub's own bounds: sub-issues of one parent, and levels below the topmost issue. */
const SUB_ISSUES_MAX = 100;
const LEVELS_MAX = 8;

/**
 * Put one issue below another, last in its order. With `replaceParent` it leaves its parent first.
 * Throws 422 with every reason why it may not be there.
 */
export function addSubIssue(
  world: World,
  actor: User,
  parent: PlacedIssue,
  child: PlacedIssue,
  replaceParent: boolean,
): void {
  const former = parentOf(world, child.issue);
  const reasons = findReasons(world, parent, child, replaceParent ? undefined : former);
  if (reasons.length > 0)
    throw new HttpError(
      422,
      `An error occurred while adding the sub-issue to the parent issue. ${reasons.join(' and ')}`,
    );
  if (former) removeSubIssue(world, actor, former, child);
  parent.issue.subIssues.push(child.issue.id);
  announce(world, actor, 'added', parent, child);
}

/** Take a sub-issue out. Throws 404 when it is not one of this parent. */
export function removeSubIssue(
  world: World,
  actor: User,
  parent: PlacedIssue,
  child: PlacedIssue,
): void {
  const { issue } = parent;
  if (!issue.subIssues.includes(child.issue.id)) throw new HttpError(404, 'Not Found');
  issue.subIssues = issue.subIssues.filter((id) => id !== child.issue.id);
  announce(world, actor, 'removed', parent, child);
}

/** Move a sub-issue next to a sibling. Throws 404 or 422 when one of the two is not there. */
export function moveSubIssue(
  world: World,
  { issue }: PlacedIssue,
  childId: number,
  place: { readonly after: number } | { readonly before: number },
): void {
  if (!issue.subIssues.includes(childId)) throw new HttpError(404, 'Not Found');
  const sibling = 'after' in place ? place.after : place.before;
  const others = issue.subIssues.filter((id) => id !== childId);
  const index = others.indexOf(sibling);
  if (index < 0)
    throw new HttpError(422, 'The sibling to move next to is not a sub-issue of the same parent');
  issue.subIssues = others.toSpliced('after' in place ? index + 1 : index, 0, childId);
  issue.updatedAt = timestamp(world);
}

function findReasons(
  world: World,
  parent: PlacedIssue,
  child: PlacedIssue,
  former: PlacedIssue | undefined,
): readonly string[] {
  const { id } = child.issue;
  const line = listAncestors(world, parent);
  const levels = line.length + 1 + countLevels(world, child);
  return [
    parent.issue.subIssues.includes(id) && 'Issue may not contain duplicate sub-issues',
    former !== undefined && 'Sub issue may only have one parent',
    parent.issue.id === id && 'Sub issue cannot be its own parent',
    line.some((each) => each.issue.id === id) && 'Sub issue cannot be an ancestor of its parent',
    parent.repository.ownerId !== child.repository.ownerId &&
      'Sub issue must belong to the same repository owner as the parent issue',
    parent.issue.subIssues.length >= SUB_ISSUES_MAX &&
      `Parent cannot have more than ${SUB_ISSUES_MAX} sub-issues`,
    levels > LEVELS_MAX && `Parent cannot have more than ${LEVELS_MAX} levels of sub-issues`,
  ].filter((reason) => reason !== false);
}

/** The issues above this one, the nearest first. */
function listAncestors(world: World, placed: PlacedIssue): readonly PlacedIssue[] {
  const parent = parentOf(world, placed.issue);
  return parent ? [parent, ...listAncestors(world, parent)] : [];
}

/** How many levels there are below an issue. */
function countLevels(world: World, { issue }: PlacedIssue): number {
  const below = subIssuesOf(world, issue).map((each) => 1 + countLevels(world, each));
  return Math.max(0, ...below);
}

/** GitHub tells both sides: `parent_issue_*` where the sub-issue is, `sub_issue_*` above it. */
function announce(
  world: World,
  actor: User,
  change: 'added' | 'removed',
  parent: PlacedIssue,
  child: PlacedIssue,
): void {
  for (const { issue } of [parent, child]) issue.updatedAt = timestamp(world);
  appendEvent(world, parent.repository, actor, {
    number: parent.issue.number,
    event: `sub_issue_${change}`,
    otherId: child.issue.id,
  });
  appendEvent(world, child.repository, actor, {
    number: child.issue.number,
    event: `parent_issue_${change}`,
    otherId: parent.issue.id,
  });
  emitBoth(world, actor, change, parent, child);
}

function emitBoth(
  world: World,
  actor: User,
  change: 'added' | 'removed',
  parent: PlacedIssue,
  child: PlacedIssue,
): void {
  const shared = {
    parent_issue_id: parent.issue.id,
    parent_issue: renderIssue(world, parent.repository, parent.issue),
    sub_issue_id: child.issue.id,
    sub_issue: renderIssue(world, child.repository, child.issue),
  };
  const below = {
    action: `parent_issue_${change}`,
    ...shared,
    parent_issue_repo: renderRepository(world, parent.repository),
  } satisfies Webhook<'sub-issues-parent-issue-added' | 'sub-issues-parent-issue-removed'>;
  const above = {
    action: `sub_issue_${change}`,
    ...shared,
    sub_issue_repo: renderRepository(world, child.repository),
  } satisfies Webhook<'sub-issues-sub-issue-added' | 'sub-issues-sub-issue-removed'>;
  world.emit('sub_issues', child.repository, actor, below);
  world.emit('sub_issues', parent.repository, actor, above);
}
