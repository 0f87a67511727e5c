import type { Issue, IssueEvent } from '#local/record/issue.ts';
import type { Repository } from '#local/record/repository.ts';
import { canSee } from '../api/access.ts';
import { issueById } from '../api/place-issue.ts';
import { commentsOf } from '../api/render-issue.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import type { GraphqlCall } from './graphql-call.ts';
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

/** The events that GraphQL's timeline of issues has a type for. */
const TYPES: Readonly<Partial<Record<IssueEvent['event'], string>>> = {
  assigned: 'AssignedEvent',
  closed: 'ClosedEvent',
  labeled: 'LabeledEvent',
  parent_issue_added: 'ParentIssueAddedEvent',
  parent_issue_removed: 'ParentIssueRemovedEvent',
  renamed: 'RenamedTitleEvent',
  reopened: 'ReopenedEvent',
  sub_issue_added: 'SubIssueAddedEvent',
  sub_issue_removed: 'SubIssueRemovedEvent',
  unassigned: 'UnassignedEvent',
  unlabeled: 'UnlabeledEvent',
};

/** `timelineItems` of an issue: its events and comments, oldest first. */
export function viewTimeline(call: GraphqlCall, repository: Repository, issue: Issue) {
  return ({ itemTypes, since, ...page }: TimelineArguments) => {
    const entries = listEntries(call, repository, issue);
    const shown = entries
      .filter((each) => !itemTypes || itemTypes.includes(toItemType(each.type)))
      .filter((each) => each.at >= (since ?? ''));
    const counts = { filteredCount: shown.length, updatedAt: issue.updatedAt };
    const connection = buildConnection(shown, page, (each) => each.view(), counts);
    return { ...connection, totalCount: entries.length, pageCount: connection.nodes.length };
  };
}

/** `LabeledEvent` is asked for as `LABELED_EVENT`. */
function toItemType(type: string): string {
  return type.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}

function listEntries(call: GraphqlCall, repository: Repository, issue: Issue): readonly Entry[] {
  const events = repository.timeline.flatMap((event): readonly Entry[] => {
    const type = TYPES[event.event];
    if (event.number !== issue.number || type === undefined) return [];
    const view = () => viewEvent(call, repository, issue, event, type);
    return [{ id: event.id, at: event.createdAt, type, view }];
  });
  const comments = commentsOf(repository, issue.number).map((comment) => ({
    id: comment.id,
    at: comment.createdAt,
    type: 'IssueComment',
    view: () => viewComment(call, repository, comment),
  }));
  return [...events, ...comments].sort((a, b) => a.at.localeCompare(b.at) || a.id - b.id);
}

function viewEvent(
  call: GraphqlCall,
  repository: Repository,
  issue: Issue,
  event: IssueEvent,
  type: string,
) {
  const viewIssue = () => call.views.issue(repository, issue);
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
  };
}

function viewVisible(call: GraphqlCall, id: number): object | null {
  const placed = issueById(call.world, id);
  if (!placed || !canSee(call.world, placed.repository, call.principal)) return null;
  return call.views.issue(placed.repository, placed.issue);
}
