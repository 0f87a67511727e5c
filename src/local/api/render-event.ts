import type { IssueEvent } from '#local/record/issue.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import type { Schema } from './operation.ts';
import { issueById } from './place-issue.ts';
import { renderApp } from './render-app.ts';
import { renderSimpleRepository, repositoryUrl } from './render-repository.ts';
import { renderUserById } from './render-user.ts';

type Event = Schema<'issue-event-for-issue'>;
type TimelineItem = Schema<'timeline-issue-events'>;

/** One line of an issue's events, in the form of its kind. */
export function renderIssueEvent(world: World, repository: Repository, event: IssueEvent): Event {
  const detail = renderDetail(world, repository, event);
  // Closing and its like have no form of their own in GitHub's description of this list; the
  // nearest, that of a lock, tells them apart by a reason that may be null.
  if (detail === undefined) return { ...renderChange(world, repository, event), lock_reason: null };
  return { ...renderCommon(world, repository, event), ...detail };
}

/** The same line in the timeline. */
export function renderTimelineEvent(
  world: World,
  repository: Repository,
  event: IssueEvent,
): TimelineItem {
  const detail = renderDetail(world, repository, event);
  if (detail === undefined) return renderChange(world, repository, event);
  return { ...renderCommon(world, repository, event), ...detail };
}

function renderCommon(world: World, repository: Repository, event: IssueEvent) {
  const url = repositoryUrl(world, repository);
  const app = [...world.apps.values()].find((each) => each.botId === event.actorId);
  return {
    id: event.id,
    node_id: `EV_${event.id}`,
    url: `${url}/issues/events/${event.id}`,
    actor: renderUserById(world, event.actorId),
    event: event.event,
    commit_id: event.commitId,
    commit_url: event.commitId === null ? null : `${url}/commits/${event.commitId}`,
    created_at: event.createdAt,
    performed_via_github_app: app ? renderApp(world, app) : null,
  };
}

function renderChange(world: World, repository: Repository, event: IssueEvent) {
  const common = renderCommon(world, repository, event);
  if (event.event !== 'closed' && event.event !== 'reopened') return common;
  return { ...common, state_reason: event.stateReason ?? null };
}

/** What a kind of event says beyond who and when; undefined for a bare change. */
function renderDetail(world: World, repository: Repository, event: IssueEvent) {
  switch (event.event) {
    case 'labeled':
    case 'unlabeled':
      return { label: renderEventLabel(repository, event.label ?? '') };
    case 'assigned':
    case 'unassigned':
      return {
        assignee: renderUserById(world, event.subjectId ?? 0),
        assigner: renderUserById(world, event.actorId),
      };
    case 'renamed':
      return { rename: event.rename ?? { from: '', to: '' } };
    case 'review_requested':
    case 'review_request_removed':
      return renderRequest(world, event);
    case 'review_dismissed':
      return { dismissed_review: renderDismissal(event) };
    default:
      return renderRelation(world, event);
  }
}

function renderEventLabel(repository: Repository, name: string) {
  return { name, color: repository.labels.get(name.toLowerCase())?.color ?? 'ededed' };
}

function renderRequest(world: World, event: IssueEvent) {
  const review_requester = renderUserById(world, event.actorId);
  if (event.subjectId === undefined) return { review_requester };
  return { review_requester, requested_reviewer: renderUserById(world, event.subjectId) };
}

function renderDismissal({ review }: IssueEvent) {
  return {
    state: review?.state.toLowerCase() ?? '',
    review_id: review?.id ?? 0,
    dismissal_message: review?.message ?? null,
  };
}

function renderRelation(world: World, event: IssueEvent) {
  const other = () => renderReference(world, event.otherId ?? 0);
  switch (event.event) {
    case 'sub_issue_added':
    case 'sub_issue_removed':
      return { sub_issue: other() };
    case 'parent_issue_added':
    case 'parent_issue_removed':
      return { parent_issue: other() };
    case 'blocked_by_added':
    case 'blocked_by_removed':
      return { blocked_by: other() };
    case 'blocking_added':
    case 'blocking_removed':
      return { blocking: other() };
    default:
      return undefined;
  }
}

/** `nullable-issue-reference`; null for an issue that is gone. */
function renderReference(world: World, id: number): Schema<'nullable-issue-reference'> {
  const placed = issueById(world, id);
  if (!placed) return null;
  const { repository, issue } = placed;
  return {
    number: issue.number,
    title: issue.title,
    state: issue.state,
    state_reason: issue.stateReason,
    repository: renderSimpleRepository(world, repository),
    issue_type: null,
  };
}
