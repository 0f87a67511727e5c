import type { Comment, Issue } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { toNodeId } from './node-id.ts';
import type { Schema } from './operation.ts';
import {
  blockedIssuesOf,
  blockersOf,
  type PlacedIssue,
  parentOf,
  subIssuesOf,
} from './place-issue.ts';
import { renderApp } from './render-app.ts';
import { renderReactionCounts } from './render-reaction.ts';
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
export function renderIssue(world: World, repository: Repository, issue: Issue | Pull) {
  const isPull = 'headRef' in issue;
  const url = issueUrl(world, repository, issue.number);
  const assignees = issue.assignees.map((id) => renderUserById(world, id));
  return {
    id: issue.id,
    node_id: toNodeId(isPull ? 'PullRequest' : 'Issue', issue.id),
    url,
    repository_url: repositoryUrl(world, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: subjectPage(world, repository, issue.number),
    number: issue.number,
    title: issue.title,
    body: issue.body === '' ? null : issue.body,
    user: renderUserById(world, issue.authorId),
    labels: renderLabels(world, repository, issue.labels),
    state: issue.state,
    state_reason: isPull ? null : issue.stateReason,
    locked: false,
    active_lock_reason: null,
    assignee: assignees[0] ?? null,
    assignees,
    milestone: null,
    comments: commentsOf(repository, issue.number).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    closed_by: renderCloser(world, repository, issue),
    author_association: authorAssociation(world, repository, issue.authorId),
    performed_via_github_app: renderVia(world, issue),
    reactions: renderReactionCounts(repository, url, 'issue', issue.number),
    type: null,
    pinned_comment: null,
    ...renderRelations(world, issue),
    ...(isPull ? renderPullPart(world, repository, issue) : {}),
  } satisfies Schema<'issue'>;
}

/**
 * The App that opened it; what was kept before this was known says nothing. Of the events it hears
 * none is named: the descriptions of REST and of webhooks know different ones.
 */
function renderVia(world: World, { viaAppId }: Issue | Pull) {
  const app = world.apps.get(viaAppId ?? 0);
  return app ? { ...renderApp(world, app), events: [] } : null;
}

/** Where REST finds an issue, or a pull request as an issue. */
export function issueUrl(world: World, repository: Repository, number: number): string {
  return `${repositoryUrl(world, repository)}/issues/${number}`;
}

/** Where people find an issue or a pull request. */
export function subjectPage(world: World, repository: Repository, number: number): string {
  const kind = repository.pulls.has(number) ? 'pull' : 'issues';
  return `${repositoryPage(world, repository)}/${kind}/${number}`;
}

function renderPullPart(world: World, repository: Repository, pull: Pull) {
  const page = subjectPage(world, repository, pull.number);
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

/** What stands above, below, before and after it. A pull request has none of these. */
function renderRelations(world: World, issue: Issue | Pull) {
  const isPull = 'headRef' in issue;
  const parent = parentOf(world, issue);
  const blockers = isPull ? [] : blockersOf(world, issue);
  const blocked = isPull ? [] : blockedIssuesOf(world, issue);
  return {
    parent_issue_url: parent ? issueUrl(world, parent.repository, parent.issue.number) : null,
    issue_field_values: [],
    sub_issues_summary: summarizeSubIssues(world, isPull ? { subIssues: [] } : issue),
    issue_dependencies_summary: {
      blocked_by: countOpen(blockers),
      blocking: countOpen(blocked),
      total_blocked_by: blockers.length,
      total_blocking: blocked.length,
    },
  };
}

/** How many sub-issues there are and how many are done; the part is in whole percent. */
export function summarizeSubIssues(
  world: World,
  issue: Pick<Issue, 'subIssues'>,
): Schema<'sub-issues-summary'> {
  const subIssues = subIssuesOf(world, issue);
  const total = subIssues.length;
  const completed = total - countOpen(subIssues);
  const percent = total === 0 ? 0 : Math.floor((100 * completed) / total);
  return { total, completed, percent_completed: percent };
}

function countOpen(issues: readonly PlacedIssue[]): number {
  return issues.filter((each) => each.issue.state === 'open').length;
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
