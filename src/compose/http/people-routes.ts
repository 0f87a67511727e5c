import { z } from 'zod';
import { readBody } from '#http/read-body.ts';
import type { Exchange, HttpRoute } from '#http/server.ts';
import { sendJson } from '#http/server.ts';
import type { Edges } from '../edges.ts';
import { endLeave, findLeave, listLeaves } from '../end-leave.ts';
import { askPassword, mayLook } from './may-look.ts';

const bytesMax = 4096;
const order = z.strictObject({ because: z.string().trim().min(1).max(300).optional() });

/**
 * `/v1/people`: GET lists who let the App act for them; DELETE `/v1/people/LOGIN|ID` ends it (`{because}`,
 * which may be absent). For operators, as pauses are; also where it is switched off by now.
 */
export function peopleRoutes(edges: Edges): readonly HttpRoute[] {
  return [
    { method: 'GET', path: '/v1/people', serve: (exchange) => list(edges, exchange) },
    { method: 'DELETE', path: '/v1/people/:who', serve: (exchange) => end(edges, exchange) },
  ];
}

async function list(edges: Edges, { request, response }: Exchange): Promise<void> {
  request.resume();
  if (!mayLook(request, edges.settings)) return askPassword(response);
  sendJson(response, 200, { people: await listLeaves(edges) });
}

/** The person hears of it at the next pull request. */
async function end(edges: Edges, { request, response, params }: Exchange): Promise<void> {
  const body = await readBody(request, bytesMax);
  if (!mayLook(request, edges.settings)) return askPassword(response);
  const parsed = body.ok ? order.safeParse(parseJson(body.value)) : undefined;
  if (!parsed?.success)
    return sendRefusal(response, 422, 'expected {"because": …} in JSON, a short text, or no body');
  const found = await findLeave(edges, params.who ?? '');
  if (!found.ok) return sendRefusal(response, 404, found.refusal);
  const because = parsed.data.because ?? 'an operator ended it';
  const ended = await endLeave(edges, found.value, because);
  if (ended) return sendJson(response, 200, { ended });
  sendRefusal(response, 404, `what ${found.value.account.login} let this App do has ended`);
}

function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function sendRefusal(response: Exchange['response'], status: number, message: string): void {
  sendJson(response, status, { error: 'refused', message });
}
