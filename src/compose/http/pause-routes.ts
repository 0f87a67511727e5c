import { z } from 'zod';
import { findTool } from '#context/inventory.ts';
import { readBody } from '#http/read-body.ts';
import type { Exchange, HttpRoute } from '#http/server.ts';
import { sendJson } from '#http/server.ts';
import type { PauseScope } from '#model/pause.ts';
import { parsePauseKey, pauseKey } from '#model/pause.ts';
import { findRepositoryId } from '#postgres/run-store.ts';
import type { Edges } from '../edges.ts';
import { revoke } from '../revoke.ts';
import type { Stopper } from '../stop.ts';
import { askPassword, mayLook } from './may-look.ts';

const bytesMax = 4096;
const order = z.strictObject({
  scope: z.string().max(200),
  because: z.string().trim().min(1).max(300).optional(),
});

/**
 * `/v1/pauses`: GET lists, PUT sets one (`{scope, because}`), DELETE lifts one (`{scope}`). A scope is
 * `app`, `installation:ID`, `repository:ID`, `repository:owner/name`, `run:ID` or `tool:NAME`. For operators: the
 * password of the pages, or this machine. Neither method can be sent across sites by a browser.
 */
export function pauseRoutes(edges: Edges, stopper: Stopper): readonly HttpRoute[] {
  const route = (method: 'GET' | 'PUT' | 'DELETE', serve: HttpRoute['serve']): HttpRoute => ({
    method,
    path: '/v1/pauses',
    serve: async (exchange) => {
      if (mayLook(exchange.request, edges.settings)) return serve(exchange);
      exchange.request.resume();
      askPassword(exchange.response);
    },
  });
  return [
    route('GET', async ({ response }) => {
      const pauses = await edges.pauses.list();
      const list = pauses.map((pause) => ({ ...pause, scope: pauseKey(pause.scope) }));
      sendJson(response, 200, { pauses: list });
    }),
    route('PUT', async (exchange) => {
      const asked = await readOrder(exchange, edges);
      if (!asked) return;
      const { scope, because = 'an operator asked for it' } = asked;
      const stopped = await revoke({ scope, because }, edges, stopper);
      sendJson(exchange.response, stopped ? 201 : 200, {
        scope: pauseKey(scope),
        stopped: stopped ?? [],
      });
    }),
    route('DELETE', async (exchange) => {
      const asked = await readOrder(exchange, edges);
      if (!asked) return;
      const lifted = await stopper.resume(asked.scope, 'operator');
      if (lifted) return sendJson(exchange.response, 200, { scope: pauseKey(asked.scope) });
      refuseTo(exchange, 404, `expected a pause of ${pauseKey(asked.scope)}, but there is none`);
    }),
  ];
}

async function readOrder(
  exchange: Exchange,
  { database }: Edges,
): Promise<{ readonly scope: PauseScope; readonly because?: string | undefined } | undefined> {
  const body = await readBody(exchange.request, bytesMax);
  const parsed = body.ok ? order.safeParse(parseJson(body.value)) : undefined;
  if (!parsed?.success) {
    return refuseTo(exchange, 422, 'expected {"scope": …, "because": …} in JSON, both short texts');
  }
  const { scope: key, because } = parsed.data;
  const name = /^repository:([^/:]+)\/([^/:]+)$/.exec(key);
  const id = name ? await findRepositoryId(database, name[1] ?? '', name[2] ?? '') : undefined;
  const scope = parsePauseKey(id === undefined ? key : `repository:${id}`);
  if (scope && (scope.kind !== 'tool' || findTool(scope.name))) return { scope, because };
  return refuseTo(
    exchange,
    422,
    name
      ? `expected a repository that has had a run, got ${key}: give its numeric id`
      : `expected app, installation:ID, repository:ID, repository:owner/name, run:ID or tool:NAME with a context tool, got ${key}`,
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function refuseTo({ response }: Exchange, status: number, message: string): undefined {
  sendJson(response, status, { error: 'refused', message });
}
