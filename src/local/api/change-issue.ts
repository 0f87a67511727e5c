import type { User } from '#local/record/account.ts';
import type { Issue } from '#local/record/issue.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { addAssignee } from './change-assignee.ts';
import { addLabel, appendEvent, timestamp } from './change-label.ts';
import type { Webhook } from './operation.ts';
import { renderIssue } from './render-issue.ts';

export interface NewIssue {
  readonly title: string;
  readonly body: string;
  readonly viaAppId: number | null;
  readonly labels: readonly string[];
  /** Account ids. */
  readonly assignees?: readonly number[];
}

/** The number that the next issue or pull request gets. */
export function takeNumber(repository: Repository): number {
  const number = repository.nextNumber;
  repository.nextNumber += 1;
  return number;
}

/** Open an issue: `issues.opened`, then one event for each label and each assignee. */
export function createIssue(
  world: World,
  repository: Repository,
  actor: User,
  fields: NewIssue,
): Issue {
  const now = timestamp(world);
  const issue: Issue = {
    id: world.nextId(),
    number: takeNumber(repository),
    title: fields.title,
    body: fields.body,
    authorId: actor.id,
    viaAppId: fields.viaAppId,
    state: 'open',
    stateReason: null,
    labels: [],
    assignees: [],
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    lastEditedAt: null,
    blockedBy: [],
    subIssues: [],
  };
  repository.issues.set(issue.number, issue);
  const rendered = renderIssue(world, repository, issue);
  const payload = { action: 'opened', issue: rendered } satisfies Webhook<'issues-opened'>;
  world.emit('issues', repository, actor, payload);
  for (const label of fields.labels) addLabel(world, repository, actor, issue, label);
  for (const id of fields.assignees ?? []) addAssignee(world, repository, actor, issue, id);
  return issue;
}

/** Change title or text: `issues.edited`, with what was before. */
export function editIssue(
  world: World,
  repository: Repository,
  actor: User,
  issue: Issue,
  fields: { readonly title?: string | undefined; readonly body?: string | undefined },
): void {
  const { title = issue.title, body = issue.body } = fields;
  const changes = {
    ...(title === issue.title ? {} : { title: { from: issue.title } }),
    ...(body === issue.body ? {} : { body: { from: issue.body } }),
  };
  if (Object.keys(changes).length === 0) return;
  const now = timestamp(world);
  if (title !== issue.title)
    appendEvent(world, repository, actor, {
      number: issue.number,
      event: 'renamed',
      rename: { from: issue.title, to: title },
    });
  if (body !== issue.body) issue.lastEditedAt = now;
  issue.title = title;
  issue.body = body;
  issue.updatedAt = now;
  const payload = {
    action: 'edited',
    issue: renderIssue(world, repository, issue),
    changes,
  } satisfies Webhook<'issues-edited'>;
  world.emit('issues', repository, actor, payload);
}

/** Close an issue; nothing happens when it is closed for the same reason. */
export function closeIssue(
  world: World,
  repository: Repository,
  actor: User,
  issue: Issue,
  reason: 'completed' | 'not_planned' | 'duplicate',
  commitId: string | null = null,
): void {
  if (issue.state === 'closed' && issue.stateReason === reason) return;
  const now = timestamp(world);
  issue.state = 'closed';
  issue.stateReason = reason;
  issue.closedAt = now;
  issue.updatedAt = now;
  const line = { number: issue.number, event: 'closed', commitId, stateReason: reason } as const;
  appendEvent(world, repository, actor, line);
  const rendered = renderIssue(world, repository, issue);
  const payload = { action: 'closed', issue: rendered } satisfies Webhook<'issues-closed'>;
  world.emit('issues', repository, actor, payload);
}

/** Open a closed issue again. */
export function reopenIssue(world: World, repository: Repository, actor: User, issue: Issue): void {
  if (issue.state === 'open') return;
  issue.state = 'open';
  issue.stateReason = 'reopened';
  issue.closedAt = null;
  issue.updatedAt = timestamp(world);
  const line = { number: issue.number, event: 'reopened', stateReason: 'reopened' } as const;
  appendEvent(world, repository, actor, line);
  const rendered = renderIssue(world, repository, issue);
  const payload = { action: 'reopened', issue: rendered } satisfies Webhook<'issues-reopened'>;
  world.emit('issues', repository, actor, payload);
}
