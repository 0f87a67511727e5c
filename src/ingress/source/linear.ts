import { z } from 'zod';
import { ok } from '#model/result.ts';
import type { SourceAdapter } from './adapter.ts';
import { claimHex, outsideId, report, shapeRefusal } from './adapter.ts';

const envelope = z.object({ type: z.string().max(100), action: z.string().max(60) });

const issueChange = z.object({
  url: z.string().nullish(),
  actor: z.object({ name: z.string().nullish() }).nullish(),
  data: z.object({
    id: outsideId,
    identifier: z.string().min(1),
    title: z.string(),
    description: z.string().nullish(),
    updatedAt: z.iso.datetime({ offset: true }),
    labels: z.array(z.object({ name: z.string() })).nullish(),
    team: z.object({ key: z.string() }).nullish(),
    syncedWith: z.array(z.object({ service: z.string().nullish() })).nullish(),
  }),
});

/**
 * Linear: an issue was made or changed.
 *
 * Source  linear.app/developers/webhooks: `Linear-Signature` is the HMAC-SHA256 of the raw body in
 * hex, `webhookTimestamp` in the body is when it was sent and counts for a minute,
 * `Linear-Delivery` names the delivery.
 */
export const linear: SourceAdapter = {
  claim: (call) => claimHex(call.header('linear-signature')),
  windowMs: 60_000,
  sentAt: (_, { webhookTimestamp: at }) => (typeof at === 'number' ? at : Number.NaN),
  deliveryId: (call) => call.header('linear-delivery') || null,
  read: (_, payload) => {
    const kind = envelope.safeParse(payload);
    if (!kind.success) return shapeRefusal('a Linear webhook', kind.error);
    const { type, action } = kind.data;
    if (type !== 'Issue' || (action !== 'create' && action !== 'update')) {
      return ok({ kind: 'ignored', because: `nothing here listens to Linear’s ${type} ${action}` });
    }
    const parsed = issueChange.safeParse(payload);
    if (!parsed.success) return shapeRefusal('a Linear issue', parsed.error);
    const { url, actor, data } = parsed.data;
    if (data.syncedWith?.some(({ service }) => service?.toLowerCase() === 'github')) {
      return ok({ kind: 'ignored', because: 'Linear itself keeps this issue in step with GitHub' });
    }
    return ok(
      report({
        thread: data.id,
        reference: data.identifier,
        url: url ?? null,
        tags: [
          ...(data.team ? [data.team.key] : []),
          ...(data.labels ?? []).map(({ name }) => name),
        ],
        part: {
          id: 'issue',
          at: data.updatedAt,
          author: actor?.name ?? null,
          title: data.title,
          text: data.description ?? '',
        },
      }),
    );
  },
};
