import type { Issue } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { canSee, isAtLeast } from '../api/access.ts';
import { toNodeId } from '../api/node-id.ts';
import {
  blockedIssuesOf,
  blockersOf,
  type PlacedIssue,
  parentOf,
  subIssuesOf,
} from '../api/place-issue.ts';
import { commentsOf, subjectPage, summarizeSubIssues } from '../api/render-issue.ts';
import { authorAssociation } from '../api/render-user.ts';
import { html } from '../page/html.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import { type GraphqlCall, viewIssueOrPull } from './graphql-call.ts';
import { viewActor } from './view-actor.ts';
import { viewComments } from './view-comment.ts';
import { viewLabels } from './view-label.ts';
import { viewReactions } from './view-reaction.ts';
import { viewText } from './view-text.ts';
import { viewTimeline } from './view-timeline.ts';

/** One issue. */
export function viewIssue(call: GraphqlCall, repository: Repository, issue: Issue) {
  const none = (page: PageArguments) => buildConnection([], page, (each) => each);
  const { principal } = call;
  const isOwn = principal.kind === 'user' && principal.user.id === issue.authorId;
  return {
    __typename: 'Issue',
    id: toNodeId('Issue', issue.id),
    databaseId: issue.id,
    fullDatabaseId: String(issue.id),
    ...viewSubject(call, repository, issue),
    ...viewRelations(call, issue),
    state: issue.state.toUpperCase(),
    stateReason: (options: { enableDuplicate?: boolean | null }) =>
      viewReason(issue, options.enableDuplicate ?? false),
    lastEditedAt: issue.lastEditedAt,
    isPinned: false,
    isReadByViewer: true,
    linkedBranches: none,
    closedByPullRequestsReferences: none,
    trackedIssues: none,
    trackedInIssues: none,
    trackedIssuesCount: 0,
    viewerCanClose: mayTriage(call, repository) || isOwn,
    viewerCanReopen: mayTriage(call, repository) || isOwn,
    timelineItems: viewTimeline(call, repository, issue),
  };
}

/** Clients that do not know duplicates see them as not planned. */
function viewReason({ stateReason }: Issue, isDuplicateKnown: boolean): string | null {
  if (stateReason === 'duplicate' && !isDuplicateKnown) return 'NOT_PLANNED';
  return stateReason?.toUpperCase() ?? null;
}

/** How an issue stands to others, as far as the caller may see them. */
function viewRelations(call: GraphqlCall, issue: Issue) {
  const { world } = call;
  const isVisible = (each: PlacedIssue) => canSee(world, each.repository, call.principal);
  const view = (each: PlacedIssue) => call.views.issue(each.repository, each.issue);
  const blockers = () => blockersOf(world, issue).filter(isVisible);
  const blocked = () => blockedIssuesOf(world, issue).filter(isVisible);
  const subIssues = () => subIssuesOf(world, issue).filter(isVisible);
  const countOpen = (issues: readonly PlacedIssue[]) =>
    issues.filter((each) => each.issue.state === 'open').length;
  return {
    parent: () => {
      const parent = parentOf(world, issue);
      return parent && isVisible(parent) ? view(parent) : null;
    },
    subIssues: (page: PageArguments) => buildConnection(subIssues(), page, view),
    subIssuesSummary: () => {
      const { total, completed, percent_completed } = summarizeSubIssues(world, issue);
      return { total, completed, percentCompleted: percent_completed };
    },
    blockedBy: (page: PageArguments) => buildConnection(blockers(), page, view),
    blocking: (page: PageArguments) => buildConnection(blocked(), page, view),
    issueDependenciesSummary: () => ({
      blockedBy: countOpen(blockers()),
      blocking: countOpen(blocked()),
      totalBlockedBy: blockers().length,
      totalBlocking: blocked().length,
    }),
  };
}

/** What issues and pull requests have in common. */
export function viewSubject(call: GraphqlCall, repository: Repository, subject: Issue | Pull) {
  const { world } = call;
  const url = subjectPage(world, repository, subject.number);
  const none = (page: PageArguments) => buildConnection([], page, (each) => each);
  const viewPerson = (id: number) => viewActor(world, id);
  const viewSelf = () => viewIssueOrPull(call, repository, subject);
  return {
    number: subject.number,
    title: subject.title,
    titleHTML: () => html`${subject.title}`.text,
    ...viewText(call, repository, { body: subject.body, authorId: subject.authorId, url }),
    author: viewActor(world, subject.authorId),
    authorAssociation: authorAssociation(world, repository, subject.authorId),
    createdAt: subject.createdAt,
    updatedAt: subject.updatedAt,
    publishedAt: subject.createdAt,
    closedAt: subject.closedAt,
    closed: subject.closedAt !== null,
    locked: false,
    activeLockReason: null,
    repository: () => call.views.repository(repository),
    labels: (page: PageArguments) => viewLabels(repository, subject.labels, page),
    comments: (page: PageArguments) => viewComments(call, repository, subject.number, page),
    assignees: (page: PageArguments) => buildConnection(subject.assignees, page, viewPerson),
    assignedActors: (page: PageArguments) => buildConnection(subject.assignees, page, viewPerson),
    participants: (page: PageArguments) =>
      buildConnection(participantsOf(repository, subject), page, viewPerson),
    projectCards: none,
    projectItems: none,
    projectsV2: none,
    milestone: null,
    userContentEdits: none,
    viewerCanLabel: mayTriage(call, repository),
    viewerCanSubscribe: call.principal.kind === 'user',
    viewerSubscription: 'UNSUBSCRIBED',
    ...viewReactions(call, repository, { kind: 'issue', id: subject.number, view: viewSelf }),
  };
}

function mayTriage({ world, principal }: GraphqlCall, repository: Repository): boolean {
  if (principal.kind !== 'user') return true;
  return isAtLeast(world.roleOf(repository, principal.user.id), 'triage');
}

/** Who took part: the author, who commented, who is assigned. */
function participantsOf(repository: Repository, subject: Issue | Pull): readonly number[] {
  const commenters = commentsOf(repository, subject.number).map((comment) => comment.authorId);
  return [...new Set([subject.authorId, ...commenters, ...subject.assignees])];
}
