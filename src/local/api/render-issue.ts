import type { JsonObject } from '#model/json.ts';
import type { Comment, Issue, IssueEvent, Pull, Reaction, Repository, World } from '../world.ts';
import { toNodeId } from './node-id.ts';
import type { Schema } from './operation.ts';
import { renderApp } from './render-app.ts';
import { repositoryPage, repositoryUrl } from './render-repository.ts';
import { authorAssociation, renderUserById } from './render-user.ts';

type Label = Repository['labels'] extends Map<string, infer L> ? L : never;

/** `label`. */
export function renderLabel(world: World, repository: Repository, label: Label): Schema<'label'> {
  return {
    id: label.id,
    node_id: toNodeId('Label', label.id),
    url: `${repositoryUrl(world, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description,
  };
}

/** The labels of an issue or a pull request, in the order they were set. */
export function renderLabels(
  world: World,
  repository: Repository,
  names: readonly string[],
): Schema<'label'>[] {
  return names.flatMap((name) => {
    const label = repository.labels.get(name.toLowerCase());
    return label ? [renderLabel(world, repository, label)] : [];
  });
}

/** `issue`. A pull request renders as one too, with a `pull_request` part. */
export function renderIssue(world: World, repository: Repository, issue: Issue | Pull): JsonObject {
  const isPull = 'headRef' in issue;
  const url = `${repositoryUrl(world, repository)}/issues/${issue.number}`;
  const page = `${repositoryPage(world, repository)}/${isPull ? 'pull' : 'issues'}/${issue.number}`;
  return {
    id: issue.id,
    node_id: toNodeId(isPull ? 'PullRequest' : 'Issue', issue.id),
    url,
    repository_url: repositoryUrl(world, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: page,
    number: issue.number,
    title: issue.title,
    body: issue.body,
    user: renderUserById(world, issue.authorId),
    labels: renderLabels(world, repository, issue.labels),
    state: issue.state,
    state_reason: isPull ? null : issue.stateReason,
    locked: false,
    active_lock_reason: null,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: commentsOf(repository, issue.number).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    closed_by: renderCloser(world, repository, issue),
    author_association: authorAssociation(world, repository, issue.authorId),
    performed_via_github_app: null,
    reactions: renderReactionCounts(repository, url, 'issue', issue.number),
    ...(isPull ? renderPullPart(world, repository, issue) : renderDependencies(repository, issue)),
  };
}

function renderPullPart(world: World, repository: Repository, pull: Pull): JsonObject {
  const page = `${repositoryPage(world, repository)}/pull/${pull.number}`;
  return {
    draft: pull.draft,
    pull_request: {
      url: `${repositoryUrl(world, repository)}/pulls/${pull.number}`,
      html_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      merged_at: pull.mergedAt,
    },
  };
}

function renderDependencies(repository: Repository, issue: Issue): JsonObject {
  const byId = new Map([...repository.issues.values()].map((each) => [each.id, each]));
  const blocking = [...repository.issues.values()].filter((each) =>
    each.blockedBy.includes(issue.id),
  );
  const blockers = issue.blockedBy.flatMap((id) => byId.get(id) ?? []);
  return {
    sub_issues_summary: { total: 0, completed: 0, percent_completed: 0 },
    issue_dependencies_summary: {
      blocked_by: blockers.filter((each) => each.state === 'open').length,
      blocking: blocking.filter((each) => each.state === 'open').length,
      total_blocked_by: issue.blockedBy.length,
      total_blocking: blocking.length,
    },
  };
}

function renderCloser(world: World, repository: Repository, issue: Issue | Pull) {
  if (issue.state === 'open') return null;
  const closing = repository.timeline.findLast(
    (event) => event.number === issue.number && event.event === 'closed',
  );
  return closing ? renderUserById(world, closing.actorId) : null;
}

/** The comments of one issue or pull request, oldest first. */
export function commentsOf(repository: Repository, number: number): readonly Comment[] {
  return [...repository.comments.values()].filter((comment) => comment.number === number);
}

/** `issue-comment`. */
export function renderComment(world: World, repository: Repository, comment: Comment): JsonObject {
  const url = `${repositoryUrl(world, repository)}/issues/comments/${comment.id}`;
  const isPull = repository.pulls.has(comment.number);
  const app = comment.viaAppId === null ? undefined : world.apps.get(comment.viaAppId);
  return {
    id: comment.id,
    node_id: toNodeId('IssueComment', comment.id),
    url,
    html_url: `${repositoryPage(world, repository)}/${isPull ? 'pull' : 'issues'}/${comment.number}#issuecomment-${comment.id}`,
    issue_url: `${repositoryUrl(world, repository)}/issues/${comment.number}`,
    user: renderUserById(world, comment.authorId),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: authorAssociation(world, repository, comment.authorId),
    performed_via_github_app: app ? renderApp(world, app) : null,
    reactions: renderReactionCounts(repository, url, 'comment', comment.id),
  };
}

/** The emoji GitHub has for reactions. */
export const REACTIONS = ['+1', '-1', 'laugh', 'hooray', 'confused', 'heart', 'rocket', 'eyes'];

function renderReactionCounts(
  repository: Repository,
  url: string,
  subject: Reaction['subject'],
  subjectId: number,
): JsonObject {
  const given = repository.reactions.filter(
    (each) => each.subject === subject && each.subjectId === subjectId,
  );
  const counts = REACTIONS.map(
    (content) => [content, given.filter((each) => each.content === content).length] as const,
  );
  return {
    url: `${url}/reactions`,
    total_count: given.length,
    ...Object.fromEntries(counts),
  };
}

/** `reaction`. */
export function renderReaction(world: World, reaction: Reaction): JsonObject {
  return {
    id: reaction.id,
    node_id: `REA_${reaction.id}`,
    user: renderUserById(world, reaction.userId),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}

/** One line of `issue-event` or of the timeline; their shapes agree for these kinds. */
export function renderIssueEvent(
  world: World,
  repository: Repository,
  event: IssueEvent,
): JsonObject {
  const label = event.label === null ? undefined : repository.labels.get(event.label.toLowerCase());
  return {
    id: event.id,
    node_id: `EV_${event.id}`,
    url: `${repositoryUrl(world, repository)}/issues/events/${event.id}`,
    actor: renderUserById(world, event.actorId),
    event: event.event,
    commit_id: event.commitId,
    commit_url: event.commitId
      ? `${repositoryUrl(world, repository)}/commits/${event.commitId}`
      : null,
    created_at: event.createdAt,
    performed_via_github_app: null,
    ...(event.label === null ? {} : { label: { name: event.label, color: label?.color ?? '' } }),
  };
}
