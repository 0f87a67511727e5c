import { createComment } from '../api/change-comment.ts';
import { addBlocker, removeBlocker } from '../api/change-dependency.ts';
import { closeIssue, createIssue, editIssue, reopenIssue } from '../api/change-issue.ts';
import { addLabel, removeLabel, setLabels } from '../api/change-label.ts';
import { optionalText, requiredText, TITLE_CHARS_MAX } from '../api/field.ts';
import { actorOf } from '../api/identity.ts';
import { findNode, issueNode, repositoryNode, subjectNode } from './find-node.ts';
import { checkPermission, type GraphqlCall } from './graphql-call.ts';
import { viewComment } from './view-comment.ts';

/** The input of a mutation; graphql-js has checked its types by the schema already. */
export interface Input<T> {
  readonly input: T & { readonly clientMutationId?: string | null };
}

const WRITE = ['issues:write', 'pull_requests:write'] as const;

/** Mutations of issues, labels and comments. */
export function buildIssueMutations(call: GraphqlCall) {
  const { world, principal } = call;
  const actor = () => actorOf(principal);
  return {
    createIssue: ({ input }: Input<NewIssueInput>) => {
      const repository = repositoryNode(call, input.repositoryId);
      checkPermission(call, repository, ['issues:write']);
      const issue = createIssue(world, repository, actor(), {
        title: requiredText({ ...input }, 'title', TITLE_CHARS_MAX),
        body: optionalText({ ...input }, 'body') ?? '',
        labels: labelNames(call, input.labelIds ?? []),
      });
      return reply(input, { issue: call.views.issue(repository, issue) });
    },
    updateIssue: ({ input }: Input<UpdateIssueInput>) => {
      const { repository, item } = issueNode(call, input.id);
      checkPermission(call, repository, WRITE, item.authorId === actor().id ? 'read' : 'triage');
      editIssue(world, repository, actor(), item, {
        title: optionalText({ ...input }, 'title', TITLE_CHARS_MAX),
        body: optionalText({ ...input }, 'body'),
      });
      if (input.labelIds)
        setLabels(world, repository, actor(), item, labelNames(call, input.labelIds));
      if (input.state === 'CLOSED') closeIssue(world, repository, actor(), item, 'completed');
      if (input.state === 'OPEN') reopenIssue(world, repository, actor(), item);
      return reply(input, { issue: call.views.issue(repository, item) });
    },
    closeIssue: ({ input }: Input<{ issueId: string; stateReason?: string | null }>) => {
      const { repository, item } = issueNode(call, input.issueId);
      checkPermission(call, repository, WRITE, item.authorId === actor().id ? 'read' : 'triage');
      const reason = input.stateReason === 'NOT_PLANNED' ? 'not_planned' : 'completed';
      closeIssue(world, repository, actor(), item, reason);
      return reply(input, { issue: call.views.issue(repository, item) });
    },
    reopenIssue: ({ input }: Input<{ issueId: string }>) => {
      const { repository, item } = issueNode(call, input.issueId);
      checkPermission(call, repository, WRITE, item.authorId === actor().id ? 'read' : 'triage');
      reopenIssue(world, repository, actor(), item);
      return reply(input, { issue: call.views.issue(repository, item) });
    },
    addComment: ({ input }: Input<{ subjectId: string; body: string }>) => {
      const { repository, item } = subjectNode(call, input.subjectId);
      checkPermission(call, repository, WRITE);
      const author = { actor: actor(), principal };
      const text = requiredText({ ...input }, 'body');
      const comment = createComment(world, repository, author, item.number, text);
      const node = viewComment(call, repository, comment);
      return reply(input, { commentEdge: { cursor: '', node }, subject: null, timelineEdge: null });
    },
    ...buildLabelMutations(call),
    ...buildDependencyMutations(call),
  };
}

interface NewIssueInput {
  readonly repositoryId: string;
  readonly title: string;
  readonly body?: string | null;
  readonly labelIds?: readonly string[] | null;
}

interface UpdateIssueInput {
  readonly id: string;
  readonly title?: string | null;
  readonly body?: string | null;
  readonly state?: 'OPEN' | 'CLOSED' | null;
  readonly labelIds?: readonly string[] | null;
}

interface LabelInput {
  readonly labelableId: string;
  readonly labelIds: readonly string[];
}

function buildLabelMutations(call: GraphqlCall) {
  const change = (
    input: LabelInput & { clientMutationId?: string | null },
    apply: typeof addLabel | typeof removeLabel,
  ) => {
    const { repository, item } = subjectNode(call, input.labelableId);
    checkPermission(call, repository, WRITE, 'triage');
    for (const name of labelNames(call, input.labelIds))
      apply(call.world, repository, actorOf(call.principal), item, name);
    const isPull = 'headRef' in item;
    const labelable = isPull
      ? call.views.pull(repository, item)
      : call.views.issue(repository, item);
    return reply(input, { labelable });
  };
  return {
    addLabelsToLabelable: ({ input }: Input<LabelInput>) => change(input, addLabel),
    removeLabelsFromLabelable: ({ input }: Input<LabelInput>) => change(input, removeLabel),
  };
}

interface DependencyInput {
  readonly issueId: string;
  readonly blockingIssueId: string;
}

function buildDependencyMutations(call: GraphqlCall) {
  const change = (
    input: DependencyInput & { clientMutationId?: string | null },
    apply: typeof addBlocker,
  ) => {
    const blocked = issueNode(call, input.issueId);
    const blocker = issueNode(call, input.blockingIssueId);
    checkPermission(call, blocked.repository, ['issues:write'], 'triage');
    apply(
      call.world,
      actorOf(call.principal),
      { repository: blocked.repository, issue: blocked.item },
      { repository: blocker.repository, issue: blocker.item },
    );
    return reply(input, {
      issue: call.views.issue(blocked.repository, blocked.item),
      blockingIssue: call.views.issue(blocker.repository, blocker.item),
    });
  };
  return {
    addBlockedBy: ({ input }: Input<DependencyInput>) => change(input, addBlocker),
    removeBlockedBy: ({ input }: Input<DependencyInput>) => change(input, removeBlocker),
  };
}

function labelNames(call: GraphqlCall, ids: readonly string[]): readonly string[] {
  return ids.flatMap((id) => {
    const node = findNode(call, id);
    return node.type === 'Label' ? [node.name] : [];
  });
}

/** A payload that repeats the client's own mark. */
export function reply<T extends object>(
  input: { readonly clientMutationId?: string | null },
  payload: T,
) {
  return { clientMutationId: input.clientMutationId ?? null, ...payload };
}
