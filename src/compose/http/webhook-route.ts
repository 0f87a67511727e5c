import type { IncomingHttpHeaders } from 'node:http';
import { readBody } from '#http/read-body.ts';
import type { HttpRoute } from '#http/server.ts';
import { sendJson } from '#http/server.ts';
import { accept, deliveryBytesMax } from '#ingress/ingress.ts';
import type { Edges } from '../edges.ts';

/**
 * `POST /api/github/webhooks`: capped, verified, recorded, answered; the work comes later.
 * `onKept` hears of each that is new.
 */
export function webhookRoute(edges: Edges, onKept: () => void): HttpRoute {
  const deps = {
    appId: edges.settings.appId,
    botUserId: edges.identity.botId,
    verify: edges.verify,
    store: edges.deliveries.store,
  };
  return {
    method: 'POST',
    path: '/api/github/webhooks',
    serve: async ({ request, response }) => {
      const wrong = judgeForm(request.headers);
      if (wrong) return sendJson(response, 415, { error: 'form_invalid', message: wrong });
      const body = await readBody(request, deliveryBytesMax);
      if (!body.ok) {
        return sendJson(response, body.refusal === 'too_large' ? 413 : 400, {
          error: body.refusal,
        });
      }
      const header = (name: string) => String(request.headers[name] ?? '');
      const targetId = request.headers['x-github-hook-installation-target-id'];
      const accepted = await accept(
        {
          guid: header('x-github-delivery'),
          event: header('x-github-event'),
          signature: header('x-hub-signature-256'),
          ...(targetId === undefined ? {} : { targetId: String(targetId) }),
          body: body.value,
        },
        deps,
      );
      if (accepted.ok) {
        sendJson(response, 202, { duplicate: accepted.value.duplicate });
        if (!accepted.value.duplicate) onKept();
        return;
      }
      sendJson(response, accepted.refusal.status, {
        error: accepted.refusal.reason,
        message: accepted.refusal.sentence,
      });
    },
  };
}

/** Why the body is not read at all: the bytes that are signed must be the JSON itself. */
function judgeForm(headers: IncomingHttpHeaders): string | null {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') return 'expected a body that is not compressed';
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1);
  if (type.trim().toLowerCase() === 'application/json') return null;
  return 'expected content type application/json: choose it in the App’s webhook settings';
}
