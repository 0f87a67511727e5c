import { addBlocker, removeBlocker } from '../api/change-dependency.ts';
import { addSubIssue, moveSubIssue, removeSubIssue } from '../api/change-sub-issue.ts';
import { actorOf } from '../api/identity.ts';
import type { PlacedIssue } from '../api/place-issue.ts';
import { repositoryPage } from '../api/render-repository.ts';
import { issueNode } from './find-node.ts';
import {
  checkPermission,
  type GraphqlCall,
  typedError,
  visibleRepository,
} from './graphql-call.ts';
import { type Input, reply } from './mutate-issue.ts';

interface DependencyInput {
  readonly issueId: string;
  readonly blockingIssueId: string;
}

interface NewSubIssueInput {
  readonly issueId: string;
  readonly subIssueId?: string | null;
  readonly subIssueUrl?: string | null;
  readonly replaceParent?: boolean | null;
}

interface SubIssueInput {
  readonly issueId: string;
  readonly subIssueId: string;
}

interface MoveInput extends SubIssueInput {
  readonly afterId?: string | null;
  readonly beforeId?: string | null;
}

/** Which issue waits for which, and which is below which. */
export function buildRelationMutations(call: GraphqlCall) {
  return { ...buildDependencyMutations(call), ...buildSubIssueMutations(call) };
}

function buildDependencyMutations(call: GraphqlCall) {
  const change = (input: Input<DependencyInput>['input'], apply: typeof addBlocker) => {
    const blocked = findMine(call, input.issueId);
    const blocker = place(call, input.blockingIssueId);
    apply(call.world, actorOf(call.principal), blocked, blocker);
    return reply(input, { issue: view(call, blocked), blockingIssue: view(call, blocker) });
  };
  return {
    addBlockedBy: ({ input }: Input<DependencyInput>) => change(input, addBlocker),
    removeBlockedBy: ({ input }: Input<DependencyInput>) => change(input, removeBlocker),
  };
}

function buildSubIssueMutations(call: GraphqlCall) {
  const { world } = call;
  const actor = () => actorOf(call.principal);
  return {
    addSubIssue: ({ input }: Input<NewSubIssueInput>) => {
      const parent = findMine(call, input.issueId);
      const child = findChild(call, input);
      addSubIssue(world, actor(), parent, child, input.replaceParent ?? false);
      return reply(input, { issue: view(call, parent), subIssue: view(call, child) });
    },
    removeSubIssue: ({ input }: Input<SubIssueInput>) => {
      const parent = findMine(call, input.issueId);
      const child = place(call, input.subIssueId);
      removeSubIssue(world, actor(), parent, child);
      return reply(input, { issue: view(call, parent), subIssue: view(call, child) });
    },
    reprioritizeSubIssue: ({ input }: Input<MoveInput>) => {
      const parent = findMine(call, input.issueId);
      const { afterId, beforeId } = input;
      if (Boolean(afterId) === Boolean(beforeId))
        throw typedError('UNPROCESSABLE', 'Give either afterId or beforeId.');
      const sibling = place(call, afterId ?? beforeId ?? '').issue.id;
      const where = afterId ? { after: sibling } : { before: sibling };
      moveSubIssue(world, parent, place(call, input.subIssueId).issue.id, where);
      return reply(input, { issue: view(call, parent) });
    },
  };
}

function place(call: GraphqlCall, id: string): PlacedIssue {
  const { repository, item } = issueNode(call, id);
  return { repository, issue: item };
}

/** An issue that the caller may triage. */
function findMine(call: GraphqlCall, id: string): PlacedIssue {
  const placed = place(call, id);
  checkPermission(call, placed.repository, ['issues:write'], 'triage');
  return placed;
}

/** The new sub-issue, by node id or by the address of its page. */
function findChild(call: GraphqlCall, input: NewSubIssueInput): PlacedIssue {
  if (input.subIssueId) return place(call, input.subIssueId);
  const url = input.subIssueUrl ?? '';
  const [, owner = '', name = '', number = ''] =
    /[/]([^/]+)[/]([^/]+)[/]issues[/](\d{1,9})$/.exec(url) ?? [];
  const repository = visibleRepository(call, owner, name);
  const issue = repository.issues.get(Number(number));
  if (issue && url.startsWith(repositoryPage(call.world, repository))) return { repository, issue };
  throw typedError(
    'NOT_FOUND',
    `Could not resolve to an issue with the URL '${url.slice(0, 200)}'.`,
  );
}

function view(call: GraphqlCall, { repository, issue }: PlacedIssue): object {
  return call.views.issue(repository, issue);
}
