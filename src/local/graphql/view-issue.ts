import { canSee } from '../api/access.ts';
import { toNodeId } from '../api/node-id.ts';
import { blockedIssuesOf, blockersOf, type PlacedIssue } from '../api/place-issue.ts';
import { repositoryPage } from '../api/render-repository.ts';
import { authorAssociation } from '../api/render-user.ts';
import type { Issue, Repository } from '../world.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import type { GraphqlCall } from './graphql-call.ts';
import { viewActor } from './view-actor.ts';
import { viewComments } from './view-comment.ts';
import { viewLabels } from './view-label.ts';

/** One issue. */
export function viewIssue(call: GraphqlCall, repository: Repository, issue: Issue) {
  const { world } = call;
  const isVisible = (each: PlacedIssue) => canSee(world, each.repository, call.principal);
  const viewPlaced = (each: PlacedIssue) => call.views.issue(each.repository, each.issue);
  const blockers = () => blockersOf(world, issue).filter(isVisible);
  const blocked = () => blockedIssuesOf(world, issue).filter(isVisible);
  const countOpen = (issues: readonly PlacedIssue[]) =>
    issues.filter((each) => each.issue.state === 'open').length;
  return {
    __typename: 'Issue',
    id: toNodeId('Issue', issue.id),
    databaseId: issue.id,
    fullDatabaseId: String(issue.id),
    ...viewSubject(call, repository, issue),
    url: `${repositoryPage(world, repository)}/issues/${issue.number}`,
    state: issue.state.toUpperCase(),
    stateReason: issue.stateReason?.toUpperCase() ?? null,
    lastEditedAt: issue.lastEditedAt,
    isPinned: false,
    blockedBy: (page: PageArguments) => buildConnection(blockers(), page, viewPlaced),
    blocking: (page: PageArguments) => buildConnection(blocked(), page, viewPlaced),
    issueDependenciesSummary: () => ({
      blockedBy: countOpen(blockers()),
      blocking: countOpen(blocked()),
      totalBlockedBy: blockers().length,
      totalBlocking: blocked().length,
    }),
  };
}

type Subject = Pick<
  Issue,
  'number' | 'title' | 'body' | 'authorId' | 'labels' | 'createdAt' | 'updatedAt' | 'closedAt'
>;

/** What issues and pull requests have in common. */
export function viewSubject(call: GraphqlCall, repository: Repository, subject: Subject) {
  const { world } = call;
  const none = (page: PageArguments) => buildConnection([], page, (each) => each);
  return {
    number: subject.number,
    title: subject.title,
    body: subject.body,
    bodyText: subject.body,
    author: viewActor(world, subject.authorId),
    authorAssociation: authorAssociation(world, repository, subject.authorId),
    createdAt: subject.createdAt,
    updatedAt: subject.updatedAt,
    closedAt: subject.closedAt,
    closed: subject.closedAt !== null,
    locked: false,
    repository: () => call.views.repository(repository),
    labels: (page: PageArguments) => viewLabels(repository, subject.labels, page),
    comments: (page: PageArguments) => viewComments(call, repository, subject.number, page),
    assignees: none,
    projectCards: none,
    projectItems: none,
    participants: none,
    milestone: null,
    reactionGroups: [],
  };
}
