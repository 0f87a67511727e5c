import type { User } from '#local/record/account.ts';
import { addAssignee, isAssignable, removeAssignee, setAssignees } from '../api/change-assignee.ts';
import { addLabel, removeLabel, setLabels } from '../api/change-label.ts';
import { actorOf } from '../api/identity.ts';
import { hasLabel } from '../api/select-issues.ts';
import { accountNode, subjectNode } from './find-node.ts';
import { checkPermission, type GraphqlCall, typedError, viewIssueOrPull } from './graphql-call.ts';
import { type Input, labelNames, reply } from './mutate-issue.ts';

interface LabelInput {
  readonly labelableId: string;
  readonly labelIds: readonly string[];
}

interface ActorsInput {
  readonly assignableId: string;
  readonly actorIds?: readonly string[] | null;
  readonly actorLogins?: readonly string[] | null;
}

interface AssigneeInput {
  readonly assignableId: string;
  readonly assigneeIds: readonly string[];
}

/** Labels and assignees of issues and pull requests. */
export function buildLabelMutations(call: GraphqlCall) {
  const { world } = call;
  const actor = () => actorOf(call.principal);
  const labelled = ({ labelableId }: Pick<LabelInput, 'labelableId'>) =>
    findMine(call, labelableId);
  return {
    addLabelsToLabelable: ({ input }: Input<LabelInput>) => {
      const { repository, item, view } = labelled(input);
      for (const name of labelNames(call, input.labelIds))
        addLabel(world, repository, actor(), item, name);
      return reply(input, { labelable: view() });
    },
    removeLabelsFromLabelable: ({ input }: Input<LabelInput>) => {
      const { repository, item, view } = labelled(input);
      // Unlike REST, GraphQL takes away what is not there without a word.
      for (const name of labelNames(call, input.labelIds))
        if (hasLabel(item.labels, name)) removeLabel(world, repository, actor(), item, name);
      return reply(input, { labelable: view() });
    },
    clearLabelsFromLabelable: ({ input }: Input<Pick<LabelInput, 'labelableId'>>) => {
      const { repository, item, view } = labelled(input);
      setLabels(world, repository, actor(), item, []);
      return reply(input, { labelable: view() });
    },
    addAssigneesToAssignable: ({ input }: Input<AssigneeInput>) => {
      const { repository, item, view } = findMine(call, input.assignableId);
      for (const user of input.assigneeIds.map((id) => accountNode(call, id)))
        if (isAssignable(world, repository, user, item.number))
          addAssignee(world, repository, actor(), item, user.id);
      return reply(input, { assignable: view() });
    },
    removeAssigneesFromAssignable: ({ input }: Input<AssigneeInput>) => {
      const { repository, item, view } = findMine(call, input.assignableId);
      for (const user of input.assigneeIds.map((id) => accountNode(call, id)))
        removeAssignee(world, repository, actor(), item, user.id);
      return reply(input, { assignable: view() });
    },
    replaceActorsForAssignable: ({ input }: Input<ActorsInput>) => {
      const { repository, item, view } = findMine(call, input.assignableId);
      const users = findActors(call, input);
      const ids = users
        .filter((user) => isAssignable(world, repository, user, item.number))
        .map((user) => user.id);
      setAssignees(world, repository, actor(), item, ids);
      return reply(input, { assignable: view() });
    },
  };
}

function findActors(call: GraphqlCall, input: ActorsInput): readonly User[] {
  const byLogin = (login: string) => {
    const user = call.world.userByLogin(login);
    if (user) return user;
    throw typedError('NOT_FOUND', `Could not resolve to a User with the login of '${login}'.`);
  };
  return [
    ...(input.actorIds ?? []).map((id) => accountNode(call, id)),
    ...(input.actorLogins ?? []).map(byLogin),
  ];
}

/** An issue or a pull request that the caller may triage. */
function findMine(call: GraphqlCall, id: string) {
  const { repository, item } = subjectNode(call, id);
  checkPermission(call, repository, ['issues:write', 'pull_requests:write'], 'triage');
  return { repository, item, view: () => viewIssueOrPull(call, repository, item) };
}
