import { z } from 'zod';
import { ok, refuse } from '#model/result.ts';
import { ignored } from './ignored.ts';
import type { Reading } from './reading.ts';
import { id, instant, sender } from './shape.ts';

const nodeId = z.string().min(1).max(200);

const item = z.object({
  action: z.string().max(60),
  installation: z.object({ id }),
  organization: z.object({ id }),
  sender,
  projects_v2_item: z.object({
    node_id: nodeId,
    content_type: z.string().max(60),
    updated_at: instant,
  }),
  changes: z
    .looseObject({
      field_value: z
        .object({
          field_type: z.string().max(60),
          field_name: z.string().min(1).max(100),
          project_number: id,
          to: z.looseObject({ name: z.string().min(1).max(100) }).nullish(),
        })
        .partial()
        .optional(),
    })
    .optional(),
});

/**
 * `projects_v2_item`: an issue got another column. An organization's event, without a repository.
 *
 * Source  docs.github.com/webhooks/webhook-events-and-payloads#projects_v2_item; `field_name`,
 * `project_number`, `from` and `to` came later than the event, and an older server sends none.
 */
export const normalizeProjectItem: Reading = (payload, self) => {
  const parsed = item.safeParse(payload);
  if (!parsed.success) return refuse(parsed.error);
  const { action, installation, sender: from, projects_v2_item, changes } = parsed.data;
  if (action !== 'edited') {
    return ok(ignored(`nothing here listens to projects_v2_item.${action}`));
  }
  if (projects_v2_item.content_type !== 'Issue') {
    return ok(ignored('the item of the project is no issue'));
  }
  const { field_type, field_name, project_number, to } = changes?.field_value ?? {};
  if (field_type !== 'single_select') return ok(ignored('the change is not of a column'));
  if (field_name === undefined || project_number === undefined || !to) {
    return ok(ignored('the change names no column'));
  }
  if (from.id === self.botUserId) return ok(ignored('the App moved this item itself'));
  return ok({
    kind: 'project_status_set',
    installationId: installation.id,
    sender: from,
    itemNodeId: projects_v2_item.node_id,
    project: project_number,
    field: field_name,
    status: to.name,
    at: projects_v2_item.updated_at,
  });
};
