import type { ServerResponse } from 'node:http';
import { findTool } from '#context/inventory.ts';
import { renderForgetPage } from '#dashboard/forget-page.ts';
import { pageHeaders } from '#dashboard/page.ts';
import { renderRevokePage } from '#dashboard/revoke-page.ts';
import { readBody } from '#http/read-body.ts';
import type { Exchange, HttpRoute } from '#http/server.ts';
import { sendJson } from '#http/server.ts';
import type { PauseScope } from '#model/pause.ts';
import { parsePauseKey, pauseKey } from '#model/pause.ts';
import type { KeptPerson } from '#model/person.ts';
import type { Edges } from '../edges.ts';
import { endLeave } from '../end-leave.ts';
import { revoke } from '../revoke.ts';
import type { Stopper } from '../stop.ts';
import { askPassword, isOwnForm, mayLook } from './may-look.ts';

const formBytesMax = 4096;
/** The form has to say where it came from, and goes nowhere else. */
const formHeaders = {
  ...pageHeaders,
  'referrer-policy': 'same-origin',
  'content-security-policy': pageHeaders['content-security-policy'].replace(
    "form-action 'none'",
    "form-action 'self'",
  ),
};

/**
 * The button of the inventory: a page that asks, and the form that does it. For operators. What is
 * taken back is a pause's scope, or with `person:ID` what a person let the App do, which ends for good.
 */
export function revokeRoutes(edges: Edges, stopper: Stopper): readonly HttpRoute[] {
  const path = '/revoke';
  return [
    { method: 'GET', path, serve: (exchange) => ask(exchange, edges) },
    { method: 'POST', path, serve: (exchange) => act(exchange, edges, stopper) },
  ];
}

async function ask({ request, response }: Exchange, edges: Edges): Promise<void> {
  if (!mayLook(request, edges.settings)) return askPassword(response);
  const query = new URLSearchParams(request.url?.split('?')[1] ?? '');
  const leave = await readLeave(query.get('scope'), edges);
  if (leave) {
    response.writeHead(200, formHeaders).end(renderForgetPage(leave.account));
    return;
  }
  const scope = readScope(query.get('scope'));
  if (!scope) return refuseTo(response, 404, 'expected the scope of a pause, or of a leave');
  const pauses = await edges.pauses.list();
  const paused = pauses.find((one) => pauseKey(one.scope) === pauseKey(scope)) ?? null;
  response.writeHead(200, formHeaders).end(renderRevokePage(scope, paused));
}

async function act({ request, response }: Exchange, edges: Edges, stopper: Stopper): Promise<void> {
  const isOurs = mayLook(request, edges.settings) && isOwnForm(request);
  const body = await readBody(request, formBytesMax);
  if (!mayLook(request, edges.settings)) return askPassword(response);
  if (!isOurs || !body.ok)
    return refuseTo(response, 403, 'nothing was done: expected the form of this page');
  const form = new URLSearchParams(new TextDecoder().decode(body.value));
  const isDone = (await endByForm(form, edges)) || (await pauseByForm(form, edges, stopper));
  if (!isDone)
    return refuseTo(response, 422, 'nothing was done: expected a scope and what to do with it');
  response.writeHead(303, { ...pageHeaders, location: '/inventory' }).end();
}

/** False for a form that asks for something else. */
async function pauseByForm(
  form: URLSearchParams,
  edges: Edges,
  stopper: Stopper,
): Promise<boolean> {
  const intent = form.get('intent');
  const scope = readScope(form.get('scope'));
  if (!scope || (intent !== 'revoke' && intent !== 'resume')) return false;
  const because = readBecause(form) ?? 'an operator revoked it';
  if (intent === 'revoke') await revoke({ scope, because }, edges, stopper);
  else await stopper.resume(scope, 'operator');
  return true;
}

/** The same for what a person let the App do, which ends for good. */
async function endByForm(form: URLSearchParams, edges: Edges): Promise<boolean> {
  const leave = await readLeave(form.get('scope'), edges);
  if (!leave || form.get('intent') !== 'forget') return false;
  await endLeave(edges, leave, readBecause(form) ?? 'an operator ended it');
  return true;
}

function readBecause(form: URLSearchParams): string | undefined {
  return form.get('because')?.trim().slice(0, 300) || undefined;
}

function readScope(key: string | null): PauseScope | undefined {
  const scope = parsePauseKey(key ?? '');
  return scope?.kind === 'tool' && !findTool(scope.name) ? undefined : scope;
}

/** Someone who has not ended it yet. */
async function readLeave(key: string | null, edges: Edges): Promise<KeptPerson | undefined> {
  const [, id] = /^person:([1-9]\d{0,15})$/.exec(key ?? '') ?? [];
  const found = id === undefined ? undefined : await edges.people.find(Number(id));
  return found?.endedAt === null ? found : undefined;
}

function refuseTo(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { error: 'refused', message });
}
