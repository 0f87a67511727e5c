import type { Issue } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { toNodeId } from '../api/node-id.ts';
import { repositoryPage } from '../api/render-repository.ts';
import { hasLabel, mentions } from '../api/select-issues.ts';
import type { World } from '../world.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import { checkPermission, type GraphqlCall, typedError } from './graphql-call.ts';
import { viewActor } from './view-actor.ts';
import { viewLabel, viewLabels } from './view-label.ts';
import { viewObject } from './view-object.ts';
import { viewRef } from './view-pull.ts';
import { viewQueue } from './view-queue.ts';
import { viewRepositoryFacts } from './view-repository-facts.ts';

interface ListArguments extends PageArguments {
  readonly states?: readonly string[] | null;
  readonly labels?: readonly string[] | null;
  readonly headRefName?: string | null;
  readonly baseRefName?: string | null;
  readonly filterBy?: IssueFilters | null;
  readonly orderBy?: { readonly direction?: string } | null;
}

interface IssueFilters {
  readonly createdBy?: string | null;
  /** A login, `*` for anybody, null for nobody. */
  readonly assignee?: string | null;
  readonly mentioned?: string | null;
  readonly labels?: readonly string[] | null;
  readonly states?: readonly string[] | null;
  readonly since?: string | null;
}

/** One repository; each part asks for the permission that REST asks for it. */
export function viewRepository(call: GraphqlCall, repository: Repository) {
  const { world } = call;
  const name = world.fullName(repository);
  return {
    __typename: 'Repository',
    id: toNodeId('Repository', repository.id),
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: name,
    description: repository.description,
    owner: viewActor(world, repository.ownerId),
    url: repositoryPage(world, repository),
    createdAt: repository.createdAt,
    updatedAt: repository.createdAt,
    pushedAt: repository.createdAt,
    isPrivate: repository.private,
    visibility: repository.private ? 'PRIVATE' : 'PUBLIC',
    isFork: false,
    isArchived: false,
    isEmpty: false,
    parent: null,
    hasIssuesEnabled: true,
    hasWikiEnabled: false,
    hasProjectsEnabled: false,
    ...viewMerging(repository),
    viewerCanUpdate: false,
    viewerPermission: viewerPermission(call, repository),
    issueTemplates: [],
    pullRequestTemplates: [],
    ...viewRepositoryFacts(call, repository),
    ...viewCode(call, repository),
    ...viewIssues(call, repository),
    ...viewPulls(call, repository),
    ...viewPeople(call, repository),
  };
}

function viewMerging({ merging }: Repository) {
  return {
    mergeCommitAllowed: merging.allow_merge_commit,
    squashMergeAllowed: merging.allow_squash_merge,
    rebaseMergeAllowed: merging.allow_rebase_merge,
    autoMergeAllowed: merging.allow_auto_merge,
    allowUpdateBranch: merging.allow_update_branch,
    deleteBranchOnMerge: merging.delete_branch_on_merge,
    squashMergeCommitTitle: merging.squash_merge_commit_title,
    squashMergeCommitMessage: merging.squash_merge_commit_message,
    mergeCommitTitle: merging.merge_commit_title,
    mergeCommitMessage: merging.merge_commit_message,
  };
}

function viewerPermission(call: GraphqlCall, repository: Repository): string | null {
  if (call.principal.kind !== 'user') return null;
  const role = call.world.roleOf(repository, call.principal.user.id);
  return role === 'none' ? null : role.toUpperCase();
}

function viewCode(call: GraphqlCall, repository: Repository) {
  const check = () => checkPermission(call, repository, ['contents:read']);
  return {
    defaultBranchRef: () => {
      check();
      return viewRef(call, repository, `refs/heads/${repository.defaultBranch}`);
    },
    ref: ({ qualifiedName }: { qualifiedName: string }) => {
      check();
      const isFull = qualifiedName.startsWith('refs/');
      return viewRef(call, repository, isFull ? qualifiedName : `refs/heads/${qualifiedName}`);
    },
    object: ({ expression, oid }: { expression?: string | null; oid?: string | null }) => {
      check();
      return viewObject(call, repository, expression ?? oid ?? '');
    },
  };
}

function viewIssues(call: GraphqlCall, repository: Repository) {
  const check = () => checkPermission(call, repository, ['issues:read', 'pull_requests:read']);
  const notFound = (what: string, number: number) =>
    typedError('NOT_FOUND', `Could not resolve to an ${what} with the number of ${number}.`);
  return {
    issue: ({ number }: { number: number }) => {
      check();
      const issue = repository.issues.get(number);
      if (!issue) throw notFound('Issue', number);
      return call.views.issue(repository, issue);
    },
    issueOrPullRequest: ({ number }: { number: number }) => {
      check();
      const issue = repository.issues.get(number);
      if (issue) return call.views.issue(repository, issue);
      const pull = repository.pulls.get(number);
      if (!pull) throw notFound('issue or pull request', number);
      return call.views.pull(repository, pull);
    },
    issues: (page: ListArguments) => {
      check();
      const issues = select(call, [...repository.issues.values()], page);
      return buildConnection(issues, page, (issue) => call.views.issue(repository, issue));
    },
    label: ({ name }: { name: string }) => {
      const label = repository.labels.get(name.toLowerCase());
      return label ? viewLabel(repository, label) : null;
    },
    labels: (page: PageArguments) => viewLabels(repository, [...repository.labels.keys()], page),
  };
}

function viewPulls(call: GraphqlCall, repository: Repository) {
  const check = () => checkPermission(call, repository, ['pull_requests:read']);
  return {
    pullRequest: ({ number }: { number: number }) => {
      check();
      const pull = repository.pulls.get(number);
      if (pull) return call.views.pull(repository, pull);
      throw typedError(
        'NOT_FOUND',
        `Could not resolve to a PullRequest with the number of ${number}.`,
      );
    },
    mergeQueue: ({ branch }: { branch?: string | null }) => {
      check();
      return viewQueue(call, repository, branch ?? repository.defaultBranch);
    },
    pullRequests: (page: ListArguments) => {
      check();
      const pulls = select(call, [...repository.pulls.values()], page)
        .filter((pull) => (page.headRefName ?? pull.headRef) === pull.headRef)
        .filter((pull) => (page.baseRefName ?? pull.baseRef) === pull.baseRef);
      return buildConnection(pulls, page, (pull) => call.views.pull(repository, pull));
    },
  };
}

/** Filters that issues and pull requests share; the newest first, as gh asks. */
function select<T extends Issue | Pull>(
  call: GraphqlCall,
  items: readonly T[],
  filter: ListArguments,
): readonly T[] {
  const { filterBy } = filter;
  const states = filter.states ?? filterBy?.states;
  const wanted = [...(filter.labels ?? []), ...(filterBy?.labels ?? [])];
  const found = items
    .filter((item) => states?.includes(stateOf(item)) ?? true)
    .filter((item) => wanted.every((name) => hasLabel(item.labels, name)))
    .filter((item) => !filterBy || isWanted(call, item, filterBy));
  return filter.orderBy?.direction === 'DESC' ? found.reverse() : found;
}

function isWanted({ world }: GraphqlCall, item: Issue | Pull, filter: IssueFilters): boolean {
  const { createdBy, assignee, mentioned, since } = filter;
  const mentionedUser = mentioned ? world.userByLogin(mentioned) : undefined;
  return (
    (!createdBy || item.authorId === world.userByLogin(createdBy)?.id) &&
    (!mentioned || (mentionedUser !== undefined && mentions(item.body, mentionedUser))) &&
    (assignee === undefined || isAssigned(world, item, assignee)) &&
    item.updatedAt >= (since ?? '')
  );
}

function isAssigned(world: World, { assignees }: Issue | Pull, login: string | null): boolean {
  if (login === null || login === '') return assignees.length === 0;
  if (login === '*') return assignees.length > 0;
  return assignees.includes(world.userByLogin(login)?.id ?? 0);
}

function stateOf(item: Issue | Pull): string {
  return 'merged' in item && item.merged ? 'MERGED' : item.state.toUpperCase();
}

function viewPeople(call: GraphqlCall, repository: Repository) {
  const people = () => [
    ...new Set([
      ...(call.world.users.get(repository.ownerId)?.type === 'User' ? [repository.ownerId] : []),
      ...repository.collaborators.keys(),
      ...(call.world.members.get(repository.ownerId)?.keys() ?? []),
    ]),
  ];
  const list = (page: PageArguments) =>
    buildConnection(people(), page, (id) => viewActor(call.world, id));
  const none = (page: PageArguments) => buildConnection([], page, (each) => each);
  return {
    assignableUsers: list,
    suggestedActors: (page: PageArguments & { query?: string | null }) => {
      const word = page.query?.toLowerCase() ?? '';
      const found = people().filter((id) =>
        call.world.users.get(id)?.login.toLowerCase().includes(word),
      );
      return buildConnection(found, page, (id) => viewActor(call.world, id));
    },
    mentionableUsers: list,
    milestones: none,
    projects: none,
    projectsV2: none,
  };
}
