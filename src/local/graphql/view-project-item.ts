import { canSee, hasPermission } from '../api/access.ts';
import { parseNodeId, toNodeId } from '../api/node-id.ts';
import { type GraphqlCall, typedError } from './graphql-call.ts';

/** An item of an organization's project by its node id; undefined when the id is of something else. */
export function viewProjectItem(call: GraphqlCall, id: string): object | undefined {
  const parsed = parseNodeId(id);
  if (parsed?.type !== 'ProjectV2Item') return undefined;
  const { world, principal, views } = call;
  const item = world.projectItems.get(parsed.id);
  const repository = item && world.repositories.get(item.repositoryId);
  const mayRead =
    principal.kind !== 'installation' || hasPermission(principal, 'organization_projects:read');
  if (!item || !repository || !mayRead) {
    throw typedError('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
  }
  const issue = repository.issues.get(item.number);
  const pull = repository.pulls.get(item.number);
  const content = issue ? views.issue(repository, issue) : pull && views.pull(repository, pull);
  return {
    __typename: 'ProjectV2Item',
    id,
    type: issue ? 'ISSUE' : 'PULL_REQUEST',
    isArchived: false,
    project: {
      __typename: 'ProjectV2',
      id: toNodeId('ProjectV2', `${repository.ownerId}/${item.project}`),
      number: item.project,
    },
    content: () => (canSee(world, repository, principal) ? content : null),
    fieldValueByName: ({ name }: { name: string }) =>
      name === 'Status' && item.status !== null
        ? { __typename: 'ProjectV2ItemFieldSingleSelectValue', name: item.status }
        : null,
  };
}
