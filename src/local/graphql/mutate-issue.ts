import type { Issue } from '#local/record/issue.ts';
import type { Repository } from '#local/record/repository.ts';
import { viaAppId } from '../api/acting-app.ts';
import { setAssignees } from '../api/change-assignee.ts';
import { closeIssue, createIssue, editIssue, reopenIssue } from '../api/change-issue.ts';
import { setLabels } from '../api/change-label.ts';
import { addSubIssue } from '../api/change-sub-issue.ts';
import { optionalText, requiredText, TITLE_CHARS_MAX } from '../api/field.ts';
import { actorOf } from '../api/identity.ts';
import { accountNode, findNode, issueNode, repositoryNode } from './find-node.ts';
import { checkPermission, type GraphqlCall } from './graphql-call.ts';

/** The input of a mutation; graphql-js has checked its types by the schema already. */
export interface Input<T> {
  readonly input: T & { readonly clientMutationId?: string | null };
}

const WRITE = ['issues:write', 'pull_requests:write'] as const;

interface NewIssueInput {
  readonly repositoryId: string;
  readonly title: string;
  readonly body?: string | null;
  readonly labelIds?: readonly string[] | null;
  readonly assigneeIds?: readonly string[] | null;
  readonly parentIssueId?: string | null;
}

interface UpdateIssueInput {
  readonly id: string;
  readonly title?: string | null;
  readonly body?: string | null;
  readonly state?: 'OPEN' | 'CLOSED' | null;
  readonly labelIds?: readonly string[] | null;
  readonly assigneeIds?: readonly string[] | null;
}

const REASONS = {
  COMPLETED: 'completed',
  DUPLICATE: 'duplicate',
  NOT_PLANNED: 'not_planned',
} as const;

interface CloseInput {
  readonly issueId: string;
  readonly stateReason?: keyof typeof REASONS | null;
}

/** Mutations of issues themselves. */
export function buildIssueMutations(call: GraphqlCall) {
  const { world, principal } = call;
  const actor = () => actorOf(principal);
  const find = (id: string) => {
    const { repository, item } = issueNode(call, id);
    checkPermission(call, repository, WRITE, item.authorId === actor().id ? 'read' : 'triage');
    return { repository, item };
  };
  const answer = (input: Input<object>['input'], repository: Repository, issue: Issue) =>
    reply(input, { issue: call.views.issue(repository, issue) });
  return {
    createIssue: ({ input }: Input<NewIssueInput>) => {
      const repository = repositoryNode(call, input.repositoryId);
      return answer(input, repository, openIssue(call, repository, input));
    },
    updateIssue: ({ input }: Input<UpdateIssueInput>) => {
      const { repository, item } = find(input.id);
      updateIssue(call, repository, item, input);
      return answer(input, repository, item);
    },
    closeIssue: ({ input }: Input<CloseInput>) => {
      const { repository, item } = find(input.issueId);
      closeIssue(world, repository, actor(), item, REASONS[input.stateReason ?? 'COMPLETED']);
      return answer(input, repository, item);
    },
    reopenIssue: ({ input }: Input<{ issueId: string }>) => {
      const { repository, item } = find(input.issueId);
      reopenIssue(world, repository, actor(), item);
      return answer(input, repository, item);
    },
  };
}

function openIssue(call: GraphqlCall, repository: Repository, input: NewIssueInput): Issue {
  checkPermission(call, repository, ['issues:write']);
  const parent = input.parentIssueId ? issueNode(call, input.parentIssueId) : undefined;
  if (parent) checkPermission(call, parent.repository, ['issues:write'], 'triage');
  const actor = actorOf(call.principal);
  const issue = createIssue(call.world, repository, actor, {
    title: requiredText({ ...input }, 'title', TITLE_CHARS_MAX),
    body: optionalText({ ...input }, 'body') ?? '',
    viaAppId: viaAppId(call.principal),
    labels: labelNames(call, input.labelIds ?? []),
    assignees: accountIds(call, input.assigneeIds ?? []),
  });
  if (parent) {
    const above = { repository: parent.repository, issue: parent.item };
    addSubIssue(call.world, actor, above, { repository, issue }, false);
  }
  return issue;
}

function updateIssue(
  call: GraphqlCall,
  repository: Repository,
  issue: Issue,
  input: UpdateIssueInput,
): void {
  const { world } = call;
  const actor = actorOf(call.principal);
  editIssue(world, repository, actor, issue, {
    title: optionalText({ ...input }, 'title', TITLE_CHARS_MAX),
    body: optionalText({ ...input }, 'body'),
  });
  if (input.labelIds) setLabels(world, repository, actor, issue, labelNames(call, input.labelIds));
  if (input.assigneeIds)
    setAssignees(world, repository, actor, issue, accountIds(call, input.assigneeIds));
  if (input.state === 'CLOSED') closeIssue(world, repository, actor, issue, 'completed');
  if (input.state === 'OPEN') reopenIssue(world, repository, actor, issue);
}

/** The names behind the node ids of labels; other things are left out. */
export function labelNames(call: GraphqlCall, ids: readonly string[]): readonly string[] {
  return ids.flatMap((id) => {
    const node = findNode(call, id);
    return node.type === 'Label' ? [node.name] : [];
  });
}

/** The account ids behind node ids. */
export function accountIds(call: GraphqlCall, ids: readonly string[]): readonly number[] {
  return ids.map((id) => accountNode(call, id).id);
}

/** A payload that repeats the client's own mark. */
export function reply<T extends object>(
  input: { readonly clientMutationId?: string | null },
  payload: T,
) {
  return { clientMutationId: input.clientMutationId ?? null, ...payload };
}
