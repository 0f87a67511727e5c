import { z } from 'zod';
import { ok } from '#model/result.ts';
import type { SourceAdapter } from './adapter.ts';
import { outsideId, report, shapeRefusal } from './adapter.ts';

const text = z.string().nullish();

/** The specification leaves `data` to the sender; this is what one issue needs. */
const message = z.object({
  type: z.string().min(1).max(200),
  timestamp: z.iso.datetime({ offset: true }).nullish(),
  data: z.object({
    id: outsideId,
    title: z.string(),
    description: text,
    url: text,
    author: text,
    tags: z.array(z.string()).nullish(),
  }),
});

const idForm = /^[\x21-\x7e]{1,128}$/;
const timeForm = /^\d{1,12}$/;
const signatureForm = /^v1a?,[A-Za-z0-9+/=]+(?: v1a?,[A-Za-z0-9+/=]+)*$/;

/**
 * Any sender that follows the Standard Webhooks specification.
 *
 * Source  standard-webhooks/spec/standard-webhooks.md: `webhook-id`, `webhook-timestamp` and
 * `webhook-signature`; the signature covers all three and the body. `webhook-id` stays when a
 * message is sent again.
 */
export const standardWebhooks: SourceAdapter = {
  claim: (call) => {
    const headers = {
      'webhook-id': call.header('webhook-id'),
      'webhook-timestamp': call.header('webhook-timestamp'),
      'webhook-signature': call.header('webhook-signature'),
    };
    return idForm.test(headers['webhook-id']) &&
      timeForm.test(headers['webhook-timestamp']) &&
      signatureForm.test(headers['webhook-signature'])
      ? { scheme: 'standard-webhooks', headers }
      : undefined;
  },
  windowMs: 5 * 60_000,
  sentAt: (call) => Number(call.header('webhook-timestamp')) * 1000,
  deliveryId: (call) => call.header('webhook-id'),
  read: (call, payload) => {
    const parsed = message.safeParse(payload);
    if (!parsed.success) {
      return shapeRefusal(
        'a Standard Webhooks message with type, data.id and data.title',
        parsed.error,
      );
    }
    const { type, timestamp, data } = parsed.data;
    const sent = new Date(Number(call.header('webhook-timestamp')) * 1000).toISOString();
    return ok(
      report({
        thread: data.id,
        reference: data.id,
        url: data.url ?? null,
        tags: [type, ...(data.tags ?? [])],
        part: {
          id: 'message',
          at: timestamp ?? sent,
          author: data.author ?? null,
          title: data.title,
          text: data.description ?? '',
        },
      }),
    );
  },
};
