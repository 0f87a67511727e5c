import { createHash } from 'node:crypto';
import type { Repository } from '#local/record/repository.ts';
import { Fault } from '#model/fault.ts';
import { toNodeId } from '../api/node-id.ts';
import type { Schema } from '../api/operation.ts';
import { renderUser } from '../api/render-user.ts';
import { renderOrganization } from '../webhook/render-organization.ts';
import type { ChangeParts } from './installation-change.ts';

/** An item of an organization's project that changes its status. */
export interface ProjectMove {
  /** `owner/name` of the issue or pull request. */
  readonly repository: string;
  readonly number: number;
  /** The project's number in the organization. */
  readonly project: number;
  /** The column before; null when the item had none. */
  readonly from: string | null;
  readonly to: string | null;
  /** The login of the person who drags it. */
  readonly by: string;
}

/**
 * Move an item, and tell every App on the organization. Projects themselves are not kept here: an
 * item with its column is all that the event and GraphQL's "node" show.
 */
export function moveProjectItem(
  { world, webhooks, sender }: ChangeParts,
  repository: Repository,
  move: ProjectMove,
): void {
  const owner = world.users.get(repository.ownerId);
  if (owner?.type !== 'Organization')
    throw new Fault('LOCAL_GITHUB', `${move.repository} is of no organization: it has no projects`);
  const { number, project, to } = move;
  world.projectItems.set(itemKey(repository, move), {
    repositoryId: repository.id,
    number,
    project,
    status: to,
  });
  for (const installation of world.installations.values()) {
    if (installation.accountId !== owner.id || installation.suspendedAt !== null) continue;
    webhooks.deliverTo(installation, 'projects_v2_item', {
      action: 'edited',
      changes: { field_value: renderChange(move) },
      projects_v2_item: {
        ...renderContent(repository, move),
        creator: renderUser(world, sender),
        created_at: repository.createdAt,
        updated_at: world.now().toISOString(),
        archived_at: null,
      },
      organization: renderOrganization(world, owner),
      sender: renderUser(world, sender),
      installation: { id: installation.id, node_id: toNodeId('Installation', installation.id) },
    } satisfies Schema<'webhook-projects-v2-item-edited'>);
  }
}

/** What the item's node id is made of. */
function itemKey(repository: Repository, move: ProjectMove): string {
  return `${contentOf(repository, move).id}/${move.project}`;
}

function contentOf(repository: Repository, { number }: ProjectMove) {
  const content = repository.issues.get(number) ?? repository.pulls.get(number);
  if (!content) throw new Fault('LOCAL_GITHUB', `there is no #${number} in ${repository.name}`);
  return content;
}

function renderContent(repository: Repository, move: ProjectMove) {
  const { number, project } = move;
  const content = contentOf(repository, move);
  const type = repository.issues.has(number) ? 'Issue' : 'PullRequest';
  return {
    // One item for each content and project, as on GitHub: the number follows from both.
    id: content.id * 1000 + project,
    node_id: toNodeId('ProjectV2Item', itemKey(repository, move)),
    project_node_id: toNodeId('ProjectV2', `${repository.ownerId}/${project}`),
    content_node_id: toNodeId(type, content.id),
    content_type: type,
  } as const;
}

function renderChange({ project, from, to }: ProjectMove) {
  return {
    field_node_id: toNodeId('ProjectV2SingleSelectField', `${project}/Status`),
    field_type: 'single_select',
    field_name: 'Status',
    project_number: project,
    from: from === null ? null : renderOption(from),
    to: to === null ? null : renderOption(to),
  };
}

/** A column; its id is eight digits that stay the same for the same name. */
function renderOption(name: string): Schema<'projects-v2-single-select-option'> {
  const id = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return { id, name, color: 'GRAY', description: '' };
}
