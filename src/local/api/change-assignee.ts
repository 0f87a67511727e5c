import type { User } from '#local/record/account.ts';
import type { Issue } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { isAtLeast } from './access.ts';
import { announcePull } from './announce-pull.ts';
import { appendEvent, timestamp } from './change-label.ts';
import { invalid } from './field.ts';
import type { Webhook } from './operation.ts';
import { commentsOf, renderIssue } from './render-issue.ts';
import { renderUserById } from './render-user.ts';

/** GitHub's own bound. */
export const ASSIGNEES_MAX = 10;

/** Whether an account may be assigned: it has a part in the repository, or in the conversation. */
export function isAssignable(
  world: World,
  repository: Repository,
  user: User,
  number: number | null,
): boolean {
  if (user.type === 'Bot') return isAgentHere(world, repository, user);
  if (user.type !== 'User') return false;
  const role = world.roleOf(repository, user.id);
  if (role === 'none') return false;
  return (
    isAtLeast(role, 'triage') ||
    repository.collaborators.has(user.id) ||
    world.members.get(repository.ownerId)?.has(user.id) === true ||
    (number !== null && commentsOf(repository, number).some((each) => each.authorId === user.id))
  );
}

function isAgentHere(world: World, repository: Repository, bot: User): boolean {
  const app = [...world.apps.values()].find((each) => each.botId === bot.id);
  return [...world.installations.values()].some(
    (each) =>
      app?.isAssignable === true &&
      each.appId === app.id &&
      each.accountId === repository.ownerId &&
      each.suspendedAt === null &&
      (each.repositoryIds?.includes(repository.id) ?? true),
  );
}

/** Make the assignees exactly these, with one event for each that comes or goes. */
export function setAssignees(
  world: World,
  repository: Repository,
  actor: User,
  subject: Issue | Pull,
  ids: readonly number[],
): void {
  for (const id of subject.assignees.filter((each) => !ids.includes(each)))
    removeAssignee(world, repository, actor, subject, id);
  for (const id of ids) addAssignee(world, repository, actor, subject, id);
}

/** Assign an account; nothing happens when it is assigned. Throws 422 past the tenth. */
export function addAssignee(
  world: World,
  repository: Repository,
  actor: User,
  subject: Issue | Pull,
  id: number,
): void {
  if (subject.assignees.includes(id)) return;
  if (subject.assignees.length >= ASSIGNEES_MAX)
    throw invalid('assignees', 'custom', `An issue has at most ${ASSIGNEES_MAX} assignees.`);
  subject.assignees.push(id);
  announce(world, repository, actor, subject, 'assigned', id);
}

/** Take an account off; nothing happens when it is not assigned. */
export function removeAssignee(
  world: World,
  repository: Repository,
  actor: User,
  subject: Issue | Pull,
  id: number,
): void {
  if (!subject.assignees.includes(id)) return;
  subject.assignees = subject.assignees.filter((each) => each !== id);
  announce(world, repository, actor, subject, 'unassigned', id);
}

function announce(
  world: World,
  repository: Repository,
  actor: User,
  subject: Issue | Pull,
  action: 'assigned' | 'unassigned',
  id: number,
): void {
  subject.updatedAt = timestamp(world);
  appendEvent(world, repository, actor, { number: subject.number, event: action, subjectId: id });
  const assignee = renderUserById(world, id);
  if ('headRef' in subject) {
    announcePull(world, repository, actor, subject, { action, assignee });
    return;
  }
  const issue = renderIssue(world, repository, subject);
  const payload = { action, issue, assignee } satisfies Webhook<
    'issues-assigned' | 'issues-unassigned'
  >;
  world.emit('issues', repository, actor, payload);
}
