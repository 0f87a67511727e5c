import type { IncomingMessage } from 'node:http';
import { exchange } from '#broker/broker.ts';
import { exchangeBytesMax, toSessionToken } from '#broker/check-request.ts';
import { handOver, handOverBytesMax } from '#broker/hand-over.ts';
import { noteUsage, usageBytesMax } from '#broker/note-usage.ts';
import { reportBytesMax } from '#broker/parse-report.ts';
import type { BrokerRefusal } from '#broker/refusal.ts';
import { brokerRefusal, toWireError } from '#broker/refusal.ts';
import { renew } from '#broker/renew.ts';
import { report, revoke } from '#broker/session.ts';
import { readBody } from '#http/read-body.ts';
import type { Exchange, HttpRoute } from '#http/server.ts';
import { sendJson } from '#http/server.ts';
import { proofHeader } from '#model/possession.ts';
import type { Result } from '#model/result.ts';
import { ok } from '#model/result.ts';
import { exchangeDeps, sessionDeps } from '../broker.ts';
import type { Edges } from '../edges.ts';

/**
 * `POST /v1/exchange`, `/v1/change-set`, `/v1/report`, `/v1/usage`, `/v1/renew`, `/v1/revoke`: the broker,
 * spoken to by jobs.
 */
export function brokerRoutes(edges: Edges): readonly HttpRoute[] {
  const exchanges = exchangeDeps(edges);
  const sessions = sessionDeps(edges);
  return [
    route('/v1/exchange', async (http) => {
      const body = await readBody(http.request, exchangeBytesMax);
      if (!body.ok) return refuseTo(http, tooLarge);
      const { request } = http;
      const outcome = await exchange(
        {
          authorization: authorizationOf(request),
          proofs: proofsOf(request),
          contentType: request.headers['content-type'],
          body: body.value,
        },
        exchanges,
      );
      if (!outcome.ok) return refuseTo(http, outcome.refusal);
      sendJson(http.response, 200, outcome.value);
    }),
    sessionRoute('/v1/change-set', handOverBytesMax, 202, async (token, request) =>
      toAccepted(await handOver(token, request, sessions)),
    ),
    sessionRoute('/v1/report', reportBytesMax, 202, async (token, request) =>
      toAccepted(await report(token, request, sessions)),
    ),
    sessionRoute('/v1/usage', usageBytesMax, 202, (token, request) =>
      noteUsage(token, request, sessions),
    ),
    sessionRoute('/v1/renew', renewBytesMax, 200, (token, request) =>
      renew(token, request, sessions),
    ),
    route('/v1/revoke', async ({ request, response }) => {
      request.resume();
      await revoke(toSessionToken(authorizationOf(request)) ?? '', edges.sessions);
      response.writeHead(204, { 'cache-control': 'no-store' }).end();
    }),
  ];
}

/** An empty object, if anything. */
const renewBytesMax = 64;

interface SessionRequest {
  readonly proofs: readonly string[];
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}

/** A route that is asked with a session's token. */
function sessionRoute<Answer>(
  path: string,
  bytesMax: number,
  status: number,
  serve: (token: string, request: SessionRequest) => Promise<Result<Answer, BrokerRefusal>>,
): HttpRoute {
  return route(path, async (http) => {
    const { request, response } = http;
    const body = await readBody(request, bytesMax);
    if (!body.ok) return refuseTo(http, tooLarge);
    const outcome = await serve(toSessionToken(authorizationOf(request)) ?? '', {
      proofs: proofsOf(request),
      contentType: request.headers['content-type'],
      body: body.value,
    });
    if (!outcome.ok) return refuseTo(http, outcome.refusal);
    sendJson(response, status, outcome.value);
  });
}

function toAccepted(outcome: Result<{ readonly repeated: boolean }, BrokerRefusal>) {
  return outcome.ok ? ok({ accepted: true, repeated: outcome.value.repeated }) : outcome;
}

const tooLarge = brokerRefusal('invalid_request', 'A3', 'the body is too large or cut off', 413);

const inUrl = brokerRefusal(
  'invalid_request',
  'A3',
  'expected no query: a URL is logged on its way',
);

/** What is in a URL ends up in logs: a token there is refused, however good it is (T-M3). */
function route(path: string, serve: (exchange: Exchange) => Promise<void>): HttpRoute {
  return {
    method: 'POST',
    path,
    serve: (http) =>
      http.request.url?.includes('?') ? Promise.resolve(refuseTo(http, inUrl)) : serve(http),
  };
}

/** Every such header: a second one must not be dropped in silence. */
function authorizationOf(request: IncomingMessage): readonly string[] {
  return request.headersDistinct.authorization ?? [];
}

/** Every proof of possession; two are one too many, not the first of them. */
export function proofsOf(request: IncomingMessage): readonly string[] {
  return request.headersDistinct[proofHeader] ?? [];
}

function refuseTo({ request, response, requestId }: Exchange, refusal: BrokerRefusal): void {
  request.resume();
  const { status, headers, body } = toWireError(refusal, requestId);
  sendJson(response, status, body, headers);
}
