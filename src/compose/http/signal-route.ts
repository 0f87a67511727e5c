import type { ServerResponse } from 'node:http';
import { readBody } from '#http/read-body.ts';
import type { HttpRoute } from '#http/server.ts';
import { sendJson } from '#http/server.ts';
import type { OutsideRefusal } from '#ingress/accept-outside.ts';
import { acceptOutside, findSource, outsideBytesMax, tooLarge } from '#ingress/accept-outside.ts';
import type { Edges } from '../edges.ts';
import { verifyOutside } from '../outside-signature.ts';

/** `POST /api/signals/:source`: signals from outside GitHub, taken as deliveries are. */
export function signalRoute(edges: Edges): HttpRoute {
  const deps = { now: edges.now, verify: verifyOutside, store: edges.outside.store };
  return {
    method: 'POST',
    path: '/api/signals/:source',
    serve: async ({ request, response, params }) => {
      const source = findSource(params.source ?? '', edges.settings.sources);
      if (!source.ok) return sendRefusal(response, source.refusal);
      const body = await readBody(request, outsideBytesMax);
      if (!body.ok) {
        if (body.refusal === 'too_large') return sendRefusal(response, tooLarge);
        return sendJson(response, 400, { error: body.refusal, message: 'the body did not arrive' });
      }
      const header = (name: string) => {
        const value = request.headers[name];
        return typeof value === 'string' ? value : '';
      };
      const answer = await acceptOutside(source.value, { header, body: body.value }, deps);
      if (!answer.ok) return sendRefusal(response, answer.refusal);
      // 200, because some of these senders take any other answer for a failure.
      const { value } = answer;
      sendJson(
        response,
        200,
        value.kind === 'challenge'
          ? { challenge: value.challenge }
          : { duplicate: value.duplicate, ignored: value.ignored },
      );
    },
  };
}

function sendRefusal(response: ServerResponse, refusal: OutsideRefusal): void {
  sendJson(response, refusal.status, { error: refusal.reason, message: refusal.sentence });
}
