import type { Issue, IssueEvent } from '#local/record/issue.ts';
import type { Pull, Review } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { canSee } from '../api/access.ts';
import { issueById } from '../api/place-issue.ts';
import { comparePull } from '../api/pull-detail.ts';
import { commentsOf } from '../api/render-issue.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import { type GraphqlCall, viewIssueOrPull } from './graphql-call.ts';
import { viewActor } from './view-actor.ts';
import { viewComment } from './view-comment.ts';
import { viewEventLabel } from './view-label.ts';

interface TimelineArguments extends PageArguments {
  readonly itemTypes?: readonly string[] | null;
  readonly since?: string | null;
}

interface Entry {
  readonly id: number;
  readonly at: string;
  /** GraphQL's type of the item. */
  readonly type: string;
  view(): object;
}

/** The events that GraphQL's timelines have a type for. */
const TYPES: Readonly<Partial<Record<IssueEvent['event'], string>>> = {
  added_to_merge_queue: 'AddedToMergeQueueEvent',
  assigned: 'AssignedEvent',
  auto_merge_disabled: 'AutoMergeDisabledEvent',
  auto_merge_enabled: 'AutoMergeEnabledEvent',
  closed: 'ClosedEvent',
  convert_to_draft: 'ConvertToDraftEvent',
  head_ref_deleted: 'HeadRefDeletedEvent',
  head_ref_force_pushed: 'HeadRefForcePushedEvent',
  labeled: 'LabeledEvent',
  merged: 'MergedEvent',
  parent_issue_added: 'ParentIssueAddedEvent',
  parent_issue_removed: 'ParentIssueRemovedEvent',
  ready_for_review: 'ReadyForReviewEvent',
  removed_from_merge_queue: 'RemovedFromMergeQueueEvent',
  renamed: 'RenamedTitleEvent',
  reopened: 'ReopenedEvent',
  review_dismissed: 'ReviewDismissedEvent',
  review_request_removed: 'ReviewRequestRemovedEvent',
  review_requested: 'ReviewRequestedEvent',
  sub_issue_added: 'SubIssueAddedEvent',
  sub_issue_removed: 'SubIssueRemovedEvent',
  unassigned: 'UnassignedEvent',
  unlabeled: 'UnlabeledEvent',
};

/** `timelineItems` of an issue or a pull request, oldest first. `viewReview` shows a review. */
export function viewTimeline(
  call: GraphqlCall,
  repository: Repository,
  subject: Issue | Pull,
  viewReview: (review: Review) => object = () => ({}),
) {
  return async ({ itemTypes, since, ...page }: TimelineArguments) => {
    const entries = [
      ...('headRef' in subject ? await listCommits(call, repository, subject) : []),
      ...listReviews(repository, subject, viewReview),
      ...listEntries(call, repository, subject),
    ].sort((a, b) => a.at.localeCompare(b.at) || a.id - b.id);
    const shown = entries
      .filter((each) => !itemTypes || itemTypes.includes(toItemType(each.type)))
      .filter((each) => each.at >= (since ?? ''));
    const counts = { filteredCount: shown.length, updatedAt: subject.updatedAt };
    const connection = buildConnection(shown, page, (each) => each.view(), counts);
    return { ...connection, totalCount: entries.length, pageCount: connection.nodes.length };
  };
}

/** The commits of a pull request as it is now; at one moment they come before what was said. */
async function listCommits(
  call: GraphqlCall,
  repository: Repository,
  pull: Pull,
): Promise<readonly Entry[]> {
  const { commits } = await comparePull(repository, pull);
  return commits.map((commit, index) => ({
    id: index - commits.length,
    at: commit.committer.date,
    type: 'PullRequestCommit',
    view: () => ({
      __typename: 'PullRequestCommit',
      id: `PURC_${commit.sha}`,
      commit: call.views.commit(repository, commit.sha),
      pullRequest: () => call.views.pull(repository, pull),
    }),
  }));
}

function listReviews(
  repository: Repository,
  { number }: Issue | Pull,
  view: (review: Review) => object,
): readonly Entry[] {
  return [...repository.reviews.values()]
    .filter((review) => review.pull === number && review.state !== 'PENDING')
    .map((review) => ({
      id: review.id,
      at: review.submittedAt,
      type: 'PullRequestReview',
      view: () => view(review),
    }));
}

/** `LabeledEvent` is asked for as `LABELED_EVENT`. */
function toItemType(type: string): string {
  return type.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}

function listEntries(
  call: GraphqlCall,
  repository: Repository,
  subject: Issue | Pull,
): readonly Entry[] {
  const events = repository.timeline.flatMap((event): readonly Entry[] => {
    const type = TYPES[event.event];
    if (event.number !== subject.number || type === undefined) return [];
    const view = () => viewEvent(call, repository, subject, event, type);
    return [{ id: event.id, at: event.createdAt, type, view }];
  });
  const comments = commentsOf(repository, subject.number).map((comment) => ({
    id: comment.id,
    at: comment.createdAt,
    type: 'IssueComment',
    view: () => viewComment(call, repository, comment),
  }));
  return [...events, ...comments];
}

function viewEvent(
  call: GraphqlCall,
  repository: Repository,
  subject: Issue | Pull,
  event: IssueEvent,
  type: string,
) {
  const viewIssue = () => viewIssueOrPull(call, repository, subject);
  const viewOther = () => viewVisible(call, event.otherId ?? 0);
  const person = event.subjectId === undefined ? null : viewActor(call.world, event.subjectId);
  return {
    __typename: type,
    id: `EV_${event.id}`,
    actor: viewActor(call.world, event.actorId),
    createdAt: event.createdAt,
    assignable: viewIssue,
    assignee: person,
    closable: viewIssue,
    closer: null,
    currentTitle: event.rename?.to ?? '',
    label: () => viewEventLabel(repository, event.label ?? ''),
    labelable: viewIssue,
    parent: viewOther,
    previousTitle: event.rename?.from ?? '',
    stateReason: event.stateReason?.toUpperCase() ?? null,
    subIssue: viewOther,
    subject: viewIssue,
    user: person,
    ...viewPullEvent(call, repository, event),
  };
}

/** What events of pull requests say beyond who and when. */
function viewPullEvent(call: GraphqlCall, repository: Repository, event: IssueEvent) {
  const pull = repository.pulls.get(event.number);
  if (!pull) return {};
  const actor = viewActor(call.world, event.actorId);
  const commit = (sha: string | null | undefined) =>
    sha ? call.views.commit(repository, sha) : null;
  return {
    afterCommit: () => commit(event.commitId),
    beforeCommit: () => commit(event.beforeId),
    commit: () => commit(event.commitId),
    disabler: actor,
    dismissalMessage: event.review?.message ?? null,
    enabler: actor,
    enqueuer: actor,
    headRef: null,
    headRefName: pull.headRef,
    mergeRefName: pull.baseRef,
    previousReviewState: event.review?.state ?? 'COMMENTED',
    pullRequest: () => call.views.pull(repository, pull),
    requestedReviewer:
      event.subjectId === undefined ? null : viewActor(call.world, event.subjectId),
  };
}

function viewVisible(call: GraphqlCall, id: number): object | null {
  const placed = issueById(call.world, id);
  if (!placed || !canSee(call.world, placed.repository, call.principal)) return null;
  return call.views.issue(placed.repository, placed.issue);
}
